// Submits a write and a read of the same block together, and expects to read what it wrote.
//
// Nothing orders two requests in flight, not even in one batch. The read may be first.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Batch batch;
  for (int i = 0; i < lab::kBlocks; ++i) {
    lab::fill(batch.block(0), i, 1);
    batch.request(0).prepare_write(file.fd(), batch.block(0), i);
    batch.request(1).prepare_read(file.fd(), batch.block(1), i);
#if FIXED
    queue.submit(batch.request(0));
    queue.finish(1);
    queue.submit(batch.request(1));
    queue.finish(1);
#else
    queue.submit(batch.requests(), 2);
    queue.finish(2);
#endif
    if (!lab::holds(batch.block(1), i, 1)) lab::wrong("block %d was read as it was before", i);
  }
}
