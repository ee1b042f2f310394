// BlockPool: zeroed blocks of memory without malloc.
//
// The emulator lives in processes whose malloc is not ours to call: it may be in the middle of a
// call on this very thread. Small blocks come in powers of two from 64 KiB chunks and go back to a
// free list; a block of more than 2048 bytes is a mapping of its own, zeroed lazily by the kernel.
// One such mapping of up to 64 KiB is kept when it comes back: a program that makes and destroys
// small contexts in turn would otherwise map the same pages again and again.
#pragma once

#include <array>
#include <cstddef>

namespace aioemu::memory {

// Threading: none; the owner holds a lock. Chunks go back to the system with the pool.
class BlockPool {
 public:
  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // Zeroed, aligned to 64 bytes; nullptr when there is no memory, or for 0 bytes.
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept;
  // Takes back what allocate(bytes) returned; null is ignored.
  void release(void* block, std::size_t bytes) noexcept;

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  struct Chunk {
    Chunk* next;
  };
  static constexpr std::size_t kSmallest = 64;
  static constexpr std::size_t kLargest = 2048;
  static constexpr std::size_t kChunk = 65536;
  static constexpr std::size_t kClasses = 6;
  static constexpr std::size_t kLargestKept = 65536;

  static std::size_t class_of(std::size_t bytes) noexcept;
  bool add_chunk() noexcept;
  void* map_or_reuse(std::size_t bytes) noexcept;
  void keep_or_unmap(void* block, std::size_t bytes) noexcept;

  std::array<FreeBlock*, kClasses> free_{};
  Chunk* chunks_ = nullptr;
  std::byte* next_ = nullptr;  // the unused rest of the newest chunk
  std::size_t left_ = 0;
  void* kept_ = nullptr;  // a mapping of `kept_bytes_`
  std::size_t kept_bytes_ = 0;
};

// Pages straight from the system: zeroed, or nullptr. `bytes` is rounded up to whole pages.
[[nodiscard]] void* map_pages(std::size_t bytes) noexcept;
void unmap_pages(void* block, std::size_t bytes) noexcept;

}  // namespace aioemu::memory
