// What the kernel tells about a descriptor: the facts the core asks for, and how to carry a
// transfer on it out.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "core/file_facts.h"

namespace aioemu::host {

// An open file at the moment of the question. `facts.ref` is left to the caller, and
// `facts.rwf_unsupported` to probe_rwf.
struct ProbedFile {
  core::FileFacts facts;
  bool seekable = true;       // transfers name their offset
  bool nonblocking = false;   // O_NONBLOCK
  bool in_memory = false;     // tmpfs and its like: a transfer waits for nothing
  bool direct = false;        // O_DIRECT
  bool asynchronous = false;  // O_DIRECT on a block device: io_submit does not wait for it (K74)
  std::uint64_t device = 0;   // with `inode`: equal for descriptors of the same open file, among
  std::uint64_t inode = 0;    // others
};

// EBADF as K41 has it. Some system calls (two for an ordinary file); the program sees none of
// their side effects. Any thread that shares the descriptor table.
[[nodiscard]] Result<ProbedFile> probe_file(int fd) noexcept;

// Which of the RWF bits in `flags` this file refuses outright (K52): asked of the kernel itself
// with transfers from and to an address that never works, so that no byte moves.
[[nodiscard]] std::uint32_t probe_rwf(int fd, const ProbedFile& file, std::uint32_t flags) noexcept;

// Has the file an iterator-style method for this direction (K54)? Only for seekable files.
[[nodiscard]] bool has_method(int fd, bool reading) noexcept;

// The eventfd behind `fd`: 0 and whether writes to it may block; EBADF or EINVAL as K42 has it.
struct EventfdFacts {
  bool nonblocking = false;
};
[[nodiscard]] Result<EventfdFacts> probe_eventfd(int fd) noexcept;

}  // namespace aioemu::host
