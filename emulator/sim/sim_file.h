// Memory files: regular files and block devices whose bytes live in memory.
//
// Two rule sets, after the file systems that the facts were measured on. `ext4`: O_DIRECT wants
// offset, length and memory aligned and moves all or nothing (K60, K61), offsets end at 16 TiB
// (K65). `tmpfs`: O_DIRECT changes nothing, any offset goes. Everything is in the page cache, so a
// NOWAIT read always finds its bytes (K68).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "aioemu/world.h"
#include "sim/file.h"

namespace aioemu::sim {

// The bytes of a file, in chunks that exist once they are written to.
class Contents {
 public:
  static constexpr std::uint64_t kChunk = 64 * 1024;

  std::int64_t size = 0;

  // Reads up to the end of the file; writes beyond it extend the file.
  void read(Transfer& transfer, std::uint64_t offset, std::uint64_t count);
  void write(Transfer& transfer, std::uint64_t offset, std::uint64_t count);

 private:
  using Chunk = std::unique_ptr<std::byte[]>;
  [[nodiscard]] const std::byte* find(std::uint64_t index) const;
  std::byte* make(std::uint64_t index);

  // The first 1 GiB by index; the rest, which tests of odd offsets reach, by search.
  static constexpr std::uint64_t kNear = (1ULL << 30U) / kChunk;
  std::vector<Chunk> near_;
  std::map<std::uint64_t, Chunk> far_;
};

// What the owner may set about all files.
struct FileLimits {
  std::int64_t file_size = INT64_MAX;  // RLIMIT_FSIZE (K66)
};

// What is shared by all descriptions of one file.
struct Inode {
  Contents contents;
  FileSystem file_system = FileSystem::ext4;
  std::uint32_t direct_alignment = 512;
  bool block_device = false;  // fixed size (K64)
  int seals = 0;              // F_SEAL_*: memfd (K75)
};

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<Inode> inode, const FileLimits& limits);

  bool direct = false;  // O_DIRECT

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  long sync() override { return 0; }
  [[nodiscard]] std::int64_t size() const override { return inode_->contents.size; }
  [[nodiscard]] const std::shared_ptr<Inode>& inode() const noexcept { return inode_; }

 private:
  [[nodiscard]] bool strict_direct() const noexcept;
  [[nodiscard]] bool misaligned(const Transfer& transfer) const noexcept;
  [[nodiscard]] std::int64_t write_limit() const noexcept;
  [[nodiscard]] Attempt refuse_write(Transfer& transfer) const noexcept;

  std::shared_ptr<Inode> inode_;
  const FileLimits& limits_;
};

}  // namespace aioemu::sim
