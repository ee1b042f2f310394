// Does not start when io_setup returns -EAGAIN.
//
// Contexts are counted for the whole machine (fs.aio-max-nr), and somebody else had the last ones.
// That passes. Try again, ask for fewer events, or go on without AIO.
#include "tests/bugs/lab.h"

namespace {

io_context_t make_context() {
  io_context_t context = nullptr;
  long result = io_setup(lab::kDepth, &context);
#if FIXED
  while (lab::try_again(result)) result = io_setup(lab::kDepth, &context);
  lab::need("io_setup", result);
#else
  if (result == -EAGAIN) lab::wrong("does not start: io_setup failed");
  lab::need("io_setup", result);
#endif
  return context;
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  io_destroy(make_context());
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    queue.submit(batch.requests(), lab::kDepth);
    queue.finish(lab::kDepth);
  }
  file.expect_blocks(lab::kBlocks);
}
