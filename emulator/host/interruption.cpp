#include "host/interruption.h"

#include <signal.h>
#include <sys/resource.h>

#include <array>

#include "host/syscalls.h"

namespace aioemu::host {
namespace {

constexpr std::uint64_t bit(int signal) noexcept { return std::uint64_t{1} << (signal - 1); }
constexpr std::uint64_t kHeld = bit(SIGPIPE) | bit(SIGXFSZ);

// The kernel drops an ignored signal when it is raised. One that is blocked at that moment it drops
// later.
bool ignored(int signal) noexcept {
  // The kernel's own structure; its first word is the handler.
  std::array<std::uint64_t, 8> action{};
  raw_syscall(SYS_rt_sigaction, signal, nullptr, action.data(), sizeof bit(signal));
  return action[0] == reinterpret_cast<std::uint64_t>(SIG_IGN);
}

// K66: a write behind what the file system can hold fails too, but without a signal.
bool size_is_limited() noexcept {
  rlimit limit{};
  raw_syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, nullptr, &limit);
  return limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

void Interruption::hold() noexcept {
  if (holds_) return;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &kHeld, &before_, sizeof kHeld);
  holds_ = true;
}

// Is one of them pending that the caller's own mask lets through?
void Interruption::look() noexcept {
  std::uint64_t pending = 0;
  raw_syscall(SYS_rt_sigpending, &pending, sizeof pending);
  pending &= ~before_;
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    if ((pending & bit(signal)) != 0 && !ignored(signal)) happened_ = true;
  }
}

void Interruption::file_too_large() noexcept {
  if (holds_) {
    look();
    return;
  }
  hold();
  const bool blocked = (before_ & bit(SIGXFSZ)) != 0;
  if (blocked || ignored(SIGXFSZ) || !size_is_limited()) return;
  xfsz_taken_ = true;
  happened_ = true;
}

void Interruption::let_go() noexcept {
  if (xfsz_taken_) {
    const std::uint64_t again = bit(SIGXFSZ);
    const timespec none{0, 0};
    raw_syscall(SYS_rt_sigtimedwait, &again, nullptr, &none, sizeof again);
  }
  holds_ = false;
  const std::uint64_t ours = kHeld & ~before_;
  raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &ours, nullptr, sizeof ours);
}

}  // namespace aioemu::host
