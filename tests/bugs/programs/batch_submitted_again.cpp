// After a short submit it submits the whole batch once more, with what was accepted before.
//
// Those requests then run twice. Where a request is an order to pay, or a counter that goes up when
// it is done, twice is once too often.
#include <array>

#include "tests/bugs/lab.h"

namespace {

std::array<int, lab::kBlocks> done{};

void submit_all(lab::Queue& queue, iocb** batch, long count) {
  while (count > 0) {
    const long result = io_submit(queue.context(), count, batch);
    if (lab::try_again(result)) continue;
    lab::need("io_submit", result);
    queue.adopt(static_cast<int>(result));
#if FIXED
    batch += result;
    count -= result;
#else
    if (result == count) return;
#endif
  }
}

void settle_one(lab::Queue& queue) {
  const io_event event = queue.next();
  const bool whole = lab::result_of(event) == static_cast<long>(lab::kBlock);
  if (!whole && !queue.settle(event)) return;
  const int number = lab::request_of(event).number;
  if (++done[static_cast<std::size_t>(number)] > 1)
    lab::wrong("block %d was written twice", number);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue(2 * lab::kDepth);
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    submit_all(queue, batch.iocbs(), lab::kDepth);
    while (queue.in_flight() > 0) settle_one(queue);
  }
  file.expect_blocks(lab::kBlocks);
}
