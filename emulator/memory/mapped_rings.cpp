#include "memory/mapped_rings.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "memory/mappings.h"
#include "memory/raw_syscall.h"

namespace aioemu::memory {
namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

bool failed(long result) noexcept { return result < 0 && result > -4096; }

long map_shared(std::size_t bytes, int flags, long fd) noexcept {
  return raw_syscall(SYS_mmap, nullptr, bytes, kReadWrite, MAP_SHARED | flags, fd, 0L);
}

core::RingMapping ring_of(long user, long kernel, std::size_t bytes) noexcept {
  core::RingMapping ring;
  ring.user = static_cast<core::UserAddress>(user);
  ring.kernel = reinterpret_cast<std::byte*>(kernel);
  ring.bytes = bytes;
  return ring;
}

long attach(long segment) noexcept { return raw_syscall(SYS_shmat, segment, nullptr, 0L); }

// Both views of one segment. It is marked as destroyed at once, and lives until its last view is
// unmapped.
Result<core::RingMapping> map_segment(std::size_t bytes) noexcept {
  constexpr long kOwnerOnly = 0600;
  const long segment = raw_syscall(SYS_shmget, IPC_PRIVATE, bytes, IPC_CREAT | kOwnerOnly);
  if (failed(segment)) return Errno{ENOMEM};
  const long kernel = attach(segment);
  const long user = failed(kernel) ? kernel : attach(segment);
  raw_syscall(SYS_shmctl, segment, IPC_RMID, nullptr);
  if (!failed(user)) return ring_of(user, kernel, bytes);
  if (!failed(kernel)) raw_syscall(SYS_munmap, kernel, bytes);
  return Errno{ENOMEM};
}

// Both views from `fd`; nothing is left behind on failure.
Result<core::RingMapping> map_file(long fd, std::size_t bytes) noexcept {
  if (raw_syscall(SYS_ftruncate, fd, bytes) != 0) return Errno{ENOMEM};
  const long kernel = map_shared(bytes, 0, fd);
  if (failed(kernel)) return Errno{ENOMEM};
  const long user = map_shared(bytes, 0, fd);
  if (failed(user)) {
    raw_syscall(SYS_munmap, kernel, bytes);
    return Errno{ENOMEM};
  }
  return ring_of(user, kernel, bytes);
}

Result<core::RingMapping> map_memory_file(std::size_t bytes) noexcept {
  const long fd = raw_syscall(SYS_memfd_create, "[aio]", MFD_CLOEXEC);
  if (failed(fd)) return Errno{ENOMEM};
  const Result<core::RingMapping> ring = map_file(fd, bytes);
  raw_syscall(SYS_close, fd);
  return ring;
}

}  // namespace

Result<core::RingMapping> MappedRings::map_ring(std::size_t bytes) noexcept {
  const long kernel = map_shared(bytes, MAP_ANONYMOUS, -1);
  if (failed(kernel)) return Errno{ENOMEM};
  const long user = raw_syscall(SYS_mremap, kernel, 0L, bytes, MREMAP_MAYMOVE);
  if (!failed(user)) return ring_of(user, kernel, bytes);
  raw_syscall(SYS_munmap, kernel, bytes);
  // Whatever the reason: qemu-user refuses an old size of 0 with ENOMEM, too.
  const Result<core::RingMapping> ring = map_segment(bytes);
  return ring.ok() ? ring : map_memory_file(bytes);
}

void MappedRings::keep_from_children(const core::RingMapping& ring) noexcept {
  raw_syscall(SYS_madvise, ring.user, ring.bytes, static_cast<long>(MADV_DONTFORK));
}

void MappedRings::unmap_user_ring(const core::RingMapping& ring) noexcept {
  raw_syscall(SYS_munmap, ring.user, ring.bytes);
}

void MappedRings::release_ring(const core::RingMapping& ring) noexcept {
  raw_syscall(SYS_munmap, ring.kernel, ring.bytes);
}

bool MappedRings::ring_is_at(const core::RingMapping& ring, core::UserAddress address) noexcept {
  const auto own = reinterpret_cast<core::UserAddress>(ring.kernel);
  // Our own view often comes to lie where a ring was that the program has destroyed: its stale
  // handle is not this ring.
  return address != own && same_mapped_object(own, address);
}

void* MappedRings::allocate(std::size_t bytes) noexcept { return blocks_.allocate(bytes); }

void MappedRings::release(void* block, std::size_t bytes) noexcept {
  blocks_.release(block, bytes);
}

}  // namespace aioemu::memory
