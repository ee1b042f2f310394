// MediumFaults: what reads of a disk see instead of its bytes.
//
// A sparse overlay of sectors over bytes that somebody else keeps (the pristine ones), which it
// never changes. A sector in it cannot be read, or shows other bytes, or has one bit flipped; it
// stays so until it is written anew or lifted, so a retry reads the same wrong bytes. Writing only
// a part of a sector carries the rest of what it showed along, as a page cache does that reads a
// page to change some of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace aioemu::sim {

class MediumFaults {
 public:
  explicit MediumFaults(std::uint32_t sector) noexcept : sector_(sector) {}

  [[nodiscard]] bool none() const noexcept { return wrong_.empty(); }
  // The first faulty, or unreadable, sector of first .. end-1; `end` when there is none.
  [[nodiscard]] std::uint64_t next(std::uint64_t first, std::uint64_t end) const;
  [[nodiscard]] std::uint64_t next_unreadable(std::uint64_t first, std::uint64_t end) const;
  // Turns a sector's pristine bytes into those that a read sees.
  void apply(std::uint64_t sector, std::span<std::byte> bytes) const;

  // ---- faults ----
  void make_unreadable(std::uint64_t sector) { wrong_[sector].unreadable = true; }
  // The bit follows from the sector's number.
  void flip(std::uint64_t sector) { wrong_[sector].flipped = true; }
  void replace(std::uint64_t sector, std::span<const std::byte> bytes);
  // The pristine bytes are about to change and the medium's are not.
  void keep_showing(std::uint64_t sector, std::span<const std::byte> pristine);

  // ---- what ends them ----
  // `part` was written into the sector, from its byte `at` on.
  void rewritten(std::uint64_t sector, std::size_t at, std::span<const std::byte> part);
  void lift(std::uint64_t first, std::uint64_t end);

  // Which bit of a sector of this size rots: a function of where it is.
  [[nodiscard]] static std::uint64_t rotten_bit(std::uint64_t sector, std::uint32_t size) noexcept;

 private:
  struct Wrong {
    bool unreadable = false;
    bool flipped = false;
    std::vector<std::byte> bytes;  // instead of the pristine ones, unless empty
  };
  std::uint32_t sector_;
  std::map<std::uint64_t, Wrong> wrong_;
};

}  // namespace aioemu::sim
