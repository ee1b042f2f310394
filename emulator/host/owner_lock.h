// OwnerLock: a mutex that knows when its own thread asks for it again.
//
// A signal handler may run while the thread it interrupted holds the lock. Waiting would be for
// ever, so it is told instead. The holder's identity and the lock word are one word, written by one
// instruction: there is no moment in which the lock is held by nobody known.
//
// Taking it costs one locked instruction, giving it back none: each is a good part of what a call
// costs. So the holder frees the word with a plain store and looks for sleepers after that, and a
// processor may let the look overtake the store. A thread that falls asleep in just that moment
// misses its wake-up; therefore nobody sleeps for longer than a moment without looking again.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/check.h"
#include "host/syscalls.h"

namespace aioemu::host {

// A number that no other thread of this address space has at the same time. Never 0, always even.
inline std::uint64_t thread_identity() noexcept {
  alignas(8) static thread_local char anchor __attribute__((tls_model("initial-exec"))) = 0;
  return reinterpret_cast<std::uint64_t>(&anchor);
}

// Zero bytes are a free lock. Process-private futex underneath; no fairness.
class OwnerLock {
 public:
  // False, at once, when the calling thread holds the lock already.
  [[nodiscard]] bool lock() noexcept {
    const std::uint64_t self = thread_identity();
    std::uint64_t free = 0;
    if (word_.compare_exchange_strong(free, self, std::memory_order_acquire)) return true;
    return lock_slowly(self, free);
  }

  // Only by the holder.
  void unlock() noexcept {
    word_.store(0, std::memory_order_release);
    if (sleepers_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake(1);
  }

  [[nodiscard]] bool held_by_this_thread() const noexcept {
    return word_.load(std::memory_order_relaxed) == thread_identity();
  }

 private:
  static constexpr std::uint64_t kMomentNs = 1'000'000;

  // `seen` is what the word was instead of 0.
  bool lock_slowly(std::uint64_t self, std::uint64_t seen) noexcept {
    if (seen == self) return false;
    sleepers_.fetch_add(1);
    do {
      sleep_while(seen);
      seen = 0;
    } while (!word_.compare_exchange_strong(seen, self, std::memory_order_acquire));
    sleepers_.fetch_sub(1);
    return true;
  }

  // The futex is the word's low half, which both architectures store first.
  void sleep_while(std::uint64_t seen) noexcept {
    const timespec moment = timespec_of(kMomentNs);
    raw_syscall(SYS_futex, this, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(seen), &moment,
                nullptr, 0);
  }
  void wake(int sleepers) noexcept {
    raw_syscall(SYS_futex, this, FUTEX_WAKE_PRIVATE, sleepers, nullptr, nullptr, 0);
  }

  std::atomic<std::uint64_t> word_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

// Holds a lock that cannot be held by this thread already.
class LockScope {
 public:
  explicit LockScope(OwnerLock& lock) noexcept : lock_(lock) { AIOEMU_CHECK(lock_.lock()); }
  ~LockScope() { lock_.unlock(); }
  LockScope(const LockScope&) = delete;
  LockScope& operator=(const LockScope&) = delete;

 private:
  OwnerLock& lock_;
};

}  // namespace aioemu::host
