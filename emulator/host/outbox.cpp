#include "host/outbox.h"

namespace aioemu::host {

void add_to_eventfd(int fd, bool nonblocking) noexcept {
  if (!nonblocking && poll_now(fd, abi::kPollOut) != abi::kPollOut) return;
  const std::uint64_t one = 1;
  raw_syscall(SYS_write, fd, &one, sizeof one);
}

void Outbox::flush() noexcept {
  if (eventfd_ >= 0) add_to_eventfd(eventfd_, eventfd_nonblocking_);
  for (std::size_t i = 0; i < count_; ++i) futex_wake(wakes_[i].word, wakes_[i].sleepers);
  eventfd_ = -1;
  count_ = 0;
  empty_ = true;
}

}  // namespace aioemu::host
