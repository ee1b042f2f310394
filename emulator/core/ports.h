// The ports: questions the core asks while it handles a call, answered at once.
//
// A port never blocks, never starts I/O, never throws, and never calls back into the core. Whoever
// embeds the core (sim, host, a fuzzer) implements all of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "core/file_facts.h"

namespace aioemu::core {

class PollQueue;

// An address in the program's memory, as the program passed it. Never dereferenced by the core.
using UserAddress = std::uint64_t;

// The program's memory. No address is trusted: any value of `from` and `to` is legal.
class UserMemory {
 public:
  // Copies `size` bytes from the program. False when any byte cannot be read; `to` may then hold
  // some of them.
  [[nodiscard]] virtual bool read(void* to, UserAddress from, std::size_t size) noexcept = 0;
  // Copies `size` bytes to the program. False when any byte cannot be written; a prefix, not
  // necessarily of whole words, may have been written (K114).
  [[nodiscard]] virtual bool write(UserAddress to, const void* from, std::size_t size) noexcept = 0;

 protected:
  ~UserMemory() = default;
};

// The program's descriptors.
class FileTable {
 public:
  // The file behind `fd`, or EBADF: not open, negative, or opened with O_PATH (K41).
  [[nodiscard]] virtual Result<FileFacts> find(std::int32_t fd) noexcept = 0;
  // The eventfd behind `fd`; EBADF when not open, EINVAL when it is another kind of file (K42).
  // The reference must be good until `Completion` gives it back or the element is rejected.
  [[nodiscard]] virtual Result<FileRef> find_eventfd(std::int32_t fd) noexcept = 0;
  // Current poll state of a file that a request names: poll(2) bits.
  [[nodiscard]] virtual std::uint32_t readiness(FileRef file) noexcept = 0;
  // Where polls that wait for this file are queued.
  [[nodiscard]] virtual PollQueue& poll_queue(FileRef file) noexcept = 0;
  // An element was rejected after find_eventfd: the reference is not needed any more.
  virtual void drop_eventfd(FileRef eventfd) noexcept = 0;

 protected:
  ~FileTable() = default;
};

// One ring: the same pages seen by the program (at `user`) and by the emulator (at `kernel`).
struct RingMapping {
  UserAddress user = 0;
  std::byte* kernel = nullptr;
  std::size_t bytes = 0;
  std::uint64_t cookie = 0;  // the owner's own
};

// Memory of the kernel's own.
class KernelMemory {
 public:
  // `bytes` (a multiple of the page size) of zeroed ring, mapped page-aligned on both sides.
  // Any failure is ENOMEM (K5).
  [[nodiscard]] virtual Result<RingMapping> map_ring(std::size_t bytes) noexcept = 0;
  // Fork children will not have the program's view (K138, D8). Only where rings are mappings.
  virtual void keep_from_children(const RingMapping& ring) noexcept { static_cast<void>(ring); }
  // Takes the program's view away, wherever it now is (K132). The kernel's view stays.
  virtual void unmap_user_ring(const RingMapping& ring) noexcept = 0;
  // Gives the kernel's view back; the ring is gone.
  virtual void release_ring(const RingMapping& ring) noexcept = 0;
  // Has the program moved its view of `ring` to `address` (mremap, K30)?
  [[nodiscard]] virtual bool ring_is_at(const RingMapping& ring, UserAddress address) noexcept = 0;
  // Zeroed memory aligned to 64 bytes, or nullptr. Large blocks should be zeroed lazily.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) noexcept = 0;
  virtual void release(void* block, std::size_t bytes) noexcept = 0;

 protected:
  ~KernelMemory() = default;
};

// The system around the address space: what is shared with other processes.
class System {
 public:
  // fs.aio-max-nr (K4, K14).
  [[nodiscard]] virtual std::uint64_t aio_max_nr() noexcept = 0;
  // Adds `nr` to aio-nr unless that would exceed aio-max-nr; false then (K6, K14).
  [[nodiscard]] virtual bool charge(std::uint64_t nr) noexcept = 0;
  virtual void uncharge(std::uint64_t nr) noexcept = 0;
  // May the caller use the real-time I/O class (CAP_SYS_ADMIN or CAP_SYS_NICE, K51)?
  [[nodiscard]] virtual bool may_use_realtime_io() noexcept = 0;

 protected:
  ~System() = default;
};

struct Ports {
  UserMemory& memory;
  FileTable& files;
  KernelMemory& pages;
  System& system;
};

}  // namespace aioemu::core
