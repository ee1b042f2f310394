// Uses the whole buffer of a read, whatever the event's res says.
//
// A read may be short in the middle of a file. The end of the buffer then still has what was there
// before.
#include "tests/bugs/lab.h"

namespace {

void finish_read(lab::Queue& queue) {
  const io_event event = queue.next();
#if FIXED
  if (!queue.settle(event)) finish_read(queue);
#else
  if (lab::result_of(event) < 0 && !queue.settle(event)) finish_read(queue);
#endif
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Block block{};
  lab::Request request;
  for (int i = 0; i < lab::kBlocks; ++i) {
    request.prepare_read(file.fd(), block, i);
    queue.submit(request);
    finish_read(queue);
    if (!lab::holds(block, i)) lab::wrong("block %d was read wrong", i);
  }
}
