#include "sim/disk.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"
#include "base/prng.h"

namespace aioemu::sim {
namespace {

constexpr auto kAll = std::numeric_limits<Disk::Mark>::max();
// Of one file; an older one is written back.
constexpr std::size_t kMaxTruncations = 4;

// Calls what(sector, at, part) for each piece of `bytes` that lies in one sector.
template <typename What>
void each_sector(std::uint64_t offset, std::span<const std::byte> bytes, std::uint32_t size,
                 What what) {
  while (!bytes.empty()) {
    const auto at = static_cast<std::size_t>(offset % size);
    const std::size_t piece = std::min(bytes.size(), size - at);
    what(offset / size, at, bytes.first(piece));
    bytes = bytes.subspan(piece);
    offset += piece;
  }
}

}  // namespace

Disk::Disk(const DiskGeometry& geometry, std::uint64_t number, std::uint64_t size, DiskSpace* space)
    : geometry_(geometry),
      number_(number),
      space_(space),
      image_(geometry, size),
      scratch_(geometry.sector) {
  AIOEMU_CHECK(geometry.valid());
}

std::vector<std::byte> Disk::pristine(std::uint64_t sector) const {
  std::vector<std::byte> bytes(geometry_.sector);
  image_.live().read(sector * geometry_.sector, bytes);
  return bytes;
}

std::vector<std::byte> Disk::seen(std::uint64_t sector) const {
  std::vector<std::byte> bytes = pristine(sector);
  image_.medium.apply(sector, bytes);
  return bytes;
}

// ---- reading ----

DiskStore::Run Disk::faulty_at(std::uint64_t offset, std::uint64_t count) {
  if (count == 0) return {nullptr, 0};
  const std::uint64_t first = offset / geometry_.sector;
  const std::uint64_t end = (offset + count - 1) / geometry_.sector + 1;
  const std::uint64_t faulty = image_.medium.next(first, end);
  if (faulty == end) return image_.live().at(offset, count);
  if (faulty > first) return image_.live().at(offset, faulty * geometry_.sector - offset);
  scratch_ = seen(first);
  const std::uint64_t in_sector = offset % geometry_.sector;
  return {scratch_.data() + in_sector,
          static_cast<std::size_t>(std::min(count, geometry_.sector - in_sector))};
}

std::uint64_t Disk::readable_beside(std::uint64_t offset, std::uint64_t count,
                                    std::uint32_t unit) const {
  if (count == 0) return 0;
  const std::uint64_t first = offset / unit * unit / geometry_.sector;
  const std::uint64_t end = ((offset + count - 1) / unit + 1) * unit / geometry_.sector;
  const std::uint64_t bad = image_.medium.next_unreadable(first, end);
  if (bad == end) return count;
  const std::uint64_t start = bad * geometry_.sector / unit * unit;
  return start <= offset ? 0 : std::min(count, start - offset);
}

// ---- writing ----

std::uint64_t Disk::allocates(std::uint64_t offset, std::uint64_t count) const {
  if (count == 0) return 0;
  std::uint64_t blocks = 0;
  const std::uint64_t last = (offset + count - 1) / geometry_.block;
  for (std::uint64_t block = offset / geometry_.block; block <= last; ++block) {
    if (!image_.live().holds(block)) ++blocks;
  }
  return blocks * geometry_.block;
}

std::uint64_t Disk::fitting(std::uint64_t offset, std::uint64_t count, std::uint64_t free) const {
  std::uint64_t fits = 0;
  while (fits < count) {
    const std::uint64_t block = (offset + fits) / geometry_.block;
    if (!image_.live().holds(block)) {
      if (free < geometry_.block) break;
      free -= geometry_.block;
    }
    fits = std::min(count, (block + 1) * geometry_.block - offset);
  }
  return fits;
}

std::uint64_t Disk::room(std::uint64_t offset, std::uint64_t count) {
  if (space_ == nullptr || !space_->limited()) return count;
  const std::uint64_t fits = fitting(offset, count, space_->free());
  if (fits == count || truncated_.empty()) return fits;
  // A file system that runs out of space first makes earlier frees durable.
  truncations_durable(kAll);
  return fitting(offset, count, space_->free());
}

bool Disk::unsound(std::uint64_t offset, std::uint32_t unit) const {
  return readable_beside(offset, 1, unit) == 0;
}

std::uint64_t Disk::rewritable(std::uint64_t offset, std::uint64_t count,
                               std::uint32_t unit) const {
  if (sound() || count == 0) return count;
  const std::uint64_t end = offset + count;
  const bool whole_first = offset % unit == 0 && (count >= unit || end >= size());
  if (!whole_first && unsound(offset, unit)) return 0;
  const std::uint64_t last = (end - 1) / unit * unit;
  const bool whole_last = end % unit == 0 || end >= size() || last <= offset;
  return !whole_last && unsound(last, unit) ? last - offset : count;
}

void Disk::write(std::uint64_t offset, std::span<const std::byte> bytes, const WriteFate& fate) {
  const bool plain = fate.fault == WriteFault::none && sound();
  if (!plain) before_faulty_write(fate, offset, bytes.size());
  const std::uint64_t allocated = image_.write(++newest_, offset, bytes);
  if (space_ != nullptr) space_->take(allocated * geometry_.block);
  if (!plain) after_faulty_write(fate, offset, bytes);
  while (image_.unsynced() > geometry_.unsynced_limit) {
    make_durable(newest_ - (newest_ - written_back_) / 2);
  }
}

bool Disk::arrives(const WriteFate& fate, std::uint64_t sector) const {
  const std::uint64_t first = fate.offset / geometry_.sector;
  const std::uint64_t end = (fate.offset + fate.length + geometry_.sector - 1) / geometry_.sector;
  switch (fate.fault) {
    case WriteFault::none:
      return true;
    case WriteFault::torn_first:
      return sector - first < fate.argument;
    case WriteFault::torn_last:
      return end - sector <= fate.argument;
    case WriteFault::torn_random:
      return (Prng::mix(Prng::mix(fate.argument) ^ sector) & 1U) != 0;
    case WriteFault::lost:
    case WriteFault::misdirected:
      break;
  }
  return false;
}

// What a wrong sector shows beyond the end of the file does not become part of it.
void Disk::clear_tail() {
  const std::uint64_t in_sector = size() % geometry_.sector;
  if (in_sector == 0) return;
  const std::vector<std::byte> zeroes(static_cast<std::size_t>(geometry_.sector - in_sector));
  image_.medium.rewritten(size() / geometry_.sector, static_cast<std::size_t>(in_sector), zeroes);
}

void Disk::before_faulty_write(const WriteFate& fate, std::uint64_t offset, std::size_t count) {
  if (offset + count > size()) clear_tail();
  if (fate.fault == WriteFault::none || count == 0) return;
  const std::uint64_t last = (offset + count - 1) / geometry_.sector;
  for (std::uint64_t sector = offset / geometry_.sector; sector <= last; ++sector) {
    if (!arrives(fate, sector)) image_.medium.keep_showing(sector, pristine(sector));
  }
}

void Disk::after_faulty_write(const WriteFate& fate, std::uint64_t offset,
                              std::span<const std::byte> bytes) {
  each_sector(offset, bytes, geometry_.sector,
              [&](std::uint64_t sector, std::size_t at, std::span<const std::byte> part) {
                if (arrives(fate, sector)) image_.medium.rewritten(sector, at, part);
              });
  if (fate.fault == WriteFault::misdirected) misdirect(fate, offset, bytes);
}

void Disk::misdirect(const WriteFate& fate, std::uint64_t offset,
                     std::span<const std::byte> bytes) {
  const std::uint64_t from = fate.offset / geometry_.sector;
  const std::uint64_t to = fate.argument / geometry_.sector;
  each_sector(offset, bytes, geometry_.sector,
              [&](std::uint64_t sector, std::size_t at, std::span<const std::byte> part) {
                const std::uint64_t target = to + (sector - from);
                if (target * geometry_.sector >= size()) return;
                std::vector<std::byte> there = seen(target);
                std::copy(part.begin(), part.end(),
                          there.begin() + static_cast<std::ptrdiff_t>(at));
                // As any write of it, this one makes the sector readable.
                image_.medium.lift(target, target + 1);
                image_.medium.replace(target, there);
              });
}

void Disk::extend(std::uint64_t size) {
  if (size <= image_.size()) return;
  clear_tail();
  image_.extend(++newest_, size);
}

void Disk::truncate() {
  if (size() == 0) return;
  if (truncated_.size() == kMaxTruncations) truncations_durable(truncated_.front().mark);
  truncated_.push_back({++newest_, std::move(image_)});
  image_ = DiskImage(geometry_, 0);
}

// ---- durability ----

void Disk::give(std::uint64_t blocks) {
  if (space_ != nullptr) space_->give(blocks * geometry_.block);
}

void Disk::truncations_durable(Mark mark) {
  const auto later =
      std::find_if(truncated_.begin(), truncated_.end(),
                   [&](const Truncated& truncated) { return truncated.mark > mark; });
  for (auto gone = truncated_.begin(); gone != later; ++gone) give(gone->image.live().held());
  truncated_.erase(truncated_.begin(), later);
}

void Disk::make_durable(Mark mark) {
  truncations_durable(mark);
  for (Truncated& truncated : truncated_) truncated.image.make_durable(mark);
  image_.make_durable(mark);
  written_back_ = std::max(written_back_, mark);
}

long Disk::sync(Mark mark, SyncFault fault) {
  switch (fault) {
    case SyncFault::none:
      make_durable(mark);
      break;
    case SyncFault::eio_clean:
      image_.forget(mark);
      return -EIO;
    case SyncFault::eio_dirty:
      return -EIO;
    case SyncFault::eio_revert:
      give(image_.revert(mark));
      return -EIO;
    case SyncFault::eio_next:
      image_.forget(mark);
      error_pending_ = true;
      return 0;
    case SyncFault::lie:
      return 0;
  }
  const bool failed = error_pending_;
  error_pending_ = false;
  return failed ? -EIO : 0;
}

void Disk::sync_range(std::uint64_t offset, std::uint64_t count) {
  truncations_durable(kAll);
  image_.make_durable(offset, count);
}

PowerCutReport Disk::power_cut(ChoiceSource& choices) {
  // A truncation that did not arrive takes everything after it along.
  for (std::size_t i = 0; i < truncated_.size(); ++i) {
    const Choice question{ChoiceKind::cut_truncation, {number_, i, 0}, 2};
    if (choices.pick(question) != 0) continue;
    give(image_.live().held());
    for (std::size_t later = i + 1; later < truncated_.size(); ++later) {
      give(truncated_[later].image.live().held());
    }
    image_ = std::move(truncated_[i].image);
    truncated_.erase(truncated_.begin() + static_cast<std::ptrdiff_t>(i), truncated_.end());
    break;
  }
  truncations_durable(kAll);
  error_pending_ = false;
  const DiskImage::Cut cut = image_.cut(choices, number_);
  give(cut.freed);
  return cut.report;
}

// ---- the medium ----

bool Disk::damage_sector(MediumFault fault, std::uint64_t sector, std::uint64_t source) {
  switch (fault) {
    case MediumFault::latent_sector_error:
      image_.medium.make_unreadable(sector);
      return true;
    case MediumFault::bit_rot:
      image_.medium.flip(sector);
      return true;
    case MediumFault::misdirected_read:
      image_.medium.replace(sector, seen(source));
      return true;
    case MediumFault::stale_read: {
      std::vector<std::byte> old(geometry_.sector);
      if (!image_.stale(sector, old)) return false;
      image_.medium.replace(sector, old);
      return true;
    }
  }
  return false;
}

std::uint64_t Disk::damage(MediumFault fault, std::uint64_t offset, std::uint64_t count,
                           std::uint64_t from) {
  if (count == 0 || offset >= size()) return 0;
  const std::uint64_t first = offset / geometry_.sector;
  const std::uint64_t last = (offset + std::min(count, size() - offset) - 1) / geometry_.sector;
  std::uint64_t damaged = 0;
  for (std::uint64_t sector = first; sector <= last; ++sector) {
    const std::uint64_t source = from / geometry_.sector + (sector - first);
    if (damage_sector(fault, sector, source)) ++damaged;
  }
  return damaged;
}

void Disk::lift(std::uint64_t offset, std::uint64_t count) {
  if (count == 0) return;
  image_.medium.lift(offset / geometry_.sector, (offset + count - 1) / geometry_.sector + 1);
}

void Disk::lift() { image_.medium.lift(0, std::numeric_limits<std::uint64_t>::max()); }

}  // namespace aioemu::sim
