// Outbox: what follows from completions and has to wait until the lock is released.
//
// The order is the kernel's: the event is in the ring, the eventfd is signalled (K92), then the
// waiters wake, most recent first (K111). A waiter may be gone by the time its address is used;
// waking an address does no harm.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "host/syscalls.h"

namespace aioemu::host {

class Outbox {
 public:
  // An eventfd of the program that this thread may write to by its number.
  void signal(int fd, bool nonblocking) noexcept {
    eventfd_ = fd;
    eventfd_nonblocking_ = nonblocking;
    empty_ = false;
  }
  void wake(const std::atomic<std::uint32_t>& word, int sleepers) noexcept {
    empty_ = false;
    if (count_ == kMost) {
      futex_wake(&word, sleepers);
      return;
    }
    wakes_[count_++] = {&word, sleepers};
  }
  [[nodiscard]] bool empty() const noexcept { return empty_; }
  // Without the lock.
  void flush() noexcept;

 private:
  struct Wake {
    const std::atomic<std::uint32_t>* word;
    int sleepers;
  };
  static constexpr std::size_t kMost = 16;

  bool empty_ = true;
  bool eventfd_nonblocking_ = false;
  int eventfd_ = -1;
  std::size_t count_ = 0;
  std::array<Wake, kMost> wakes_;
};

// Adds 1 to an eventfd, unless that would block: a saturated counter stays as it is (K93).
void add_to_eventfd(int fd, bool nonblocking) noexcept;

}  // namespace aioemu::host
