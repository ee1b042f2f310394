// Short words for things many tests need: pipes, counters, events that are simply there.
#pragma once

#include <fcntl.h>
#include <sys/eventfd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/harness.h"

namespace conformance {

// Two ends of a pipe; or of a socket pair, where either end does both.
struct Ends {
  int reader = -1;
  int writer = -1;
};

inline Ends make_pipe(Files& files, int flags = 0) {
  int ends[2] = {-1, -1};
  EXPECT_THAT(files.pipe(ends, flags), Returns(0));
  return {ends[0], ends[1]};
}

inline Ends make_socketpair(Files& files, int type) {
  int ends[2] = {-1, -1};
  EXPECT_THAT(files.socketpair(type, ends), Returns(0));
  return {ends[0], ends[1]};
}

// Writes `text` in one call.
inline void put(Files& files, int fd, const std::string& text) {
  EXPECT_THAT(files.write(fd, text.data(), text.size()), Returns(text.size()));
}

// Adds `value` to an eventfd's counter.
inline void add_to(Files& files, int eventfd, std::uint64_t value) {
  EXPECT_THAT(files.write(eventfd, &value, sizeof value), Returns(8));
}

// An eventfd at zero, and a read of it: the counter (1 in semaphore mode), or 0 when it is zero.
inline int make_eventfd(Files& files, unsigned initial = 0, int flags = 0) {
  const int fd = files.eventfd(initial, flags | EFD_NONBLOCK);
  EXPECT_GE(fd, 0);
  return fd;
}
inline std::uint64_t take_from(Files& files, int eventfd) {
  std::uint64_t value = 0;
  return files.read(eventfd, &value, sizeof value) == 8 ? value : 0;
}

// The same until `wanted` has come: an event is in its ring before its eventfd is signalled (K92),
// so whoever has reaped it may still be too early for the counter. Gives up after 10,000 breaths.
inline std::uint64_t take_awaited(Backend& backend, int eventfd, std::uint64_t wanted) {
  std::uint64_t sum = 0;
  for (int breaths = 0; sum < wanted && breaths < 10000; ++breaths) {
    const std::uint64_t taken = take_from(backend.files(), eventfd);
    sum += taken;
    if (taken == 0) backend.breathe();
  }
  return sum;
}

// Puts `n` events into the ring: requests that complete before io_submit returns (K73), with
// res 0 and data `first`, `first + 1`, ... The iocbs are gone afterwards.
inline void queue_events(Backend& backend, Context context, std::size_t n,
                         std::uint64_t first = 0) {
  const int null = backend.files().open("/dev/null", O_RDONLY);
  std::vector<iocb> requests(n);
  std::vector<iocb*> pointers(n);
  for (std::size_t i = 0; i < n; ++i) {
    requests[i] = pread_of(null, nullptr, 0, 0, first + i);
    pointers[i] = &requests[i];
  }
  EXPECT_THAT(backend.io_submit(context, static_cast<long>(n), pointers.data()), Returns(n));
  backend.files().close(null);
}

// The data words of events, in order.
inline std::vector<std::uint64_t> data_of(const std::vector<io_event>& events) {
  std::vector<std::uint64_t> result;
  for (const io_event& event : events) result.push_back(event.data);
  return result;
}

// How long `call` takes.
template <typename Call>
std::int64_t duration_ns(Backend& backend, Call call) {
  const std::int64_t begin = backend.now_ns();
  call();
  return backend.now_ns() - begin;
}

inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace conformance
