// io_getevents and io_pgetevents.

#include <limits>

#include "core/context.h"
#include "core/kernel.h"

namespace aioemu::core {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kForeverSeconds = 9'223'372'036;
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// K104: never validated; wraps in 64 bits; negative is for ever, and so is the largest value.
std::int64_t total_ns(const abi::Timespec& timeout) {
  if (timeout.seconds >= kForeverSeconds) return kForever;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(timeout.seconds) *
                                       static_cast<std::uint64_t>(kNsPerSecond) +
                                   static_cast<std::uint64_t>(timeout.nanoseconds));
}

}  // namespace

// Field by field: for a few words the compiler's way of clearing a whole object costs more than the
// rest of a call that finds its events.
void Kernel::clear(Wait& wait) noexcept {
  wait.has_mask = false;
  wait.mask = 0;
  wait.woken = false;
  wait.next_woken = nullptr;
  wait.context = nullptr;
  wait.got = 0;
  wait.queued = false;
  wait.previous = nullptr;
  wait.next = nullptr;
}

bool Kernel::read_timeout(Wait& wait, UserAddress timeout) noexcept {
  wait.forever = timeout == 0;
  wait.timeout_ns = 0;
  if (wait.forever) return true;
  abi::Timespec value{};
  if (!ports_.memory.read(&value, timeout, sizeof value)) return false;
  const std::int64_t ns = total_ns(value);
  wait.forever = ns < 0 || ns == kForever;
  wait.timeout_ns = wait.forever ? 0 : static_cast<std::uint64_t>(ns);
  return true;
}

// K120.
int Kernel::read_mask(Wait& wait, UserAddress usig) noexcept {
  wait.has_mask = false;
  if (usig == 0) return 0;
  abi::SigsetArgument argument{};
  if (!ports_.memory.read(&argument, usig, sizeof argument)) return EFAULT;
  if (argument.mask == 0) return 0;
  if (argument.size != sizeof wait.mask) return EINVAL;
  if (!ports_.memory.read(&wait.mask, argument.mask, sizeof wait.mask)) return EFAULT;
  wait.has_mask = true;
  return 0;
}

// K102.
WaitStatus Kernel::getevents_begin(Wait& wait, UserAddress ctx, std::int64_t min_nr,
                                   std::int64_t nr, UserAddress events,
                                   UserAddress timeout) noexcept {
  clear(wait);
  if (!read_timeout(wait, timeout)) return WaitStatus::done(-EFAULT);
  return wait_for(wait, ctx, min_nr, nr, events);
}

WaitStatus Kernel::pgetevents_begin(Wait& wait, UserAddress ctx, std::int64_t min_nr,
                                    std::int64_t nr, UserAddress events, UserAddress timeout,
                                    UserAddress usig) noexcept {
  clear(wait);
  if (!read_timeout(wait, timeout)) return WaitStatus::done(-EFAULT);
  if (const int error = read_mask(wait, usig)) return WaitStatus::done(-error);
  return wait_for(wait, ctx, min_nr, nr, events);
}

WaitStatus Kernel::wait_for(Wait& wait, UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                            UserAddress events) noexcept {
  Context* const context = find(ctx);
  if (context == nullptr || min_nr < 0 || min_nr > nr) return WaitStatus::done(-EINVAL);
  wait.context = context;
  wait.events = events;
  wait.min_nr = min_nr;
  wait.nr = nr;
  ++context->users;
  // K105: what is there already.
  if (take_events(wait)) return finish_wait(wait);
  if (!wait.forever && wait.timeout_ns == 0) return finish_wait(wait);
  context->enqueue(wait);
  return WaitStatus::sleep();
}

// One pass over the ring; true when the call is over. `got` becomes the call's result then.
// K114, K115: a fault counts only while nothing has been taken. K124: likewise a dying context.
bool Kernel::take_events(Wait& wait) noexcept {
  Context& context = *wait.context;
  const UserAddress to = wait.events + static_cast<std::uint64_t>(wait.got) * sizeof(abi::IoEvent);
  std::int64_t taken = context.read_events(ports_.memory, to, wait.nr - wait.got);
  if (taken > 0) wait.got += taken;
  if (context.dying) taken = -EINVAL;
  if (wait.got == 0) wait.got = taken;
  return taken < 0 || wait.got >= wait.min_nr;
}

WaitStatus Kernel::finish_wait(Wait& wait) noexcept {
  Context& context = *wait.context;
  context.dequeue(wait);
  wait.context = nullptr;
  return WaitStatus::done(static_cast<long>(wait.got), leave(context));
}

// K106, K109, K117.
WaitStatus Kernel::getevents_resume(Wait& wait, WakeReason reason) noexcept {
  Context& context = *wait.context;
  context.dequeue(wait);
  if (take_events(wait) || reason != WakeReason::woken) {
    if (reason == WakeReason::interrupted && wait.got == 0) wait.got = -EINTR;
    return finish_wait(wait);
  }
  context.enqueue(wait);
  return WaitStatus::sleep();
}

}  // namespace aioemu::core
