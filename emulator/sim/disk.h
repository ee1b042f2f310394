// Disk: the bytes of one simulated file or block device: what reads see, what is durable, what a
// power cut leaves. docs/simulated-disk.md is the model in words.
//
// Reads see every write that has completed, whether it is durable or not. A sync makes durable what
// had completed before it was issued: `mark` is taken when it is issued, `sync` when it ends, and
// what was written in between stays undecided. A power cut decides about each block that is not
// durable. Faults of the medium lie over the bytes and can be lifted.
//
// Pure: no clock, no randomness of its own (choices are asked of a ChoiceSource, faults are decided
// by the caller), no knowledge of files, descriptors or requests. The caller keeps to the bounds of
// the file and of what `room`, `readable` and `rewritable` say. Not for several threads. A copy is
// a snapshot and is cheap: it shares its bytes until they are written to (but it counts against the
// same DiskSpace).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "aioemu/choice.h"
#include "aioemu/disk_faults.h"
#include "sim/disk_geometry.h"
#include "sim/disk_image.h"
#include "sim/disk_space.h"

namespace aioemu::sim {

// What happens to one write: decided before its first byte, the same for all pieces of it.
struct WriteFate {
  WriteFault fault = WriteFault::none;
  // torn_first, torn_last: how many sectors arrive. torn_random: the seed.
  // misdirected: where in the file its first sector arrives.
  std::uint64_t argument = 0;
  // Of the whole write.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

class Disk {
 public:
  using Mark = DiskImage::Mark;

  // `size` zero bytes, durable, none of them allocated. `geometry` must be valid. `number` names
  // the disk in questions to a ChoiceSource. `space`, if any, must outlive the disk.
  Disk(const DiskGeometry& geometry, std::uint64_t number, std::uint64_t size,
       DiskSpace* space = nullptr);

  [[nodiscard]] std::uint64_t size() const noexcept { return image_.size(); }
  [[nodiscard]] const DiskGeometry& geometry() const noexcept { return geometry_; }

  // ---- reading; nothing beyond the size ----
  // No fault lies over any byte: reads see just these.
  [[nodiscard]] bool sound() const noexcept { return image_.medium.none(); }
  [[nodiscard]] const DiskStore& live() const noexcept { return image_.live(); }
  // The longest piece from `offset` on that lies in one place, at most `count` bytes; null bytes
  // are zeroes. Valid until the disk is next used.
  DiskStore::Run at(std::uint64_t offset, std::uint64_t count) {
    if (sound()) return live().at(offset, count);
    return faulty_at(offset, count);
  }
  // How many bytes from `offset` on can be read before the first `unit` (the sector, or the block
  // when a page cache reads whole blocks) with an unreadable sector in it; at most `count`.
  [[nodiscard]] std::uint64_t readable(std::uint64_t offset, std::uint64_t count,
                                       std::uint32_t unit) const {
    return sound() ? count : readable_beside(offset, count, unit);
  }

  // ---- writing ----
  // How many bytes from `offset` on can be written before the space ends; at most `count`.
  std::uint64_t room(std::uint64_t offset, std::uint64_t count);
  // How many bytes from `offset` on can be written, at most `count`, when a unit that is written
  // only in part has to be read first.
  [[nodiscard]] std::uint64_t rewritable(std::uint64_t offset, std::uint64_t count,
                                         std::uint32_t unit) const;
  // How many bytes of space a write of these would take.
  [[nodiscard]] std::uint64_t allocates(std::uint64_t offset, std::uint64_t count) const;
  // How many of them can be written with `free` bytes of space: whole blocks.
  [[nodiscard]] std::uint64_t fitting(std::uint64_t offset, std::uint64_t count,
                                      std::uint64_t free) const;
  // A write, or a piece of one, has completed. A sector that it covers is sound again.
  void write(std::uint64_t offset, std::span<const std::byte> bytes, const WriteFate& fate = {});
  // The file reaches at least to `size`: a hole, which takes no space.
  void extend(std::uint64_t size);
  // The file is empty. Its blocks are free again when that is durable, or when space is needed.
  void truncate();

  // ---- durability ----
  // Everything that has completed by now.
  [[nodiscard]] Mark mark() const noexcept { return newest_; }
  // An fsync of what `mark` says ends. 0 or -EIO.
  long sync(Mark mark, SyncFault fault = SyncFault::none);
  // A write with O_SYNC, O_DSYNC, RWF_SYNC or RWF_DSYNC has completed.
  void sync_range(std::uint64_t offset, std::uint64_t count);
  // From here on the disk holds what the cut left, durable and with its medium faults.
  PowerCutReport power_cut(ChoiceSource& choices);

  // ---- the medium ----
  // Each sector of the file that the range touches becomes faulty. How many did: a stale_read needs
  // a block that was written before. `from` is where a misdirected_read gets its bytes.
  std::uint64_t damage(MediumFault fault, std::uint64_t offset, std::uint64_t count,
                       std::uint64_t from = 0);
  // The pristine bytes are back.
  void lift(std::uint64_t offset, std::uint64_t count);
  void lift();
  // All there are, to be put back later.
  [[nodiscard]] const MediumFaults& faults() const noexcept { return image_.medium; }
  void put_faults(MediumFaults faults) { image_.medium = std::move(faults); }

 private:
  struct Truncated {
    Mark mark;
    DiskImage image;  // as it was before
  };
  DiskStore::Run faulty_at(std::uint64_t offset, std::uint64_t count);
  [[nodiscard]] std::uint64_t readable_beside(std::uint64_t offset, std::uint64_t count,
                                              std::uint32_t unit) const;
  [[nodiscard]] bool unsound(std::uint64_t offset, std::uint32_t unit) const;
  [[nodiscard]] std::vector<std::byte> pristine(std::uint64_t sector) const;
  [[nodiscard]] std::vector<std::byte> seen(std::uint64_t sector) const;
  bool damage_sector(MediumFault fault, std::uint64_t sector, std::uint64_t source);
  void clear_tail();
  void before_faulty_write(const WriteFate& fate, std::uint64_t offset, std::size_t count);
  void after_faulty_write(const WriteFate& fate, std::uint64_t offset,
                          std::span<const std::byte> bytes);
  void misdirect(const WriteFate& fate, std::uint64_t offset, std::span<const std::byte> bytes);
  [[nodiscard]] bool arrives(const WriteFate& fate, std::uint64_t sector) const;
  void truncations_durable(Mark mark);
  void make_durable(Mark mark);
  void give(std::uint64_t blocks);

  DiskGeometry geometry_;
  std::uint64_t number_;
  DiskSpace* space_;
  Mark newest_ = 0;
  Mark written_back_ = 0;  // everything up to here has been made durable once
  DiskImage image_;
  std::vector<Truncated> truncated_;  // truncations that are not durable, oldest first
  bool error_pending_ = false;        // eio_next: for the next sync
  std::vector<std::byte> scratch_;    // one sector, as a read sees it
};

}  // namespace aioemu::sim
