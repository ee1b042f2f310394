// The way of an inline system call into the emulator and back: a handler, and a few instructions.
#pragma once

#include <csignal>
#include <cstdint>

namespace aioemu::preload {

// Whether this machine has a way: x86-64 with XSAVE has one. To be asked before the handler is
// installed; finds out what part of the vector registers must be kept.
[[nodiscard]] bool prepare_trap_entry() noexcept;

// The handler of SIGSYS. Wants SA_SIGINFO | SA_ONSTACK | SA_NODEFER. It needs less than 300 bytes
// of stack for a call of ours; a SIGSYS that is none is handed on (trap.cpp).
void on_sigsys(int signal, siginfo_t* info, void* context) noexcept;

// Implemented in trap.cpp.
void hand_on_sigsys(siginfo_t* info, void* context) noexcept;

}  // namespace aioemu::preload
