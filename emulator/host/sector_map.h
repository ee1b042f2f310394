// SectorMap: what is remembered about single sectors of files.
//
// An overlay: it says what a read of the sector finds instead of the file's own bytes, which nobody
// alters. Memory comes from a pool of its own, never from malloc.
#pragma once

#include <array>
#include <cstdint>

#include "fault/questions.h"
#include "memory/block_pool.h"

namespace aioemu::host {

struct SectorKey {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t sector = 0;
  bool operator==(const SectorKey&) const = default;
};

struct SectorNote {
  SectorKey key;
  std::byte* bytes = nullptr;  // shown instead of the file's; null: those
  std::int64_t bit = -1;       // the one that is wrong, counted in the sector; -1: none
  bool unreadable = false;
  int rule = fault::kNoRule;  // that did this last
  SectorNote* next = nullptr;
};

// Threading: none; the owner holds a lock.
class SectorMap {
 public:
  explicit SectorMap(std::uint32_t sector) noexcept : sector_(sector) {}
  ~SectorMap();
  SectorMap(const SectorMap&) = delete;
  SectorMap& operator=(const SectorMap&) = delete;

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] SectorNote* find(const SectorKey& key) const noexcept;
  // The sector's note, made if there is none; null when there is no memory.
  [[nodiscard]] SectorNote* make(const SectorKey& key) noexcept;
  // Room for the note's bytes, as they are; zeroes at first. False when there is no memory.
  [[nodiscard]] bool give_bytes(SectorNote& note) noexcept;
  void erase(const SectorKey& key) noexcept;

 private:
  static constexpr std::size_t kBuckets = 512;

  [[nodiscard]] static std::size_t bucket_of(const SectorKey& key) noexcept;
  void release(SectorNote& note) noexcept;

  const std::uint32_t sector_;
  std::size_t count_ = 0;
  std::array<SectorNote*, kBuckets> buckets_{};
  memory::BlockPool pool_;
};

}  // namespace aioemu::host
