// Counts completions, and looks at none of them.
//
// The program waits for all of its writes and is sure that they are on the disk. The disk was full.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    queue.submit(batch.requests(), lab::kDepth);
#if FIXED
    queue.finish(lab::kDepth);
#else
    for (int i = 0; i < lab::kDepth; ++i) queue.next();
#endif
  }
  file.expect_blocks(lab::kBlocks);
}
