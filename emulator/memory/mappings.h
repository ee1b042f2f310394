// What /proc knows about this address space.
#pragma once

#include <cstdint>

namespace aioemu::memory {

// Do mappings begin at `a` and at `b` that show the beginning of the same object (device and
// inode)? False when the list of mappings cannot be read. About as slow as reading a file; no
// allocation.
[[nodiscard]] bool same_mapped_object(std::uint64_t a, std::uint64_t b) noexcept;

}  // namespace aioemu::memory
