// The units of a simulated disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace aioemu::sim {

struct DiskGeometry {
  std::uint32_t sector = 512;  // the atomic unit: never half old and half new
  std::uint32_t block = 4096;  // what a page cache keeps and a file system allocates
  // So many unsynced states of blocks may pile up; then the older half is written back, as a
  // kernel does that has too many dirty pages.
  std::uint64_t unsynced_limit = 16384;

  // Powers of two; a sector of at least 16 bytes, a block of at least a sector and at most 64 KiB.
  [[nodiscard]] constexpr bool valid() const noexcept {
    const bool powers = (sector & (sector - 1)) == 0 && (block & (block - 1)) == 0;
    return powers && sector >= 16 && block >= sector && block <= 64 * 1024 && unsynced_limit >= 2;
  }
};

// The bytes of a block or a sector that nobody changes any more; null for zeroes that nobody wrote.
using FrozenBytes = std::shared_ptr<const std::byte[]>;

}  // namespace aioemu::sim
