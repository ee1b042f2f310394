// Programs that this process starts and that the library cannot be loaded into: statically linked
// ones, and those for another machine. Their AIO is not served, and with the filter of
// trap_filter.h in force the first AIO call kills them; so the session remembers who they were.
#pragma once

namespace aioemu::preload {

// Would the dynamic linker not load us into `path`? False as well for a file that cannot be read, a
// script, and whatever else is no ELF file. Does not allocate; may run in a vfork child.
[[nodiscard]] bool is_stranger(const char* path) noexcept;

// Before execve makes this process `path`.
void note_next_program(const char* path) noexcept;
// The same with `file` searched for in PATH, as execvp does.
void note_next_program_in_path(const char* file) noexcept;

// After posix_spawn has started `path`, or `file` from PATH, as `pid`.
void note_spawned(int pid, const char* path) noexcept;
void note_spawned_from_path(int pid, const char* file) noexcept;

// A child that was waited for ended with this status.
void note_end_of_child(int pid, int wait_status) noexcept;

}  // namespace aioemu::preload
