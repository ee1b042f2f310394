#include "sim/heap_memory.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace aioemu::sim {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kBlockAlign = 64;

// Zeroed and aligned; what calloc gave stands in the word before it.
void* allocate_zeroed(std::size_t bytes, std::size_t align) noexcept {
  void* const raw = std::calloc(1, bytes + align + sizeof(void*));
  if (raw == nullptr) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(raw) + sizeof(void*);
  const std::uintptr_t place = (first + align - 1) / align * align;
  std::memcpy(reinterpret_cast<void*>(place - sizeof(void*)), &raw, sizeof raw);
  return reinterpret_cast<void*>(place);
}

void release_zeroed(void* block) noexcept {
  void* raw = nullptr;
  std::memcpy(&raw, static_cast<std::byte*>(block) - sizeof(void*), sizeof raw);
  std::free(raw);
}

}  // namespace

HeapMemory::~HeapMemory() {
  for (std::byte* ring : rings_) release_zeroed(ring);
}

Result<core::RingMapping> HeapMemory::map_ring(std::size_t bytes) noexcept {
  std::vector<std::byte*>& spare = free_[bytes];
  std::byte* ring = nullptr;
  if (spare.empty()) {
    ring = static_cast<std::byte*>(allocate_zeroed(bytes, kPage));
    if (ring == nullptr) return Errno{ENOMEM};
    rings_.push_back(ring);
  } else {
    ring = spare.back();
    spare.pop_back();
    std::memset(ring, 0, bytes);
  }
  core::RingMapping mapping;
  mapping.user = reinterpret_cast<core::UserAddress>(ring);
  mapping.kernel = ring;
  mapping.bytes = bytes;
  return mapping;
}

void HeapMemory::release_ring(const core::RingMapping& ring) noexcept {
  free_[ring.bytes].push_back(ring.kernel);
}

void* HeapMemory::allocate(std::size_t bytes) noexcept {
  return allocate_zeroed(bytes, kBlockAlign);
}

void HeapMemory::release(void* block, std::size_t) noexcept { release_zeroed(block); }

}  // namespace aioemu::sim
