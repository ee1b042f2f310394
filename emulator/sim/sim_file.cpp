#include "sim/sim_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace aioemu::sim {
namespace {

// The largest file that ext4 with 4 KiB blocks takes.
constexpr std::int64_t kExt4Limit = 17592186040320;

}  // namespace

const std::byte* Contents::find(std::uint64_t index) const {
  if (index < near_.size()) return near_[static_cast<std::size_t>(index)].get();
  const auto found = far_.find(index);
  return found == far_.end() ? nullptr : found->second.get();
}

std::byte* Contents::make(std::uint64_t index) {
  Chunk* chunk = nullptr;
  if (index < kNear) {
    if (near_.size() <= index) near_.resize(static_cast<std::size_t>(index) + 1);
    chunk = &near_[static_cast<std::size_t>(index)];
  } else {
    chunk = &far_[index];
  }
  if (*chunk == nullptr) *chunk = std::make_unique<std::byte[]>(kChunk);
  return chunk->get();
}

void Contents::read(Transfer& transfer, std::uint64_t offset, std::uint64_t count) {
  while (count > 0) {
    const std::uint64_t in_chunk = offset % kChunk;
    const auto piece = static_cast<std::size_t>(std::min(count, kChunk - in_chunk));
    const std::byte* chunk = find(offset / kChunk);
    const std::size_t good =
        chunk == nullptr ? transfer.put_zeroes(piece) : transfer.put(chunk + in_chunk, piece);
    if (good < piece) return;
    offset += piece;
    count -= piece;
  }
}

void Contents::write(Transfer& transfer, std::uint64_t offset, std::uint64_t count) {
  while (count > 0) {
    const std::uint64_t in_chunk = offset % kChunk;
    const auto piece = static_cast<std::size_t>(std::min(count, kChunk - in_chunk));
    const std::size_t good = transfer.take(make(offset / kChunk) + in_chunk, piece);
    if (good > 0) size = std::max(size, static_cast<std::int64_t>(offset + good));
    if (good < piece) return;
    offset += piece;
    count -= piece;
  }
}

MemoryFile::MemoryFile(std::shared_ptr<Inode> inode, const FileLimits& limits)
    : File(inode->block_device ? core::FileKind::block_device : core::FileKind::regular),
      inode_(std::move(inode)),
      limits_(limits) {
  storage_ = true;
  // K52: what these file systems refuse at submit.
  facts.rwf_unsupported = abi::kRwfAtomic;
  if (inode_->file_system == FileSystem::tmpfs) {
    facts.rwf_unsupported |= abi::kRwfNowait | abi::kRwfDontcache;
  }
  if (inode_->block_device) facts.rwf_unsupported |= abi::kRwfDontcache;
}

bool MemoryFile::strict_direct() const noexcept {
  return direct && inode_->file_system == FileSystem::ext4;
}

// K61
bool MemoryFile::misaligned(const Transfer& transfer) const noexcept {
  const std::uint64_t alignment = inode_->direct_alignment;
  return alignment > 1 && (static_cast<std::uint64_t>(transfer.offset) % alignment != 0 ||
                           transfer.length() % alignment != 0 || !transfer.aligned_to(alignment));
}

Attempt MemoryFile::read(Transfer& transfer) {
  const std::int64_t end = inode_->contents.size;
  // K62, K63: at the end of the file nothing else matters.
  if (transfer.offset >= end || transfer.length() == 0) return Attempt::done(0);
  if (strict_direct() && misaligned(transfer)) return Attempt::failed(EINVAL);
  const auto count = std::min(transfer.length(), static_cast<std::uint64_t>(end - transfer.offset));
  inode_->contents.read(transfer, static_cast<std::uint64_t>(transfer.offset), count);
  // K60
  if (strict_direct() && transfer.faulted()) return Attempt::failed(EFAULT);
  return Attempt::done(transfer.outcome());
}

std::int64_t MemoryFile::write_limit() const noexcept {
  const Inode& inode = *inode_;
  if (inode.block_device) return inode.contents.size;
  const std::int64_t largest = inode.file_system == FileSystem::ext4 ? kExt4Limit : INT64_MAX;
  return std::min(largest, limits_.file_size);
}

// The write starts where no byte may be written.
Attempt MemoryFile::refuse_write(Transfer& transfer) const noexcept {
  if (inode_->block_device) return Attempt::failed(ENOSPC);  // K64
  // K65, K66
  return Attempt::failed(EFBIG, transfer.offset >= limits_.file_size ? SIGXFSZ : 0);
}

Attempt MemoryFile::write(Transfer& transfer) {
  Contents& contents = inode_->contents;
  if (transfer.length() == 0) return Attempt::done(0);
  if (transfer.append) transfer.offset = contents.size;  // K67
  const std::int64_t limit = write_limit();
  if (transfer.offset >= limit) return refuse_write(transfer);
  transfer.limit(static_cast<std::uint64_t>(limit - transfer.offset));
  // K75
  if ((inode_->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return Attempt::failed(EPERM);
  const auto end = static_cast<std::uint64_t>(transfer.offset) + transfer.length();
  const bool extends = end > static_cast<std::uint64_t>(contents.size);
  if (extends && (inode_->seals & F_SEAL_GROW) != 0) return Attempt::failed(EPERM);
  // K68
  if (transfer.nowait && !direct) return Attempt::failed(EOPNOTSUPP);
  if (transfer.nowait && extends) return Attempt::failed(EAGAIN);
  if (strict_direct() && misaligned(transfer)) return Attempt::failed(EINVAL);
  if (strict_direct() && !transfer.readable()) return Attempt::failed(EFAULT);  // K60
  contents.write(transfer, static_cast<std::uint64_t>(transfer.offset), transfer.length());
  return Attempt::done(transfer.outcome());
}

}  // namespace aioemu::sim
