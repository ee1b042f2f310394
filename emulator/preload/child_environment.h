// The environment of programs that this one starts: whatever it hands them, LD_PRELOAD still names
// this library and the AIOEMU_ variables are still there, so that children are emulated too.
#pragma once

#include <cstddef>

namespace aioemu::preload {

// Remembers the settings as they are now. Called when the library is loaded.
void remember_settings() noexcept;

// Room for one child's environment, on the caller's stack: it may be a vfork child, in which
// nothing may be allocated.
//
//   char** buffer = static_cast<char**>(alloca(environment_space(envp)));
//   execve(path, argv, complete_environment(envp, buffer));
//
// The bytes that complete_environment needs for `envp` (which may be null).
std::size_t environment_space(char* const* envp) noexcept;
// `envp` itself when nothing is missing in it; otherwise a complete copy in `space`.
char* const* complete_environment(char* const* envp, void* space) noexcept;

}  // namespace aioemu::preload
