// Waits for as many events as its eventfd has counted.
//
// The event is put into the ring, then the eventfd is signalled, and between the two the program
// may already have reaped it. The count then stands for an event that is gone. It says that the
// program should look into the ring, and not what is there.
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "tests/bugs/lab.h"

namespace {

constexpr long kMost = 64;

long wait_for_completions(int eventfd) {
  std::uint64_t count = 0;
  while (read(eventfd, &count, sizeof count) != static_cast<ssize_t>(sizeof count)) {
  }
  return static_cast<long>(count);
}

// How many requests are whole now.
int reap(lab::Queue& queue, [[maybe_unused]] long completions) {
  std::array<io_event, kMost> events{};
#if FIXED
  timespec none{0, 0};
  const long count = io_getevents(queue.context(), 0, kMost, events.data(), &none);
#else
  const long count = io_getevents(queue.context(), completions, kMost, events.data(), nullptr);
#endif
  if (lab::try_again(count)) return reap(queue, completions);
  queue.reaped(static_cast<int>(lab::need("io_getevents", count)));
  int whole = 0;
  for (long i = 0; i < count; ++i)
    whole += queue.settle(events[static_cast<std::size_t>(i)]) ? 1 : 0;
  return whole;
}

}  // namespace

int main(int, char** argv) {
  const int eventfd = ::eventfd(0, EFD_CLOEXEC);
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    for (int i = 0; i < lab::kDepth; ++i) io_set_eventfd(&batch.request(i).control, eventfd);
    queue.submit(batch.requests(), lab::kDepth);
    for (int whole = 0; whole < lab::kDepth;) whole += reap(queue, wait_for_completions(eventfd));
  }
  file.expect_blocks(lab::kBlocks);
}
