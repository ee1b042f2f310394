// The program's code that made the call that this thread is in: a return address, for reports.
//
// Set where a call comes in, from the program's own frame; read once, when the address space takes
// the call. A signal handler's call may come in between: then one report names the wrong place.
#pragma once

#include <cstdint>

namespace aioemu::host {

inline std::uint64_t& program_caller() noexcept {
  static thread_local std::uint64_t address __attribute__((tls_model("initial-exec"))) = 0;
  return address;
}

inline void note_caller(const void* return_address) noexcept {
  program_caller() = reinterpret_cast<std::uint64_t>(return_address);
}

}  // namespace aioemu::host
