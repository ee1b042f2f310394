// After EAGAIN it waits for a completion before it submits again, also when nothing is in flight.
//
// "The queue is full, so one of my requests must end first" is often true. But the kernel has other
// reasons for EAGAIN, and then there is nothing to wait for, and the retry never comes.
#include "tests/bugs/lab.h"

namespace {

void submit(lab::Queue& queue, lab::Request& request) {
  iocb* batch[] = {&request.control};
  for (;;) {
    const long result = io_submit(queue.context(), 1, batch);
    if (result == 1) return queue.adopt(1);
#if FIXED
    if (queue.in_flight() == 0 && lab::try_again(result)) continue;
#endif
    if (result != -EAGAIN) lab::need("io_submit", result);
    queue.finish(1);
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    for (int i = 0; i < lab::kDepth; ++i) submit(queue, batch.request(i));
    while (queue.in_flight() > 0) queue.settle(queue.next());
  }
  file.expect_blocks(lab::kBlocks);
}
