// Uses as many events as it asked io_getevents for, and not as many as it got.
//
// min_nr is what the call waits for, not what it returns: a signal or a timeout ends it with fewer.
// The rest of the array is what it was: nothing at first, and later the events of another batch.
#include <array>

#include "tests/bugs/lab.h"

namespace {

std::array<io_event, lab::kDepth> events{};

long reap(lab::Queue& queue) {
  const long least = queue.in_flight();
  const long result = io_getevents(queue.context(), least, least, events.data(), nullptr);
  if (lab::try_again(result)) return 0;
  lab::need("io_getevents", result);
#if FIXED
  return result;
#else
  return least;
#endif
}

void settle(lab::Queue& queue, const io_event& event) {
  queue.reaped(1);
  queue.settle(event);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    queue.submit(batch.requests(), lab::kDepth);
    while (queue.in_flight() > 0) {
      const long count = reap(queue);
      for (long i = 0; i < count; ++i) settle(queue, events[static_cast<std::size_t>(i)]);
    }
  }
  file.expect_blocks(lab::kBlocks);
}
