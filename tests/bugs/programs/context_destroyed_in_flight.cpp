// Destroys the context when it has reaped what was there, and not when nothing is in flight.
//
// io_destroy waits for the requests and throws their events away. Whoever waits for one of those,
// a user who is to be told "saved", or a transaction that is to end, never hears of it.
#include <array>

#include "tests/bugs/lab.h"

namespace {

int acknowledged = 0;

void reap(lab::Queue& queue, bool wait) {
  std::array<io_event, lab::kDepth> events{};
  timespec none{0, 0};
  const long count = io_getevents(queue.context(), wait ? 1 : 0, lab::kDepth, events.data(),
                                  wait ? nullptr : &none);
  if (lab::try_again(count)) return;
  lab::need("io_getevents", count);
  queue.reaped(static_cast<int>(count));
  for (long i = 0; i < count; ++i) {
    if (queue.settle(events[static_cast<std::size_t>(i)])) ++acknowledged;
  }
}

void save(lab::File& file, int first) {
  lab::Queue queue;
  lab::Batch batch;
  batch.prepare_writes(file.fd(), first);
  queue.submit(batch.requests(), lab::kDepth);
  reap(queue, false);
#if FIXED
  while (queue.in_flight() > 0) reap(queue, true);
#endif
}

}  // namespace

int main(int, char** argv) {
  constexpr int kSaves = 4;
  lab::File file(argv[1], "file");
  for (int i = 0; i < kSaves; ++i) save(file, i * lab::kDepth);
  file.expect_blocks(kSaves * lab::kDepth);
  if (acknowledged != kSaves * lab::kDepth) {
    lab::wrong("%d of %d writes were never acknowledged", kSaves * lab::kDepth - acknowledged,
               kSaves * lab::kDepth);
  }
}
