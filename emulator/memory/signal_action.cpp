#include "memory/signal_action.h"

#include <cstring>

#include "memory/raw_syscall.h"

#if defined(__x86_64__)
asm(R"(
  .pushsection .text
  .globl aioemu_signal_return
  .hidden aioemu_signal_return
  .type aioemu_signal_return, @function
  nop
aioemu_signal_return:
  movq $15, %rax
  syscall
  .size aioemu_signal_return, . - aioemu_signal_return
  .popsection
)");
#elif defined(__aarch64__)
asm(R"(
  .pushsection .text
  .globl aioemu_signal_return
  .hidden aioemu_signal_return
  .type aioemu_signal_return, %function
  nop
aioemu_signal_return:
  mov x8, #139
  svc #0
  .size aioemu_signal_return, . - aioemu_signal_return
  .popsection
)");
#endif

extern "C" void aioemu_signal_return();

namespace aioemu::memory {
namespace {

constexpr unsigned long kRestorer = 0x04000000;
constexpr std::uintptr_t kDefault = 0;
constexpr std::uintptr_t kIgnore = 1;

void take_default_action(int signal, siginfo_t* info) noexcept {
  const KernelAction action{};
  kernel_sigaction(signal, &action, nullptr);
  // A fault comes back by itself once the handler returns.
  const bool comes_back = raised_by_instruction(*info) && signal != SIGSYS;
  if (comes_back) return;
  // Sent by somebody: send it again, as it was. It is not blocked (SA_NODEFER), so it acts here.
  raw_syscall(SYS_rt_tgsigqueueinfo, raw_syscall(SYS_getpid), raw_syscall(SYS_gettid), signal,
              info);
}

void call_handler(ActionCell& latest, const KernelAction& action, int signal, siginfo_t* info,
                  void* context) noexcept {
  if ((action.flags & static_cast<unsigned long>(SA_RESETHAND)) != 0) {
    latest.store(KernelAction{});
  }
  std::uint64_t mask = action.mask;
  if ((action.flags & static_cast<unsigned long>(SA_NODEFER)) == 0) {
    mask |= std::uint64_t{1} << static_cast<unsigned>(signal - 1);
  }
  if (mask != 0) raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, nullptr, sizeof mask);
  // One that did not ask for SA_SIGINFO ignores the other two arguments. The mask of the
  // interrupted code comes back with the signal frame.
  reinterpret_cast<SignalHandler>(action.handler)(signal, info, context);
}

}  // namespace

long kernel_sigaction(int signal, const KernelAction* next, KernelAction* previous) noexcept {
  return raw_syscall(SYS_rt_sigaction, signal, next, previous, sizeof(std::uint64_t), kOwnCallMark);
}

KernelAction action_with(SignalHandler handler, int flags) noexcept {
  KernelAction action;
  action.handler = reinterpret_cast<std::uintptr_t>(handler);
  action.flags = static_cast<unsigned long>(static_cast<unsigned>(flags)) | kRestorer;
  action.restorer = signal_return_path();
  return action;
}

std::uintptr_t signal_return_path() noexcept {
  return reinterpret_cast<std::uintptr_t>(&aioemu_signal_return);
}

KernelAction from_libc(const struct sigaction& action) noexcept {
  KernelAction result;
  result.handler = reinterpret_cast<std::uintptr_t>(action.sa_sigaction);
  result.flags = static_cast<unsigned long>(static_cast<unsigned>(action.sa_flags));
  std::memcpy(&result.mask, &action.sa_mask, sizeof result.mask);
  return result;
}

struct sigaction to_libc(const KernelAction& action) noexcept {
  struct sigaction result {};
  result.sa_sigaction = reinterpret_cast<SignalHandler>(action.handler);
  result.sa_flags = static_cast<int>(action.flags & ~kRestorer);
  std::memcpy(&result.sa_mask, &action.mask, sizeof action.mask);
  return result;
}

void hand_on(ActionCell& latest, const KernelAction& action, int signal, siginfo_t* info,
             void* context) noexcept {
  if (action.handler == kIgnore && !raised_by_instruction(*info)) return;
  if (action.handler == kDefault || action.handler == kIgnore) {
    take_default_action(signal, info);
    return;
  }
  call_handler(latest, action, signal, info, context);
}

}  // namespace aioemu::memory
