#include "sim/sim_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace aioemu::sim {
namespace {

// The largest file that ext4 with 4 KiB blocks takes.
constexpr std::int64_t kExt4Limit = 17592186040320;

}  // namespace

MemoryFile::MemoryFile(std::shared_ptr<Inode> inode, Volume& volume)
    : File(inode->block_device ? core::FileKind::block_device : core::FileKind::regular),
      inode_(std::move(inode)),
      volume_(volume) {
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

std::uint32_t MemoryFile::unit() const noexcept {
  const DiskGeometry& geometry = inode_->disk.geometry();
  return strict_direct() ? geometry.sector : geometry.block;
}

// ---- reading ----

namespace {

// From `source`, a Disk or what is under its faults.
template <typename Source>
void fetch(Transfer& transfer, Source& source, std::uint64_t count) {
  auto offset = static_cast<std::uint64_t>(transfer.offset);
  while (count > 0) {
    const DiskStore::Run run = source.at(offset, count);
    const std::size_t good =
        run.bytes == nullptr ? transfer.put_zeroes(run.size) : transfer.put(run.bytes, run.size);
    if (good < run.size) return;
    offset += run.size;
    count -= run.size;
  }
}

}  // namespace

// False when an unreadable sector ends it with an error.
bool MemoryFile::fetch_faulty(Transfer& transfer, std::uint64_t count) {
  Disk& disk = inode_->disk;
  const std::uint64_t good =
      disk.readable(static_cast<std::uint64_t>(transfer.offset), count, unit());
  if (good < count && (good == 0 || strict_direct())) return false;
  fetch(transfer, disk, good);
  return true;
}

// K62, K63: at the end of the file nothing else matters.
std::uint64_t MemoryFile::readable(const Transfer& transfer) const noexcept {
  const std::int64_t end = size();
  if (transfer.offset >= end) return 0;
  return std::min(transfer.length(), static_cast<std::uint64_t>(end - transfer.offset));
}

Attempt MemoryFile::read(Transfer& transfer) {
  const std::uint64_t count = readable(transfer);
  if (count == 0) return Attempt::done(0);
  if (strict_direct() && misaligned(transfer)) return Attempt::failed(EINVAL);
  if (inode_->disk.sound()) {
    fetch(transfer, inode_->disk.live(), count);
  } else if (!fetch_faulty(transfer, count)) {
    return Attempt::failed(EIO);
  }
  if (!strict_direct()) return Attempt::done(transfer.outcome());
  // K62: all of the memory is used; what lies beyond the end becomes zeroes that nobody counts.
  if (!inode_->block_device) transfer.put_zeroes(transfer.left());
  // K60
  if (transfer.faulted()) return Attempt::failed(EFAULT);
  return Attempt::done(static_cast<long>(count));
}

// ---- writing ----

std::int64_t MemoryFile::write_limit() const noexcept {
  const Inode& inode = *inode_;
  if (inode.block_device) return size();
  const std::int64_t largest = inode.file_system == FileSystem::ext4 ? kExt4Limit : INT64_MAX;
  return std::min(largest, volume_.file_size);
}

// The write starts where no byte may be written.
Attempt MemoryFile::refuse_write(const Transfer& transfer) const noexcept {
  if (inode_->block_device) return Attempt::failed(ENOSPC);  // K64
  // K65, K66
  return Attempt::failed(EFBIG, transfer.offset >= volume_.file_size ? SIGXFSZ : 0);
}

int MemoryFile::fit(Transfer& transfer) {
  Disk& disk = inode_->disk;
  const auto offset = static_cast<std::uint64_t>(transfer.offset);
  if (volume_.space.limited()) {
    volume_.space.tick(volume_.clock.now());
    const std::uint64_t room = disk.room(offset, transfer.length());
    if (room == 0) return ENOSPC;
    transfer.limit(room);
  }
  const std::uint64_t good = disk.rewritable(offset, transfer.length(), unit());
  if (good == 0) return EIO;
  transfer.limit(good);
  return 0;
}

// K59: a buffered write beyond the end that faults at its first byte writes nothing, and yet the
// end of the file moves to where it would have begun.
void MemoryFile::extend_over_fault(const Transfer& transfer) {
  if (transfer.moved() > 0 || !transfer.faulted() || strict_direct() || inode_->block_device)
    return;
  const auto offset = static_cast<std::uint64_t>(transfer.offset);
  inode_->disk.extend(offset);
}

// K60: an O_DIRECT write that meets bad memory fails as a whole, and yet what came before it is
// written as far as the file reached already. False when it is such a write.
bool MemoryFile::cut_at_fault(Transfer& transfer) const {
  const std::uint64_t good = transfer.readable();
  if (good == transfer.length()) return true;
  const std::int64_t end = inode_->block_device ? 0 : size();
  const std::int64_t inside = std::max<std::int64_t>(end - transfer.offset, 0);
  transfer.limit(std::min(good, static_cast<std::uint64_t>(inside)));
  return false;
}

void MemoryFile::store(Transfer& transfer) {
  Disk& disk = inode_->disk;
  WriteFate fate = std::exchange(inode_->next_write, {});
  fate.offset = static_cast<std::uint64_t>(transfer.offset);
  fate.length = transfer.left();
  std::uint64_t offset = fate.offset;
  std::vector<std::byte>& staging = volume_.staging;
  staging.resize(DiskStore::kChunk);
  while (transfer.left() > 0 && !transfer.faulted()) {
    const auto piece = static_cast<std::size_t>(
        std::min(transfer.left(), DiskStore::kChunk - offset % DiskStore::kChunk));
    const std::size_t good = transfer.take(staging.data(), piece);
    disk.write(offset, {staging.data(), good}, fate);
    offset += good;
  }
  extend_over_fault(transfer);
  if (transfer.durable || durable) disk.sync_range(fate.offset, offset - fate.offset);
}

std::optional<Attempt> MemoryFile::check_write(Transfer& transfer) const {
  const std::int64_t old_end = size();
  // K68
  if (transfer.nowait && !direct) return Attempt::failed(EOPNOTSUPP);
  if (transfer.length() == 0) return Attempt::done(0);
  if (transfer.append) transfer.offset = old_end;  // K67
  const std::int64_t limit = write_limit();
  if (transfer.offset >= limit) return refuse_write(transfer);
  transfer.limit(static_cast<std::uint64_t>(limit - transfer.offset));
  // K75
  if ((inode_->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return Attempt::failed(EPERM);
  const auto end = static_cast<std::uint64_t>(transfer.offset) + transfer.length();
  const bool extends = end > static_cast<std::uint64_t>(old_end);
  if (extends && (inode_->seals & F_SEAL_GROW) != 0) return Attempt::failed(EPERM);
  // K68
  if (transfer.nowait && extends) return Attempt::failed(EAGAIN);
  if (strict_direct() && misaligned(transfer)) return Attempt::failed(EINVAL);
  return std::nullopt;
}

Attempt MemoryFile::write(Transfer& transfer) {
  if (const std::optional<Attempt> answer = check_write(transfer)) return *answer;
  const bool faults = strict_direct() && !cut_at_fault(transfer);
  if (faults && transfer.length() == 0) return Attempt::failed(EFAULT);
  if (const int error = fit(transfer); error != 0) return Attempt::failed(error);
  store(transfer);
  return faults ? Attempt::failed(EFAULT) : Attempt::done(transfer.outcome());
}

MemoryFile::Extent MemoryFile::extent_of(bool reading, const Transfer& transfer) const {
  if (reading) {
    if (strict_direct() && misaligned(transfer)) return {};
    return {static_cast<std::uint64_t>(transfer.offset), readable(transfer)};
  }
  Transfer checked = transfer;
  if (check_write(checked).has_value()) return {};
  const std::uint64_t good = std::min(checked.readable(), checked.length());
  return {static_cast<std::uint64_t>(checked.offset), good};
}

// ---- durability ----

long MemoryFile::sync(std::uint64_t issued) {
  return inode_->disk.sync(issued, std::exchange(inode_->next_sync, SyncFault::none));
}

}  // namespace aioemu::sim
