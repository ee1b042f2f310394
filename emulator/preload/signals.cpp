// What the program may not take away: our handler for SIGSEGV and SIGBUS, and the knowledge that a
// thread blocks them.
//
// The guard (memory/fault_guard.h) stands in front of the program's own action for these two
// signals. The program sets and reads its action as if the guard were not there.
#include <csignal>

#include "memory/fault_guard.h"
#include "preload/export.h"
#include "preload/real.h"
#include "preload/thread_mask.h"

namespace {

using aioemu::preload::next_definition;

bool is_guarded(int signal) noexcept { return signal == SIGSEGV || signal == SIGBUS; }

int set_action(int signal, const struct sigaction* next, struct sigaction* previous) noexcept {
  if (is_guarded(signal) && aioemu::memory::exchange_program_action(signal, next, previous)) {
    return 0;
  }
  static auto* const real =
      next_definition<int(int, const struct sigaction*, struct sigaction*)>("sigaction");
  return real(signal, next, previous);
}

// signal() in its two tempers: the BSD one restarts and keeps the handler, the System V one resets
// it and does not block the signal meanwhile.
sighandler_t set_handler(int signal, sighandler_t handler, int flags, const char* name) noexcept {
  struct sigaction next {};
  struct sigaction previous {};
  next.sa_handler = handler;
  next.sa_flags = flags;
  if (is_guarded(signal) && handler != SIG_ERR &&
      aioemu::memory::exchange_program_action(signal, &next, &previous)) {
    return previous.sa_handler;
  }
  return next_definition<sighandler_t(int, sighandler_t)>(name)(signal, handler);
}

constexpr int kBsd = SA_RESTART;
constexpr int kSystemV = static_cast<int>(SA_RESETHAND | SA_NODEFER);

int change_mask(const char* name, int how, const sigset_t* set, sigset_t* previous) noexcept {
  aioemu::preload::forget_thread_mask(set);
  return next_definition<int(int, const sigset_t*, sigset_t*)>(name)(how, set, previous);
}

}  // namespace

AIOEMU_INTERPOSE int sigaction(int signal, const struct sigaction* next,
                               struct sigaction* previous) noexcept {
  return set_action(signal, next, previous);
}

AIOEMU_INTERPOSE sighandler_t signal(int signal, sighandler_t handler) noexcept {
  return set_handler(signal, handler, kBsd, "signal");
}

AIOEMU_INTERPOSE sighandler_t bsd_signal(int signal, sighandler_t handler) noexcept {
  return set_handler(signal, handler, kBsd, "signal");
}

AIOEMU_INTERPOSE sighandler_t ssignal(int signal, sighandler_t handler) noexcept {
  return set_handler(signal, handler, kBsd, "signal");
}

AIOEMU_INTERPOSE sighandler_t sysv_signal(int signal, sighandler_t handler) noexcept {
  return set_handler(signal, handler, kSystemV, "sysv_signal");
}

AIOEMU_INTERPOSE sighandler_t __sysv_signal(int signal, sighandler_t handler) noexcept {
  return set_handler(signal, handler, kSystemV, "sysv_signal");
}

AIOEMU_INTERPOSE int sigprocmask(int how, const sigset_t* set, sigset_t* previous) noexcept {
  return change_mask("sigprocmask", how, set, previous);
}

AIOEMU_INTERPOSE int pthread_sigmask(int how, const sigset_t* set, sigset_t* previous) noexcept {
  return change_mask("pthread_sigmask", how, set, previous);
}
