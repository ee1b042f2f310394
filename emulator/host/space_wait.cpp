// io_getevents and io_pgetevents in a real process.
//
// A sleep is a futex with a timeout, always: the kernel resumes a futex sleep without one after a
// handler with SA_RESTART, and io_getevents must return then (K117). With a signal mask, mask and
// sleep must begin in one step, which only ppoll can do: an eventfd that exists for the length of
// the sleep is what rings.

#include <sys/eventfd.h>

#include <algorithm>
#include <csignal>

#include "host/space.h"

namespace aioemu::host {
namespace {

constexpr std::uint64_t kLongest = 3600 * kNsPerSecond;

// How long to sleep in one go; 0 when the time is up.
std::uint64_t time_left(const Sleeper& sleeper) noexcept {
  if (sleeper.forever) return kLongest;
  const std::uint64_t now = monotonic_ns();
  return now >= sleeper.deadline ? 0 : std::min(sleeper.deadline - now, kLongest);
}

// K122, K123: signals that are pending and not in `mask` are delivered, whatever the call returns.
bool deliver_pending(std::uint64_t mask) noexcept {
  const timespec none{0, 0};
  return raw_syscall(SYS_ppoll, nullptr, 0L, &none, &mask, sizeof mask) == -EINTR;
}

// Not those that an instruction or a filtered system call raises: events are copied meanwhile, to
// where they may not fit, and such a signal kills where it is blocked.
void block_signals(Sleeper& sleeper) noexcept {
  constexpr std::uint64_t kRaised = 1U << (SIGILL - 1U) | 1U << (SIGTRAP - 1U) |
                                    1U << (SIGBUS - 1U) | 1U << (SIGFPE - 1U) |
                                    1U << (SIGSEGV - 1U) | 1U << (SIGSYS - 1U);
  constexpr std::uint64_t kOthers = ~kRaised;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &kOthers, &sleeper.mask_before, sizeof kOthers);
  sleeper.signals_blocked = true;
}

// Without the lock: what has waited is delivered here.
void unblock_signals(const Sleeper& sleeper) noexcept {
  if (!sleeper.signals_blocked) return;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &sleeper.mask_before, nullptr,
              sizeof sleeper.mask_before);
}

}  // namespace

long Space::getevents(core::UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                      core::UserAddress events, core::UserAddress timeout, Count* calls) noexcept {
  if (!enter(calls)) return reentered(0);
  Sleeper sleeper;
  WaitArguments wanted{ctx, min_nr, nr, timeout};
  const int error = telling_.attentive() ? prepare_wait(sleeper, wanted, events) : 0;
  if (error != 0) return wait_for_events(sleeper, core::WaitStatus::done(-error));
  return wait_for_events(
      sleeper, kernel_.getevents_begin(sleeper, ctx, wanted.min_nr, wanted.nr, events, timeout));
}

long Space::pgetevents(core::UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                       core::UserAddress events, core::UserAddress timeout,
                       core::UserAddress usig) noexcept {
  if (!enter(nullptr)) return reentered(0);
  Sleeper sleeper;
  WaitArguments wanted{ctx, min_nr, nr, timeout, true, usig};
  const int error = telling_.attentive() ? prepare_wait(sleeper, wanted, events) : 0;
  if (error != 0) return wait_for_events(sleeper, core::WaitStatus::done(-error));
  return wait_for_events(sleeper, kernel_.pgetevents_begin(sleeper, ctx, wanted.min_nr, wanted.nr,
                                                           events, timeout, usig));
}

// Only a wait whose context is valid and whose numbers are right.
void Space::begin_wait(Sleeper& sleeper, core::UserAddress ctx, std::int64_t min_nr,
                       std::int64_t nr, core::UserAddress events) noexcept {
  sleeper.call = telling_.call();
  const core::Context* const context = kernel_.context_at(ctx);
  if (context == nullptr || min_nr < 0 || min_nr > nr) return;
  sleeper.noted = true;
  sleeper.call.who = identities_.next(context, Counted::wait);
  sleeper.handed_out = events;
  telling_.wait(sleeper.call, min_nr, nr);
}

