// Takes an io_getevents that timed out for one that has nothing more to give.
//
// No event within a tenth of a second means that nothing has completed yet. What is in flight is
// known to the program alone, and it has to count.
#include <array>

#include "tests/bugs/lab.h"

namespace {

// Settles what completes within a tenth of a second. False: nothing did.
bool reap_some(lab::Queue& queue) {
  std::array<io_event, lab::kDepth> events{};
  timespec patience{0, 100000000};
  const long count = io_getevents(queue.context(), 1, lab::kDepth, events.data(), &patience);
  if (lab::try_again(count)) return true;
  lab::need("io_getevents", count);
  queue.reaped(static_cast<int>(count));
  for (long i = 0; i < count; ++i) queue.settle(events[static_cast<std::size_t>(i)]);
  return count > 0;
}

void reap_all(lab::Queue& queue) {
#if FIXED
  while (queue.in_flight() > 0) reap_some(queue);
#else
  while (queue.in_flight() > 0 && reap_some(queue)) {
  }
#endif
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kDepth);
  lab::Queue queue;
  lab::Batch batch;
  batch.prepare_reads(file.fd(), 0);
  queue.submit(batch.requests(), lab::kDepth);
  reap_all(queue);
  for (int i = 0; i < lab::kDepth; ++i) {
    if (!lab::holds(batch.block(i), i)) lab::wrong("block %d was used before it was there", i);
  }
}
