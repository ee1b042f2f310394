// Reads its eventfd and reaps one event.
//
// An eventfd adds up: one read takes the whole count, however many completions there were. The
// events that were not reaped then have nobody who speaks for them, and the program sleeps.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "tests/bugs/lab.h"

namespace {

// Has something completed since the last time?
bool has_spoken(int eventfd, bool wait) {
  pollfd ready{eventfd, POLLIN, 0};
  while (wait && poll(&ready, 1, -1) < 0) {
  }
  std::uint64_t count = 0;
  return read(eventfd, &count, sizeof count) == static_cast<ssize_t>(sizeof count);
}

// How many requests are whole now.
int reap(lab::Queue& queue) {
  std::array<io_event, lab::kDepth> events{};
  timespec none{0, 0};
#if FIXED
  const long most = lab::kDepth;
#else
  const long most = 1;
#endif
  const long count = io_getevents(queue.context(), 0, most, events.data(), &none);
  if (lab::try_again(count)) return reap(queue);
  queue.reaped(static_cast<int>(lab::need("io_getevents", count)));
  int whole = 0;
  for (long i = 0; i < count; ++i)
    whole += queue.settle(events[static_cast<std::size_t>(i)]) ? 1 : 0;
  return whole;
}

void read_header(lab::Queue& queue, const lab::File& file) {
  lab::Block block{};
  lab::Request request;
  request.prepare_read(file.fd(), block, 0);
  queue.submit(request);
  queue.finish(1);
}

}  // namespace

int main(int, char** argv) {
  const int eventfd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  lab::File header(argv[1], "header");
  header.write_blocks(1);
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Queue other;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    int whole = 0;
    for (int i = 0; i < lab::kDepth; ++i) {
      io_set_eventfd(&batch.request(i).control, eventfd);
      queue.submit(batch.request(i));
      if (has_spoken(eventfd, false)) whole += reap(queue);
    }
    read_header(other, header);
    while (whole < lab::kDepth) {
      if (has_spoken(eventfd, true)) whole += reap(queue);
    }
  }
  file.expect_blocks(lab::kBlocks);
}
