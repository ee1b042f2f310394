// What the program may not take away: our handlers for SIGSEGV, SIGBUS and SIGSYS, and the
// knowledge that a thread blocks the first two.
//
// The guard (memory/fault_guard.h) stands in front of the program's own action for SIGSEGV and
// SIGBUS, the trap (trap.h) in front of that for SIGSYS. The program sets and reads its action as
// if they were not there. Nobody may block SIGSYS while the trap is in force, for the kernel kills
// a thread that does and then makes a call that the filter stops: it is left out of every set.
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <csignal>

#include "memory/fault_guard.h"
#include "preload/export.h"
#include "preload/real.h"
#include "preload/thread_mask.h"
#include "preload/trap.h"

namespace {

using aioemu::preload::guards_sigsys;
using aioemu::preload::next_definition;

// A set as the program gave it, but without SIGSYS while that is ours.
class OpenSet {
 public:
  explicit OpenSet(const sigset_t* set) noexcept : given_(set) {
    if (set == nullptr || !guards_sigsys() || sigismember(set, SIGSYS) != 1) return;
    copy_ = *set;
    sigdelset(&copy_, SIGSYS);
    given_ = &copy_;
  }
  OpenSet(const OpenSet&) = delete;
  OpenSet& operator=(const OpenSet&) = delete;

  [[nodiscard]] const sigset_t* get() const noexcept { return given_; }

 private:
  const sigset_t* given_;
  sigset_t copy_{};
};

bool is_guarded(int signal) noexcept { return signal == SIGSEGV || signal == SIGBUS; }

int set_action(int signal, const struct sigaction* next, struct sigaction* previous) noexcept {
  if (is_guarded(signal) && aioemu::memory::exchange_program_action(signal, next, previous)) {
    return 0;
  }
  if (signal == SIGSYS && guards_sigsys()) {
    aioemu::preload::exchange_sigsys_action(next, previous);
    return 0;
  }
  static auto* const real =
      next_definition<int(int, const struct sigaction*, struct sigaction*)>("sigaction");
  if (next == nullptr) return real(signal, next, previous);
  struct sigaction open = *next;
  if (guards_sigsys()) sigdelset(&open.sa_mask, SIGSYS);
  return real(signal, &open, previous);
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
  if (signal == SIGSYS && handler != SIG_ERR && guards_sigsys()) {
    aioemu::preload::exchange_sigsys_action(&next, &previous);
    return previous.sa_handler;
  }
  return next_definition<sighandler_t(int, sighandler_t)>(name)(signal, handler);
}

constexpr int kBsd = SA_RESTART;
constexpr int kSystemV = static_cast<int>(SA_RESETHAND | SA_NODEFER);

int change_mask(const char* name, int how, const sigset_t* set, sigset_t* previous) noexcept {
  aioemu::preload::forget_thread_mask(set);
  const OpenSet open(how == SIG_UNBLOCK ? nullptr : set);
  const sigset_t* const used = how == SIG_UNBLOCK ? set : open.get();
  return next_definition<int(int, const sigset_t*, sigset_t*)>(name)(how, used, previous);
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

// A handler that runs during one of these waits runs with their mask, and may use AIO.

AIOEMU_INTERPOSE int sigsuspend(const sigset_t* set) {
  static auto* const real = next_definition<decltype(sigsuspend)>("sigsuspend");
  return real(OpenSet(set).get());
}

AIOEMU_INTERPOSE int ppoll(pollfd* files, nfds_t count, const timespec* timeout,
                           const sigset_t* set) {
  static auto* const real = next_definition<decltype(ppoll)>("ppoll");
  return real(files, count, timeout, OpenSet(set).get());
}

AIOEMU_INTERPOSE int pselect(int count, fd_set* reads, fd_set* writes, fd_set* errors,
                             const timespec* timeout, const sigset_t* set) {
  static auto* const real = next_definition<decltype(pselect)>("pselect");
  return real(count, reads, writes, errors, timeout, OpenSet(set).get());
}

AIOEMU_INTERPOSE int epoll_pwait(int epoll, epoll_event* events, int count, int timeout,
                                 const sigset_t* set) {
  static auto* const real = next_definition<decltype(epoll_pwait)>("epoll_pwait");
  return real(epoll, events, count, timeout, OpenSet(set).get());
}

AIOEMU_INTERPOSE int pthread_attr_setsigmask_np(pthread_attr_t* attributes, const sigset_t* set) {
  static auto* const real =
      next_definition<decltype(pthread_attr_setsigmask_np)>("pthread_attr_setsigmask_np");
  return real(attributes, OpenSet(set).get());
}
