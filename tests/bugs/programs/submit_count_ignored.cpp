// Takes any result of io_submit that is no error for "all of them are submitted".
//
// io_submit returns how many iocbs it accepted, and that may be fewer than it was given. Who then
// waits for all of them waits for ever.
#include "tests/bugs/lab.h"

namespace {

void submit_all(lab::Queue& queue, iocb** batch, long count) {
#if FIXED
  while (count > 0) {
    const long accepted = io_submit(queue.context(), count, batch);
    if (lab::try_again(accepted)) continue;
    lab::need("io_submit", accepted);
    queue.adopt(static_cast<int>(accepted));
    batch += accepted;
    count -= accepted;
  }
#else
  long result = io_submit(queue.context(), count, batch);
  while (lab::try_again(result)) result = io_submit(queue.context(), count, batch);
  lab::need("io_submit", result);
  queue.adopt(static_cast<int>(count));
#endif
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
