// DiskStore: the bytes of a file, in chunks that exist once they are written to, and which of its
// blocks have ever been written (are allocated). Copies share their chunks until one is written to.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sim/disk_geometry.h"

namespace aioemu::sim {

class DiskStore {
 public:
  static constexpr std::uint64_t kChunk = 64 * 1024;

  // `block` as DiskGeometry has it.
  explicit DiskStore(std::uint32_t block) noexcept : block_(block) {}

  // A piece of the file; null bytes are zeroes.
  struct Run {
    const std::byte* bytes;
    std::size_t size;
  };
  // The longest piece from `offset` on that lies in one place, at most `count`.
  [[nodiscard]] Run at(std::uint64_t offset, std::uint64_t count) const noexcept {
    const std::uint64_t in_chunk = offset % kChunk;
    const Chunk* const chunk = find(offset / kChunk);
    return {chunk == nullptr ? nullptr : chunk->bytes.data() + in_chunk,
            static_cast<std::size_t>(std::min(count, kChunk - in_chunk))};
  }
  void read(std::uint64_t offset, std::span<std::byte> to) const noexcept;
  // How many blocks of the range were allocated by it.
  std::uint64_t write(std::uint64_t offset, std::span<const std::byte> from);

  [[nodiscard]] bool holds(std::uint64_t block) const noexcept;
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
  // The block's bytes; null when it is not allocated.
  [[nodiscard]] FrozenBytes freeze(std::uint64_t block) const;
  // Makes the block what `freeze` gave. Null frees it.
  void restore(std::uint64_t block, const std::byte* bytes);

 private:
  struct alignas(64) Chunk {
    std::array<std::byte, kChunk> bytes{};
    std::bitset<kChunk / 16> held;  // by block
  };
  using Shared = std::shared_ptr<Chunk>;

  [[nodiscard]] const Chunk* find(std::uint64_t index) const noexcept {
    if (index < near_.size()) return near_[static_cast<std::size_t>(index)].get();
    return far_.empty() ? nullptr : find_far(index);
  }
  [[nodiscard]] const Chunk* find_far(std::uint64_t index) const noexcept;
  Chunk& make(std::uint64_t index);
  // Allocates the blocks of a range inside of one chunk.
  std::uint64_t hold(Chunk& chunk, std::uint64_t in_chunk, std::uint64_t count) noexcept;

  // The first 1 GiB by index; the rest, which tests of odd offsets reach, by search.
  static constexpr std::uint64_t kNear = (1ULL << 30U) / kChunk;
  std::uint32_t block_;
  std::uint64_t held_ = 0;
  std::vector<Shared> near_;
  std::map<std::uint64_t, Shared> far_;
};

}  // namespace aioemu::sim
