// Memory files: regular files and block devices whose bytes live on a simulated disk.
//
// Two rule sets, after the file systems that the facts were measured on. `ext4`: O_DIRECT wants
// offset, length and memory aligned and says all or nothing (K60, K61), offsets end at 16 TiB
// (K65). `tmpfs`: O_DIRECT changes nothing, any offset goes. Everything is in the page cache, so a
// NOWAIT read always finds its bytes (K68).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "aioemu/world.h"
#include "sim/disk.h"
#include "sim/file.h"
#include "sim/virtual_clock.h"

namespace aioemu::sim {

// What all files of a World share.
struct Volume {
  explicit Volume(const VirtualClock& world_clock) noexcept : clock(world_clock) {}

  const VirtualClock& clock;
  std::int64_t file_size = INT64_MAX;  // RLIMIT_FSIZE (K66)
  DiskSpace space;
  std::vector<std::byte> staging;  // a write's bytes between the program and the disk
};

// What is shared by all descriptions of one file.
struct Inode {
  explicit Inode(Disk contents) noexcept : disk(std::move(contents)) {}

  Disk disk;
  std::uint64_t number = 0;  // 1, 2, ... in order of making
  FileSystem file_system = FileSystem::ext4;
  std::uint32_t direct_alignment = 512;
  bool block_device = false;  // fixed size (K64)
  bool anonymous = false;     // memfd: gone with the machine
  int seals = 0;              // F_SEAL_*: memfd (K75)
  // Decided beforehand, for the next write that moves bytes and the next sync.
  WriteFate next_write;
  SyncFault next_sync = SyncFault::none;
};

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<Inode> inode, Volume& volume);

  bool durable = false;  // O_SYNC or O_DSYNC

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  long sync(std::uint64_t issued) override;
  [[nodiscard]] std::uint64_t sync_mark() const override { return inode_->disk.mark(); }
  [[nodiscard]] std::int64_t size() const override {
    return static_cast<std::int64_t>(inode_->disk.size());
  }
  [[nodiscard]] std::uint64_t identity() const override { return inode_->number * 2 + 1; }
  MemoryFile* on_disk() override { return this; }
  [[nodiscard]] const std::shared_ptr<Inode>& inode() const noexcept { return inode_; }

  // How many bytes a transfer that has not begun would move if the disk did its part; 0 when it
  // would fail. `offset` is where.
  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  [[nodiscard]] Extent extent_of(bool reading, const Transfer& transfer) const;

 private:
  [[nodiscard]] std::uint64_t readable(const Transfer& transfer) const noexcept;
  // Checks the write and cuts it to what the file may take; the answer if that is an error or
  // nothing.
  std::optional<Attempt> check_write(Transfer& transfer) const;
  [[nodiscard]] bool strict_direct() const noexcept;
  [[nodiscard]] bool misaligned(const Transfer& transfer) const noexcept;
  [[nodiscard]] std::int64_t write_limit() const noexcept;
  [[nodiscard]] Attempt refuse_write(const Transfer& transfer) const noexcept;
  // What a read of less has to read: the sector, or the block that a page cache keeps.
  [[nodiscard]] std::uint32_t unit() const noexcept;
  // Cuts the transfer to what the disk can take: 0, or the error when that is nothing.
  int fit(Transfer& transfer);
  bool fetch_faulty(Transfer& transfer, std::uint64_t count);
  void store(Transfer& transfer);
  void extend_over_fault(const Transfer& transfer);
  [[nodiscard]] bool cut_at_fault(Transfer& transfer) const;

  std::shared_ptr<Inode> inode_;
  Volume& volume_;
};

}  // namespace aioemu::sim
