// OwnerLock: a mutex that knows when its own thread asks for it again.
//
// A signal handler may run while the thread it interrupted holds the lock. Waiting would be for
// ever, so it is told instead. The holder's identity and the lock word are one word, written by one
// instruction: there is no moment in which the lock is held by nobody known.
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
    const std::uint64_t before = word_.exchange(0, std::memory_order_release);
    if ((before & kContended) != 0) [[unlikely]]
      wake(1);
  }

  [[nodiscard]] bool held_by_this_thread() const noexcept {
    return (word_.load(std::memory_order_relaxed) & ~kContended) == thread_identity();
  }

 private:
  static constexpr std::uint64_t kContended = 1;

  bool lock_slowly(std::uint64_t self, std::uint64_t seen) noexcept {
    for (;;) {
      if ((seen & ~kContended) == self) return false;
      if (seen == 0) {
        // Others may sleep: keep the mark.
        if (word_.compare_exchange_weak(seen, self | kContended, std::memory_order_acquire)) {
          return true;
        }
        continue;
      }
      const std::uint64_t marked = seen | kContended;
      if (seen != marked && !word_.compare_exchange_weak(seen, marked, std::memory_order_relaxed)) {
        continue;
      }
      raw_syscall(SYS_futex, this, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(marked), nullptr,
                  nullptr, 0);
      seen = word_.load(std::memory_order_relaxed);
    }
  }

  // The futex is the word's low half, which both architectures store first.
  void wake(int sleepers) noexcept {
    raw_syscall(SYS_futex, this, FUTEX_WAKE_PRIVATE, sleepers, nullptr, nullptr, 0);
  }

  std::atomic<std::uint64_t> word_{0};
};
static_assert(sizeof(OwnerLock) == 8);

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
