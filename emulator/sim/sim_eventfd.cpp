#include "sim/sim_eventfd.h"

#include <sys/signalfd.h>

#include <cerrno>
#include <limits>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll bits

namespace {

constexpr std::uint64_t kSaturated = std::numeric_limits<std::uint64_t>::max();

Attempt not_yet(const Transfer& transfer) noexcept {
  return transfer.nonblocking ? Attempt::failed(EAGAIN) : Attempt::sleep();
}

Attempt put_counter(Transfer& transfer, std::uint64_t value) noexcept {
  return transfer.put(&value, sizeof value) < sizeof value ? Attempt::failed(EFAULT)
                                                           : Attempt::done(sizeof value);
}

}  // namespace

EventFd::EventFd(std::uint64_t initial, bool semaphore, Watcher& watcher)
    : File(core::FileKind::eventfd), count_(initial), semaphore_(semaphore), watcher_(watcher) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

void EventFd::signal() noexcept {
  if (count_ < kSaturated) ++count_;
  watcher_.changed(*this, kPollIn);
}

// K72
Attempt EventFd::read(Transfer& transfer) {
  if (transfer.length() < sizeof count_) return Attempt::failed(EINVAL);
  if (count_ == 0) return not_yet(transfer);
  const std::uint64_t taken = semaphore_ ? 1 : count_;
  count_ -= taken;
  watcher_.changed(*this, kPollOut);
  return put_counter(transfer, taken);
}

Attempt EventFd::write(Transfer& transfer) {
  if (transfer.length() != sizeof count_) return Attempt::failed(EINVAL);
  std::uint64_t value = 0;
  Transfer again = transfer;  // the value is read afresh after a sleep
  if (again.take(&value, sizeof value) < sizeof value) return Attempt::failed(EFAULT);
  if (value == kSaturated) return Attempt::failed(EINVAL);
  if (kSaturated - count_ <= value) return not_yet(transfer);
  count_ += value;
  watcher_.changed(*this, kPollIn);
  return Attempt::done(sizeof value);
}

std::uint32_t EventFd::readiness() const {
  std::uint32_t state = 0;
  if (count_ > 0) state |= kPollIn;
  if (count_ == kSaturated) state |= kPollErr;
  if (count_ < kSaturated - 1) state |= kPollOut;
  return state;
}

TimerFd::TimerFd(VirtualClock& clock, Watcher& watcher)
    : File(core::FileKind::timerfd), clock_(clock), watcher_(watcher) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

void TimerFd::arm(std::int64_t ns) {
  clock_.cancel(*this);
  expirations_ = 0;
  if (ns > 0) clock_.schedule(*this, clock_.now() + ns);
}

void TimerFd::expired() {
  ++expirations_;
  watcher_.changed(*this, kPollIn);
}

Attempt TimerFd::read(Transfer& transfer) {
  if (transfer.length() < sizeof expirations_) return Attempt::failed(EINVAL);
  if (expirations_ == 0) return not_yet(transfer);
  const std::uint64_t value = expirations_;
  expirations_ = 0;
  return put_counter(transfer, value);
}

std::uint32_t TimerFd::readiness() const { return expirations_ > 0 ? kPollIn : 0; }

SignalFd::SignalFd(Signals& signals, std::uint64_t mask)
    : File(core::FileKind::signalfd), signals_(signals), mask_(mask) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

Attempt SignalFd::read(Transfer& transfer) {
  signalfd_siginfo info{};
  if (transfer.length() < sizeof info) return Attempt::failed(EINVAL);
  const int signal = signals_.take_pending(mask_);
  if (signal == 0) return not_yet(transfer);
  info.ssi_signo = static_cast<std::uint32_t>(signal);
  if (transfer.put(&info, sizeof info) < sizeof info) return Attempt::failed(EFAULT);
  return Attempt::done(sizeof info);
}

std::uint32_t SignalFd::readiness() const {
  return (signals_.pending() & mask_) != 0 ? kPollIn : 0;
}

}  // namespace aioemu::sim
