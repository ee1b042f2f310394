// TrapFrame: one inline system call on its way through the emulator, and the stack it is served on.
//
// The handler of SIGSYS does not serve the call. A signal frame may lie on an alternate stack with
// some hundred bytes to spare; the kernel would let the next signal's frame overwrite it once the
// stack pointer is elsewhere; and a sleep inside a handler keeps the stack taken. So the handler
// copies the registers into a TrapFrame, points the interrupted code at `resume_in_emulator` on a
// stack of the emulator's, and returns: the signal is over, with the program's mask and alternate
// stack as they were. The call is then served like one that came through syscall(), and at its end
// all registers are put back but for those that a system call changes.
//
// A frame belongs to the call, not to the thread: a signal handler may make an inline call of its
// own while its thread is in one, and threads made by a raw clone may share one thread-local
// storage. Frames are never freed, only used again. A call that is left by longjmp out of a
// handler keeps its frame for good.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aioemu::preload {

// Of the interrupted code, by their place in TrapFrame::registers.
enum class Register : std::uint8_t {
  rax,
  rbx,
  rcx,
  rdx,
  rsi,
  rdi,
  rbp,
  rsp,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  rip,
  flags
};
inline constexpr std::size_t kRegisters = 18;
inline constexpr std::size_t kVectorState = 4096;  // for what XSAVE stores

struct alignas(64) TrapFrame {
  std::uint64_t registers[kRegisters];
  std::atomic<std::uint32_t> busy;
  std::uint32_t unused;
  TrapFrame* next;  // in the list of all frames; never changes once it is in there
  alignas(64) unsigned char vectors[kVectorState];

  [[nodiscard]] std::uint64_t& at(Register which) noexcept {
    return registers[static_cast<std::size_t>(which)];
  }
};

// A frame that nobody uses, marked as busy; its stack lies below it. Null when there is no memory.
// Any thread, any signal handler, with very little stack.
TrapFrame* take_frame() noexcept;

}  // namespace aioemu::preload
