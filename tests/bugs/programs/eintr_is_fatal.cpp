// Ends when io_getevents returns -EINTR.
//
// A signal can end any wait: a profiler's, a debugger's, that of a terminal whose size changed. It
// says nothing about the requests, and the wait is simply made again.
#include "tests/bugs/lab.h"

namespace {

io_event wait_for_one(lab::Queue& queue) {
  io_event event{};
  for (;;) {
    const long result = io_getevents(queue.context(), 1, 1, &event, nullptr);
    if (result == 1) break;
#if FIXED
    if (lab::try_again(result)) continue;
#endif
    lab::wrong("io_getevents failed: %ld", result);
  }
  queue.reaped(1);
  return event;
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    queue.submit(batch.requests(), lab::kDepth);
    while (queue.in_flight() > 0) queue.settle(wait_for_one(queue));
  }
  file.expect_blocks(lab::kBlocks);
}
