// Fills its buffer with the next block as soon as io_submit has returned.
//
// io_submit starts a write and need not finish it. Until the event comes the bytes are taken from
// the buffer, whatever is in it by then. With buffered files all is copied inside io_submit, which
// is why this works for years.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Block block{};
  lab::Batch batch;
  for (int i = 0; i < lab::kBlocks; ++i) {
    lab::Request& request = batch.request(i % lab::kDepth);
#if FIXED
    if (queue.in_flight() > 0) queue.finish(1);
#else
    if (i % lab::kDepth == 0) queue.finish(queue.in_flight());
#endif
    lab::fill(block, i);
    request.prepare_write(file.fd(), block, i);
    queue.submit(request);
  }
  queue.finish(queue.in_flight());
  file.expect_blocks(lab::kBlocks);
}
