// preadv2 and pwritev2, also on systems that have neither (qemu-user is one).
//
// There the two are composed of older calls, with the flags of Linux 4.16. HIPRI has no effect.
// DSYNC and SYNC are a second call. APPEND looks up the end of the file first; another writer may
// come between. NOWAIT asks poll first and then moves what cannot block; on a file with an offset
// it has no effect. What cannot be found out is assumed: a file has an iterator method (K54) unless
// it is a directory or one of /proc's about a process, and supports NOWAIT unless it is a terminal
// or in memory (K68).
//
// Such a system also refuses a buffer as a whole if a byte of it is bad, before it asks the file.
// Where the kernel moves what it can, or never looks at the buffer, these functions do so too.
#pragma once

#include <cstdint>

#include "abi/aio_abi.h"

namespace aioemu::host {

// Does the system have the calls? Asks once. If not, no RWF_ flag but these is known.
[[nodiscard]] bool has_vector_calls() noexcept;
inline constexpr std::uint32_t kComposedFlags =
    abi::kRwfHipri | abi::kRwfDsync | abi::kRwfSync | abi::kRwfNowait | abi::kRwfAppend;

// An offset of -1 means none: for streams. A count, or -errno. Any thread.
[[nodiscard]] long read_vector(int fd, const abi::Segment* segments, std::uint32_t count,
                               std::int64_t offset, std::uint32_t flags) noexcept;
[[nodiscard]] long write_vector(int fd, const abi::Segment* segments, std::uint32_t count,
                                std::int64_t offset, std::uint32_t flags) noexcept;

// What they are where the system has none; for tests, on any system.
[[nodiscard]] long composed_read(int fd, const abi::Segment* segments, std::uint32_t count,
                                 std::int64_t offset, std::uint32_t flags) noexcept;
[[nodiscard]] long composed_write(int fd, const abi::Segment* segments, std::uint32_t count,
                                  std::int64_t offset, std::uint32_t flags) noexcept;

}  // namespace aioemu::host
