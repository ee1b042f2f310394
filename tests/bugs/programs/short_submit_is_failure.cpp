// Takes a result of io_submit that is smaller than the batch for a failure.
//
// Nothing has failed: some requests were accepted and run, and the others can be submitted next.
// The program gives up although nothing is wrong, and it does so with requests in flight.
#include "tests/bugs/lab.h"

namespace {

void submit_all(lab::Queue& queue, iocb** batch, long count) {
  long accepted = 0;
  while (accepted < count) {
    const long result = io_submit(queue.context(), count - accepted, batch + accepted);
    if (lab::try_again(result)) continue;
    lab::need("io_submit", result);
#if !FIXED
    if (result != count) lab::wrong("io_submit failed: %ld instead of %ld", result, count);
#endif
    queue.adopt(static_cast<int>(result));
    accepted += result;
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    submit_all(queue, batch.iocbs(), lab::kDepth);
    queue.finish(lab::kDepth);
  }
  file.expect_blocks(lab::kBlocks);
}
