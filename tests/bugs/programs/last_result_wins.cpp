// Keeps one status for a batch, and lets each completion overwrite it.
//
// The batch is as good as its last write. An error before that one is forgotten.
#include "tests/bugs/lab.h"

namespace {

// Reaps a batch. True: all of it was written in full.
bool reap(lab::Queue& queue, lab::Batch& batch) {
  bool good = true;
  for (int i = 0; i < lab::kDepth; ++i) {
    const long result = lab::result_of(queue.next());
    const bool whole = result == static_cast<long>(batch.request(0).control.u.c.nbytes);
#if FIXED
    good = good && whole;
#else
    good = whole;
#endif
  }
  return good;
}

void write_batch(lab::Queue& queue, lab::Batch& batch, int fd, int first) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    batch.prepare_writes(fd, first);
    queue.submit(batch.requests(), lab::kDepth);
    if (reap(queue, batch)) return;
  }
  lab::give_up("a batch", EIO);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    write_batch(queue, batch, file.fd(), first);
  }
  file.expect_blocks(lab::kBlocks);
}