// With the lock held; without it on return.
long Space::wait_for_events(Sleeper& sleeper, core::WaitStatus status) noexcept {
  Counters& counters = *seat_.counters;
  Counters::bump(counters.getevents);
  const bool slept = status.blocked;
  if (slept) status = sleep_until_done(sleeper);
  Outbox outbox;
  if (status.drained) note_drained(outbox);
  if (status.result > 0) {
    Counters::bump(counters.reaped, static_cast<std::uint64_t>(status.result));
  }
  const bool fewer = status.result < static_cast<long>(sleeper.early);
  if (sleeper.early_rule != fault::kNoRule && fewer) take_back(sleeper.early_rule);
  if (sleeper.noted) telling_.waited(sleeper.call, sleeper.handed_out, status.result);
  lock_.unlock();
  if (!outbox.empty()) outbox.flush();
  unblock_signals(sleeper);
  if (sleeper.has_mask && !slept && deliver_pending(sleeper.mask) && status.result == 0) {
    return -EINTR;
  }
  return status.result;
}

core::WaitStatus Space::sleep_until_done(Sleeper& sleeper) noexcept {
  if (!sleeper.forever) {
    const std::uint64_t now = monotonic_ns();
    sleeper.deadline = now + std::min(sleeper.timeout_ns, ~now);
  }
  Counters::add(seat_.counters->waiting);
  const long bell = sleeper.has_mask ? hang_bell(sleeper) : -1;
  core::WaitStatus status;
  do {
    lock_.unlock();
    core::WakeReason reason = bell >= 0 ? sleep_masked(sleeper, bell) : sleep(sleeper);
    AIOEMU_CHECK(lock_.lock());
    sleeper.word.store(0, std::memory_order_relaxed);
    // Woken between the end of the time and the lock.
    if (reason == core::WakeReason::timed_out && sleeper.woken) reason = core::WakeReason::woken;
    status = kernel_.getevents_resume(sleeper, reason);
  } while (status.blocked);
  if (bell >= 0) take_bell_down(sleeper, bell);
  Counters::subtract(seat_.counters->waiting);
  return status;
}

core::WakeReason Space::sleep(Sleeper& sleeper) noexcept {
  std::uint64_t before = 0;
  // No descriptor for a bell: the mask is in force a moment before and after the sleep.
  const bool masked = sleeper.has_mask;
  if (masked) {
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &sleeper.mask, &before, sizeof before);
  }
  core::WakeReason reason = core::WakeReason::woken;
  while (sleeper.word.load(std::memory_order_acquire) == 0) {
    const std::uint64_t left = time_left(sleeper);
    if (left == 0) {
      reason = core::WakeReason::timed_out;
      break;
    }
    const timespec timeout = timespec_of(left);
    if (futex_wait(sleeper.word, 0, &timeout) == -EINTR) {
      reason = core::WakeReason::interrupted;
      break;
    }
  }
  if (masked) raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
  return reason;
}

core::WakeReason Space::sleep_masked(const Sleeper& sleeper, long bell) noexcept {
  for (;;) {
    const std::uint64_t left = time_left(sleeper);
    const timespec timeout = timespec_of(left);
    pollfd entry{static_cast<int>(bell), POLLIN, 0};
    const long ready =
        raw_syscall(SYS_ppoll, &entry, 1L, &timeout, &sleeper.mask, sizeof sleeper.mask);
    if (ready == -EINTR) return core::WakeReason::interrupted;
    // Rung for nothing once already, it would never be silent again.
    std::uint64_t rings = 0;
    if (ready > 0) raw_syscall(SYS_read, bell, &rings, sizeof rings);
    if (sleeper.word.load(std::memory_order_acquire) != 0) return core::WakeReason::woken;
    if (left == 0) return core::WakeReason::timed_out;
  }
}

// With the lock held, which it gives up for a while: an eventfd of the program's that the worker
// can ring. -1 when there is no descriptor left. While there is one, all signals are blocked but
// in ppoll: one that came before would be handled without ending the call.
long Space::hang_bell(Sleeper& sleeper) noexcept {
  const long fd = raw_syscall(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return -1;
  HeldFile* const held = files_.hold_eventfd(static_cast<int>(fd));
  if (held == nullptr) {
    raw_syscall(SYS_close, fd);
    return -1;
  }
  block_signals(sleeper);
  Outbox outbox;
  request_hand_over(*held, outbox);
  const std::uint32_t point = worker_.posted();
  lock_.unlock();
  outbox.flush();
  worker_.wait_for(point);
  AIOEMU_CHECK(lock_.lock());
  sleeper.bell = held;
  // Somebody may have woken us before there was anything to ring.
  if (sleeper.woken) {
    const std::uint64_t one = 1;
    raw_syscall(SYS_write, fd, &one, sizeof one);
  }
  return fd;
}

void Space::take_bell_down(Sleeper& sleeper, long fd) noexcept {
  Outbox outbox;
  worker_.drop(*sleeper.bell, outbox);
  sleeper.bell = nullptr;
  raw_syscall(SYS_close, fd);
  flush(outbox);
}

}  // namespace aioemu::host
