// Is content with a write that wrote anything at all.
//
// `res` above zero is no error, but it may be less than the length. What was not written stays as
// it was on the disk.
#include "tests/bugs/lab.h"

namespace {

void finish_write(lab::Queue& queue) {
  const io_event event = queue.next();
#if !FIXED
  if (lab::result_of(event) > 0) return;
#endif
  if (!queue.settle(event)) finish_write(queue);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    queue.submit(batch.requests(), lab::kDepth);
    for (int i = 0; i < lab::kDepth; ++i) finish_write(queue);
  }
  file.expect_blocks(lab::kBlocks);
}
