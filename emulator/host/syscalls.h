// The system calls that the host makes, named. Results are 0 or more, or -errno.
#pragma once

#include <linux/futex.h>
#include <poll.h>
#include <time.h>

#include <atomic>
#include <cstdint>

#include "abi/aio_abi.h"
#include "memory/raw_syscall.h"

namespace aioemu::host {

using memory::raw_syscall;

inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

inline timespec timespec_of(std::uint64_t ns) noexcept {
  return {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
}

inline std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Sleeps while `word` is `expected`: 0 (perhaps woken), -EAGAIN (it was not), -ETIMEDOUT, -EINTR.
// Without a timeout a signal with SA_RESTART resumes the sleep; with one it never does.
inline long futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                       const timespec* timeout = nullptr) noexcept {
  return raw_syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, timeout, nullptr, 0);
}

// `word` may be gone by now: nothing is read from it.
inline void futex_wake(const std::atomic<std::uint32_t>* word, int sleepers) noexcept {
  raw_syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, sleepers, nullptr, nullptr, 0);
}

// The poll state of one descriptor now: poll(2) bits.
inline std::uint32_t poll_now(int fd, std::uint32_t events) noexcept {
  pollfd entry{fd, static_cast<short>(events), 0};
  const timespec none{0, 0};
  const long ready = raw_syscall(SYS_ppoll, &entry, 1L, &none, nullptr, 8L);
  return ready > 0 ? static_cast<std::uint16_t>(entry.revents) : 0U;
}

}  // namespace aioemu::host
