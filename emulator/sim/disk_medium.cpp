#include "sim/disk_medium.h"

#include <algorithm>

#include "base/prng.h"

namespace aioemu::sim {
namespace {

void flip_bit(std::span<std::byte> bytes, std::uint64_t bit) {
  bytes[static_cast<std::size_t>(bit / 8)] ^= std::byte{1} << (bit % 8);
}

}  // namespace

std::uint64_t MediumFaults::rotten_bit(std::uint64_t sector, std::uint32_t size) noexcept {
  return Prng::mix(sector + 1) % (std::uint64_t{size} * 8);
}

std::uint64_t MediumFaults::next(std::uint64_t first, std::uint64_t end) const {
  const auto found = wrong_.lower_bound(first);
  return found == wrong_.end() ? end : std::min(found->first, end);
}

std::uint64_t MediumFaults::next_unreadable(std::uint64_t first, std::uint64_t end) const {
  auto found = wrong_.lower_bound(first);
  while (found != wrong_.end() && !found->second.unreadable) ++found;
  return found == wrong_.end() ? end : std::min(found->first, end);
}

void MediumFaults::apply(std::uint64_t sector, std::span<std::byte> bytes) const {
  const auto found = wrong_.find(sector);
  if (found == wrong_.end()) return;
  const Wrong& wrong = found->second;
  std::copy(wrong.bytes.begin(), wrong.bytes.end(), bytes.begin());
  if (wrong.flipped) flip_bit(bytes, rotten_bit(sector, sector_));
}

void MediumFaults::replace(std::uint64_t sector, std::span<const std::byte> bytes) {
  Wrong& wrong = wrong_[sector];
  wrong.bytes.assign(bytes.begin(), bytes.end());
  wrong.flipped = false;
}

void MediumFaults::keep_showing(std::uint64_t sector, std::span<const std::byte> pristine) {
  Wrong& wrong = wrong_[sector];
  if (wrong.bytes.empty()) wrong.bytes.assign(pristine.begin(), pristine.end());
}

void MediumFaults::rewritten(std::uint64_t sector, std::size_t at,
                             std::span<const std::byte> part) {
  const auto found = wrong_.find(sector);
  if (found == wrong_.end()) return;
  if (part.size() == sector_) {
    wrong_.erase(found);
    return;
  }
  Wrong& wrong = found->second;
  if (!wrong.bytes.empty()) {
    std::copy(part.begin(), part.end(), wrong.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }
  const std::uint64_t rotten = rotten_bit(sector, sector_) / 8;
  if (rotten >= at && rotten < at + part.size()) wrong.flipped = false;
  if (!wrong.unreadable && !wrong.flipped && wrong.bytes.empty()) wrong_.erase(found);
}

void MediumFaults::lift(std::uint64_t first, std::uint64_t end) {
  wrong_.erase(wrong_.lower_bound(first), wrong_.lower_bound(end));
}

}  // namespace aioemu::sim
