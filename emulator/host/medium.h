// Medium: what a disk does to the bytes that a process moves through AIO.
//
// The file's own bytes are the truth. What is wrong with the medium lies over them and is seen by
// reads through AIO only: the program's other calls (pread, mmap) and other processes find the
// truth. The overlay goes by the file (device and inode) and the sector, for this process alone; it
// stays until the sector is written again, which makes it sound, or, with persist=transient, is
// gone with the access that met it.
//
//   latent_sector_error  a read from the cache is short before the block that the sector is in, or
//                        EIO when it starts there; a direct one is EIO
//   bit_rot              one bit of the access is wrong, and stays so
//   misdirected_read     its sectors show those of another place in the file
//   stale_read           its sectors show what they held before they were last written through
//                        AIO; what was never written so cannot be stale
//   lost_write           nothing is written, the result says all was
//   torn_write           only some of its sectors are really written
//   misdirected_write    its bytes are really written to another place in the file, no farther than
//                        its end
//   enospc               bytes beyond the end of the file, and in its holes, take space. A write
//                        moves what there is room for; what starts without any is ENOSPC
//
// A write of a part of an unreadable sector leaves it unreadable.
//
// Regular files and block devices have a medium. An appending write cannot be torn or misdirected:
// where it goes is not known before.
//
// Threading: any thread, without the address space's lock. A signal handler that interrupts its own
// thread in here meets no medium. No malloc, no exception.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/ports.h"
#include "core/request.h"
#include "fault/injector.h"
#include "host/owner_lock.h"
#include "host/request_note.h"
#include "host/sector_map.h"

namespace aioemu::host {

class Medium {
 public:
  // `sector` in bytes, a power of two.
  Medium(const fault::Injector& injector, core::UserMemory& memory, std::uint32_t sector) noexcept;

  ~Medium();
  Medium(const Medium&) = delete;
  Medium& operator=(const Medium&) = delete;

  // Does any rule concern the bytes that such requests move?
  [[nodiscard]] bool concerns(abi::Opcode op) const noexcept {
    return (ops_ & fault::op_bit(op)) != 0;
  }
  // A transfer on a file with an offset, and what the medium makes of it: like transfer_at_offset.
  // What was decided is left in the request's note.
  [[nodiscard]] long transfer(int fd, const core::Request& request, bool verified) noexcept;

 private:
  static constexpr std::uint64_t kBlock = 4096;
  // No access makes more sectors wrong than this.
  static constexpr std::uint64_t kMostSectors = 8192;
  // Sectors whose earlier contents are remembered, for stale_read.
  static constexpr std::size_t kMostRemembered = 32768;
  static constexpr std::size_t kScratch = 65536;

  struct Access;

  [[nodiscard]] bool is_sound(const core::Request& request) const noexcept;
  [[nodiscard]] static bool look(Access& access) noexcept;
  long read(Access& access, bool verified) noexcept;
  long write(Access& access, bool verified) noexcept;
  void decide_read(Access& access) noexcept;
  void decide_space(Access& access) noexcept;
  void decide_write(Access& access) noexcept;
  [[nodiscard]] bool spoil(const Access& access, const fault::MediumDecision& decision,
                           SectorMap& map) noexcept;
  [[nodiscard]] bool rot(const Access& access, const fault::MediumDecision& decision,
                         SectorMap& map) noexcept;
  [[nodiscard]] bool show(const Access& access, const fault::MediumDecision& decision,
                          SectorMap& map, SectorNote& note) noexcept;
  [[nodiscard]] std::uint64_t readable(Access& access) const noexcept;
  void patch(const Access& access, std::uint64_t bytes, const SectorMap& map) noexcept;
  void patch_sector(const Access& access, std::uint64_t bytes, const SectorNote& note) noexcept;
  void forget_once(const Access& access) noexcept;

  [[nodiscard]] long write_wrong(Access& access) noexcept;
  [[nodiscard]] long no_fault(Access& access) noexcept;
  [[nodiscard]] bool arrives(const Access& access, std::uint64_t index,
                             std::uint64_t sectors) const noexcept;
  [[nodiscard]] long write_torn(Access& access) noexcept;
  [[nodiscard]] long write_elsewhere(Access& access) noexcept;
  [[nodiscard]] bool remembers() noexcept;
  void remember(const Access& access) noexcept;
  void heal(const Access& access, std::uint64_t from, std::uint64_t count,
            std::uint64_t at) noexcept;
  void heal_sector(const Access& access, SectorNote& note, std::uint64_t from, std::uint64_t count,
                   std::uint64_t at) noexcept;
  [[nodiscard]] bool pristine(const Access& access, std::uint64_t sector, std::byte* to) noexcept;

  const fault::Injector& injector_;
  core::UserMemory& memory_;
  const std::uint64_t sector_;
  fault::OpSet ops_ = fault::kNoOps;  // transfers that somebody asks about
  bool remembers_ = false;
  std::size_t looked_at_ = 0;  // so many rules
  OwnerLock lock_;
  std::atomic<bool> spoiled_{false};  // something has been wrong once
  SectorMap wrong_;
  SectorMap once_;    // of the access that holds the lock
  SectorMap before_;  // what sectors held before they were last written
  std::byte* scratch_ = nullptr;
};

}  // namespace aioemu::host
