// What a process does about a signal, for handlers that stand in front of the program's own.
//
// Such a handler takes what is meant for it and hands everything else on to the action that the
// program believes to be in force: a handler is called as the kernel would call it (its mask,
// SA_SIGINFO, SA_RESETHAND), a default action is carried out with the original siginfo, an ignored
// signal stays ignored where the kernel allows.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>

namespace aioemu::memory {

// struct sigaction as the system call knows it.
struct KernelAction {
  std::uintptr_t handler = 0;  // 0 and 1: SIG_DFL and SIG_IGN
  unsigned long flags = 0;
  std::uintptr_t restorer = 0;
  std::uint64_t mask = 0;
};

using SignalHandler = void (*)(int, siginfo_t*, void*);

// The argument of rt_sigaction behind its last. The kernel does not look at it; a seccomp filter
// that keeps the program from taking a signal of ours away knows our own calls by it.
inline constexpr std::uint64_t kOwnCallMark = 0x61696f656d750a17;

// The system call. Either pointer may be null. 0 or -errno.
long kernel_sigaction(int signal, const KernelAction* next, KernelAction* previous) noexcept;

// An action with `handler`, flags beside SA_RESTORER, and a return path of its own: the C library's
// is private to it.
KernelAction action_with(SignalHandler handler, int flags) noexcept;
// Where such a handler returns to when the kernel has called it.
std::uintptr_t signal_return_path() noexcept;

KernelAction from_libc(const struct sigaction& action) noexcept;
struct sigaction to_libc(const KernelAction& action) noexcept;

// An action that a handler may read while another thread replaces it: versions alternate between
// slots, and a slot is reused only after many more changes. One writer at a time. Zero bytes are
// the default action.
class ActionCell {
 public:
  [[nodiscard]] KernelAction load() const noexcept {
    return slots_[current_.load(std::memory_order_acquire)];
  }
  void store(const KernelAction& action) noexcept {
    const unsigned next = (current_.load(std::memory_order_relaxed) + 1) % kSlots;
    slots_[next] = action;
    current_.store(next, std::memory_order_release);
  }

 private:
  static constexpr unsigned kSlots = 16;
  KernelAction slots_[kSlots];
  std::atomic<unsigned> current_{0};
};

// A signal that an instruction or a system call raised, not one that somebody sent.
inline bool raised_by_instruction(const siginfo_t& info) noexcept { return info.si_code > 0; }

// Carries `action` out inside a handler that got these arguments. `latest` is where the program's
// action is kept: SA_RESETHAND resets it.
void hand_on(ActionCell& latest, const KernelAction& action, int signal, siginfo_t* info,
             void* context) noexcept;

}  // namespace aioemu::memory
