// On EAGAIN it goes on with its next piece of work, and never offers the refused batch again.
//
// The caller was meant to try later, but the list of requests had already been emptied. Nothing
// failed as far as anybody can see; some blocks are simply never written.
#include "tests/bugs/lab.h"

namespace {

// Submits the batch. False: not now.
bool submit(lab::Queue& queue, lab::Batch& batch) {
  long accepted = 0;
  while (accepted < lab::kDepth) {
    const long left = lab::kDepth - accepted;
    const long result = io_submit(queue.context(), left, batch.iocbs() + accepted);
#if FIXED
    if (lab::try_again(result)) continue;
#else
    if (result == -EAGAIN && accepted == 0) return false;
    if (lab::try_again(result)) continue;
#endif
    lab::need("io_submit", result);
    queue.adopt(static_cast<int>(result));
    accepted += result;
  }
  return true;
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    if (submit(queue, batch)) queue.finish(lab::kDepth);
  }
  file.expect_blocks(lab::kBlocks);
}
