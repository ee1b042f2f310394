// Takes a short read for a broken disk.
//
// "Anything but the full length is an I/O error" abandons work although nothing is wrong: the rest
// can be had with one more read.
#include "tests/bugs/lab.h"

namespace {

void finish_read(lab::Queue& queue) {
  const io_event event = queue.next();
#if !FIXED
  const long result = lab::result_of(event);
  if (result >= 0 && result != static_cast<long>(lab::kBlock)) {
    lab::wrong("I/O error: %ld bytes of block %d", result, lab::request_of(event).number);
  }
#endif
  if (!queue.settle(event)) finish_read(queue);
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
