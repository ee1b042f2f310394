// Has two writes of one block in flight, the old version and the new one.
//
// The one that is submitted last need not be the one that arrives last. Whoever writes a block
// twice must have the first event before the second submit.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  lab::File file(argv[1], "header");
  lab::Queue queue;
  lab::Batch batch;
  for (int version = 0; version < lab::kDepth; ++version) {
    lab::fill(batch.block(version), 0, version);
    batch.request(version).prepare_write(file.fd(), batch.block(version), 0);
    queue.submit(batch.request(version));
#if FIXED
    queue.finish(1);
#endif
  }
  queue.finish(queue.in_flight());
  if (!lab::holds(file.read_block(0), 0, lab::kDepth - 1)) {
    lab::wrong("the header is not what was written last");
  }
}
