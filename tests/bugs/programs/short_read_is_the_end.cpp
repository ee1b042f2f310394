// Copies until a read gives less than it asked for, and takes that for the end of the file.
//
// The end of a file is where a read gives nothing and the file's size has been reached. A copy that
// stops at the first short read is cut off, and says that it is complete.
#include "tests/bugs/lab.h"

namespace {

// One request from beginning to end; true at the end of the file.
bool transfer(lab::Queue& queue, lab::Request& request) {
  queue.submit(request);
  for (;;) {
    const io_event event = queue.next();
#if !FIXED
    const long result = lab::result_of(event);
    if (result >= 0 && result < static_cast<long>(lab::kBlock)) return true;
#endif
    if (queue.settle(event)) return request.number == lab::kBlocks - 1;
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File from(argv[1], "from");
  lab::File to(argv[1], "to");
  from.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Block block{};
  lab::Request request;
  bool end = false;
  for (int i = 0; !end; ++i) {
    request.prepare_read(from.fd(), block, i);
    end = transfer(queue, request);
    request.prepare_write(to.fd(), block, i);
    queue.submit(request);
    queue.finish(1);
  }
  to.expect_blocks(lab::kBlocks);
}
