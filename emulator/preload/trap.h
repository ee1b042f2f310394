// Inline system calls: AIO calls that a program makes with the instruction itself, past the C
// library and libaio, as Go programs and a statically linked libaio.a do.
//
// A seccomp filter (trap_filter.h) turns them into SIGSYS, and the handler of that signal leads
// them into the emulator (trap_frame.h). The program must not notice: it sets and reads its action
// for SIGSYS as if there were no handler, and a SIGSYS that is none of ours goes to that action.
//
// execve takes the handler away and leaves the filter. So the next program, if this library comes
// into it, puts the handler back before anything else and then finds out whether it has a filter.
#pragma once

#include <csignal>
#include <cstdint>

namespace aioemu::preload {

enum class TrapState : std::uint8_t {
  off,          // not asked for
  in_force,     // inline calls are served
  unavailable,  // asked for, but this system or machine cannot
};

// When the library is loaded, while there is one thread. Reads kModeVariable and kNoIoUringVariable
// (host/session.h) and notes in the session that there can be no trap, if so.
void start_trap() noexcept;

[[nodiscard]] TrapState trap_state() noexcept;
// Does SIGSYS belong to us?
[[nodiscard]] inline bool guards_sigsys() noexcept { return trap_state() == TrapState::in_force; }

// io_uring is to look as if the kernel had none.
[[nodiscard]] bool hides_io_uring() noexcept;

// For whoever interposes sigaction, once guards_sigsys(): replaces and reads the action that the
// program believes to be in force. Either pointer may be null. A vfork child only reads.
void exchange_sigsys_action(const struct sigaction* next, struct sigaction* previous) noexcept;

}  // namespace aioemu::preload
