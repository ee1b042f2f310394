// The SIGSEGV and SIGBUS handler that makes safe_copy safe, living in somebody else's process.
//
// The program has its own ideas about these signals. So the handler answers only for faults inside
// the copy routine and hands everything else to the action that was there before: a handler is
// called as the kernel would call it (its mask, SA_SIGINFO, SA_RESETHAND), a default action is
// carried out with the original siginfo, an ignored signal stays ignored where the kernel allows.
//
// A program that installs a handler later, past us, removes ours. install() notices that, takes the
// newcomer as the action to hand on to, and puts ours in front again. A newcomer that itself hands
// on to its predecessor (us) reaches the oldest action, not a loop.
//
// Differences that remain: the program's handler runs on the alternate stack if there is one, even
// without SA_ONSTACK; and a program that asks past us what the action is sees ours.
#pragma once

#include <csignal>

namespace aioemu::memory {

// Puts the handler in place, or back in place; cheap enough for every io_setup (two system calls
// when nothing has to change). False when the kernel refuses. Any thread, any signal handler.
bool install_fault_guard() noexcept;

// For a fork child, which inherits the handler in place: the program's actions are this process'
// own from now on.
void adopt_fault_guard() noexcept;

// True between the first install and the end of the process.
[[nodiscard]] bool fault_guard_installed() noexcept;

// For whoever interposes sigaction: reads and replaces the action that the program believes to be
// in force for SIGSEGV or SIGBUS. Either pointer may be null. False, with nothing done, when the
// guard does not stand in front of `signal`: then ask the kernel. So too in a vfork child, which
// shares this memory but has actions of its own. Any thread, any signal handler.
bool exchange_program_action(int signal, const struct sigaction* next,
                             struct sigaction* previous) noexcept;

extern constinit thread_local bool blocks_faults __attribute__((tls_model("initial-exec")));

// Set it for a thread that blocks SIGSEGV or SIGBUS: the kernel kills the process when a blocked
// fault signal is due, so the thread's copies go through process_vm_readv instead. The caller is
// the thread concerned.
void set_thread_blocks_faults(bool blocks) noexcept;
[[nodiscard]] inline bool thread_blocks_faults() noexcept { return blocks_faults; }

}  // namespace aioemu::memory
