// What a disk may do to the bytes that a program gave it. docs/simulated-disk.md is the model.
#pragma once

#include <cstdint>

namespace aioemu {

// Of sectors, as reads find them. An overlay: the true bytes stay, and come back when the fault is
// lifted. A sector that is written anew is sound again.
enum class MediumFault : std::uint8_t {
  latent_sector_error,  // cannot be read
  bit_rot,              // one bit is wrong; which one follows from where the sector is
  misdirected_read,     // another sector's bytes
  stale_read,           // what the block held before it was last written
};

// Of one write, which reports success.
enum class WriteFault : std::uint8_t {
  none,
  lost,         // nothing of it arrives
  torn_first,   // the first N sectors arrive
  torn_last,    // the last N sectors arrive
  torn_random,  // each sector arrives or not, as a seed says
  misdirected,  // it arrives somewhere else in the same file
};

// Of one fsync or fdatasync.
enum class SyncFault : std::uint8_t {
  none,
  eio_clean,   // EIO; what was to be written counts as clean, and no retry writes it (ext4, xfs)
  eio_dirty,   // EIO; nothing was written, and a retry may succeed
  eio_revert,  // EIO; the contents go back to what is durable (btrfs)
  eio_next,    // 0, as eio_clean otherwise; the next one reports the EIO
  lie,         // 0; nothing became durable
};

// What a power cut left of the blocks that were not durable.
struct PowerCutReport {
  std::uint64_t newest = 0;   // blocks that hold what was written last
  std::uint64_t earlier = 0;  // ... what an earlier write left
  std::uint64_t dropped = 0;  // ... what was durable
  std::uint64_t torn = 0;     // ... sectors of different ages
};

}  // namespace aioemu
