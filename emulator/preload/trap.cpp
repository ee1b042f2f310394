#include "preload/trap.h"

#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "host/process_session.h"
#include "memory/raw_syscall.h"
#include "memory/signal_action.h"
#include "preload/trap_entry.h"
#include "preload/trap_filter.h"

namespace aioemu::preload {
namespace {

using memory::ActionCell;
using memory::KernelAction;
using memory::raw_syscall;

// Written once, while there is one thread.
TrapState state = TrapState::off;
bool io_uring_hidden = false;

ActionCell programs_action;
std::atomic<int> owner{0};  // the process whose action that is: not a vfork child

bool is_set_to(const char* name, const char* wanted) noexcept {
  const char* value = std::getenv(name);
  return value != nullptr && std::strcmp(value, wanted) == 0;
}

KernelAction our_action() noexcept {
  return memory::action_with(&on_sigsys, SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
}

// Without a mark, as the program would do it. With the filter in force, nothing happens.
void try_to_take_away() noexcept {
  const KernelAction none{};
  raw_syscall(SYS_rt_sigaction, SIGSYS, &none, nullptr, sizeof none.mask);
}

// With our handler in place: is there a filter that keeps it there, from before an execve?
bool filter_in_force() noexcept {
  try_to_take_away();
  KernelAction found;
  memory::kernel_sigaction(SIGSYS, nullptr, &found);
  return found.handler == our_action().handler;
}

void unblock_sigsys() noexcept {
  constexpr std::uint64_t kSet = std::uint64_t{1} << (SIGSYS - 1U);
  raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &kSet, nullptr, sizeof kSet);
}

// Does io_uring still look as if it were there?
bool io_uring_answers() noexcept { return raw_syscall(SYS_io_uring_setup, 0, nullptr) != -ENOSYS; }

// 0 or an errno.
int put_in_force(bool wanted) noexcept {
  if (!prepare_trap_entry()) return wanted ? EOPNOTSUPP : 0;
  KernelAction before;
  const KernelAction ours = our_action();
  memory::kernel_sigaction(SIGSYS, &ours, &before);
  const bool inherited = filter_in_force();
  const bool complete = inherited && !(wanted && io_uring_hidden && io_uring_answers());
  int error = 0;
  if (!inherited) memory::kernel_sigaction(SIGSYS, &ours, nullptr);
  if (!complete && wanted) error = TrapFilter({io_uring_hidden}).install();
  if (!inherited && (error != 0 || !wanted)) {
    memory::kernel_sigaction(SIGSYS, &before, nullptr);
    return error;
  }
  unblock_sigsys();
  programs_action.store(before);
  owner.store(getpid(), std::memory_order_relaxed);
  pthread_atfork(nullptr, nullptr, [] { owner.store(getpid(), std::memory_order_relaxed); });
  state = TrapState::in_force;
  return 0;
}

}  // namespace

void start_trap() noexcept {
  const bool wanted = is_set_to(host::kModeVariable, host::kPreloadMode);
  io_uring_hidden = is_set_to(host::kNoIoUringVariable, "1");
  const int error = put_in_force(wanted);
  if (error == 0) return;
  state = TrapState::unavailable;
  host::process_session().layout()->unserved.note_trap_refused(error);
}

TrapState trap_state() noexcept { return state; }

bool hides_io_uring() noexcept { return io_uring_hidden; }

void exchange_sigsys_action(const struct sigaction* next, struct sigaction* previous) noexcept {
  const KernelAction before = programs_action.load();
  if (next != nullptr && owner.load(std::memory_order_relaxed) == getpid()) {
    programs_action.store(memory::from_libc(*next));
  }
  if (previous != nullptr) *previous = memory::to_libc(before);
}

void hand_on_sigsys(siginfo_t* info, void* context) noexcept {
  memory::hand_on(programs_action, programs_action.load(), SIGSYS, info, context);
}

}  // namespace aioemu::preload
