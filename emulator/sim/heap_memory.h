// HeapMemory: rings and the core's blocks from the ordinary heap.
//
// A destroyed ring stays readable, since lookups read whatever handle a program passes (K24); it is
// kept and given out again, the most recent of its size first (K22).
#pragma once

#include <map>
#include <vector>

#include "core/ports.h"

namespace aioemu::sim {

class HeapMemory final : public core::KernelMemory {
 public:
  HeapMemory() = default;
  ~HeapMemory();
  HeapMemory(const HeapMemory&) = delete;
  HeapMemory& operator=(const HeapMemory&) = delete;

  Result<core::RingMapping> map_ring(std::size_t bytes) noexcept override;
  void unmap_user_ring(const core::RingMapping&) noexcept override {}
  void release_ring(const core::RingMapping& ring) noexcept override;
  bool ring_is_at(const core::RingMapping&, core::UserAddress) noexcept override { return false; }
  void* allocate(std::size_t bytes) noexcept override;
  void release(void* block, std::size_t bytes) noexcept override;

 private:
  std::vector<std::byte*> rings_;  // all there ever were
  // Released ones, by size.
  std::map<std::size_t, std::vector<std::byte*>> free_;
};

}  // namespace aioemu::sim
