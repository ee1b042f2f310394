// MappedRings: rings that a program can find at their handle, and the core's own memory.
//
// A ring is shared memory mapped twice: the program's view, whose address is the handle, and the
// emulator's view. What the program does to its view (mprotect, munmap, mremap, a fork child's
// writes) never disturbs the emulator, and the head it writes is seen at once. Each ring is a
// shared object of its own, so the system merges it with no neighbour and mremap moves it whole.
//
// K11 wants io_setup to work with no descriptor left and with RLIMIT_FSIZE 0. So the second view is
// made by duplicating the first (mremap with an old size of 0); where the system cannot do that
// (qemu-user, some sandboxes) the two are views of a System V segment that is marked as destroyed
// at once. Where there are no such segments either, a memory file does, closed before map_ring
// returns. Differences from the kernel's own rings: the
// name in /proc/self/maps, and PROT_EXEC and growing are not refused.
#pragma once

#include "core/ports.h"
#include "memory/block_pool.h"

namespace aioemu::memory {

// Threading: none; the owner holds the lock it holds around the core.
class MappedRings final : public core::KernelMemory {
 public:
  [[nodiscard]] Result<core::RingMapping> map_ring(std::size_t bytes) noexcept override;
  void keep_from_children(const core::RingMapping& ring) noexcept override;
  // Unmaps whatever is at the handle, as the kernel does (K28).
  void unmap_user_ring(const core::RingMapping& ring) noexcept override;
  void release_ring(const core::RingMapping& ring) noexcept override;
  // Reads /proc: slow, and false where that cannot be opened. The emulator's own view is no place
  // that the program could have moved its ring to.
  [[nodiscard]] bool ring_is_at(const core::RingMapping& ring,
                                core::UserAddress address) noexcept override;
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept override;
  void release(void* block, std::size_t bytes) noexcept override;

 private:
  BlockPool blocks_;
};

}  // namespace aioemu::memory
