#include "sim/disk_image.h"

#include <algorithm>
#include <limits>

namespace aioemu::sim {

DiskImage::DiskImage(const DiskGeometry& geometry, std::uint64_t size)
    : medium(geometry.sector),
      geometry_(geometry),
      size_(size),
      durable_size_(size),
      live_(geometry.block) {}

void DiskImage::before_write(std::uint64_t block, Mark mark) {
  const auto [found, fresh] = dirty_.try_emplace(block);
  Dirty& dirty = found->second;
  if (fresh) {
    dirty.durable = live_.freeze(block);
  } else if (!dirty.states.empty()) {
    dirty.states.back().bytes = live_.freeze(block);
  }
  dirty.states.push_back({mark, nullptr});
  ++unsynced_;
}

std::uint64_t DiskImage::write(Mark mark, std::uint64_t offset, std::span<const std::byte> bytes) {
  if (bytes.empty()) return 0;
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t last = (end - 1) / geometry_.block;
  for (std::uint64_t block = offset / geometry_.block; block <= last; ++block) {
    before_write(block, mark);
  }
  extend(mark, end);
  return live_.write(offset, bytes);
}

// ---- the size ----

void DiskImage::extend(Mark mark, std::uint64_t size) {
  if (size <= size_) return;
  size_ = size;
  growths_.push_back({mark, size});
}

std::uint64_t DiskImage::size_at(Mark mark) const {
  const auto later =
      std::upper_bound(growths_.begin(), growths_.end(), mark,
                       [](Mark asked, const Growth& growth) { return asked < growth.mark; });
  return later == growths_.begin() ? durable_size_
                                   : std::max(durable_size_, std::prev(later)->size);
}

std::uint64_t DiskImage::reach(const State& state, std::uint64_t end) const {
  return std::min(size_at(state.mark), end);
}

void DiskImage::size_durable(Mark mark) {
  durable_size_ = size_at(mark);
  const auto later = std::find_if(growths_.begin(), growths_.end(),
                                  [&](const Growth& growth) { return growth.mark > mark; });
  growths_.erase(growths_.begin(), later);
}

// The file ends where its durable size or what is still to be written ends.
void DiskImage::shrink() {
  std::uint64_t size = durable_size_;
  for (const auto& [block, dirty] : dirty_) {
    const std::uint64_t end = (block + 1) * geometry_.block;
    const Mark newest =
        dirty.states.empty() ? std::numeric_limits<Mark>::max() : dirty.states.back().mark;
    size = std::max(size, reach({newest, nullptr}, end));
  }
  size_ = size;
  for (Growth& growth : growths_) growth.size = std::min(growth.size, size);
}

// ---- durability ----

// Leaves `dirty` at the next block.
void DiskImage::durable_up_to(Blocks::iterator& dirty, Mark mark) {
  auto& [block, entry] = *dirty;
  std::vector<State>& states = entry.states;
  const auto later = std::find_if(states.begin(), states.end(),
                                  [&](const State& state) { return state.mark > mark; });
  if (later == states.begin()) {
    ++dirty;
    return;
  }
  unsynced_ -= static_cast<std::uint64_t>(later - states.begin());
  if (later == states.end()) {
    former_[block] = std::move(entry.durable);
    dirty = dirty_.erase(dirty);
    return;
  }
  entry.durable = std::prev(later)->bytes;
  states.erase(states.begin(), later);
  ++dirty;
}

void DiskImage::make_durable(Mark mark) {
  for (auto dirty = dirty_.begin(); dirty != dirty_.end();) durable_up_to(dirty, mark);
  size_durable(mark);
}

void DiskImage::make_durable(std::uint64_t offset, std::uint64_t count) {
  if (count == 0) return;
  const std::uint64_t last = (offset + count - 1) / geometry_.block;
  auto dirty = dirty_.lower_bound(offset / geometry_.block);
  while (dirty != dirty_.end() && dirty->first <= last) {
    durable_up_to(dirty, std::numeric_limits<Mark>::max());
  }
  durable_size_ = std::max(durable_size_, std::min(size_, (last + 1) * geometry_.block));
}

void DiskImage::forget(Mark mark) {
  for (auto& [block, dirty] : dirty_) {
    std::vector<State>& states = dirty.states;
    // A block that was written to again is dirty as a whole: its newer states hold these bytes.
    const auto later = std::find_if(states.begin(), states.end(),
                                    [&](const State& state) { return state.mark > mark; });
    unsynced_ -= static_cast<std::uint64_t>(later - states.begin());
    states.erase(states.begin(), later);
  }
}

std::uint64_t DiskImage::revert(Mark mark) {
  std::uint64_t freed = 0;
  for (auto dirty = dirty_.begin(); dirty != dirty_.end();) {
    const auto& [block, entry] = *dirty;
    if (entry.states.empty() || entry.states.back().mark > mark) {
      ++dirty;
      continue;
    }
    if (entry.durable == nullptr) ++freed;
    live_.restore(block, entry.durable.get());
    unsynced_ -= entry.states.size();
    dirty = dirty_.erase(dirty);
  }
  shrink();
  return freed;
}

bool DiskImage::stale(std::uint64_t sector, std::span<std::byte> bytes) const {
  const std::uint64_t offset = sector * geometry_.sector;
  const std::uint64_t block = offset / geometry_.block;
  const auto dirty = dirty_.find(block);
  const auto former = former_.find(block);
  const std::byte* old = nullptr;
  if (dirty != dirty_.end()) {
    const std::vector<State>& states = dirty->second.states;
    old = states.size() < 2 ? dirty->second.durable.get() : states[states.size() - 2].bytes.get();
  } else if (former != former_.end()) {
    old = former->second.get();
  } else {
    return false;
  }
  if (old == nullptr) {
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  } else {
    std::copy_n(old + offset % geometry_.block, bytes.size(), bytes.begin());
  }
  return true;
}

}  // namespace aioemu::sim
