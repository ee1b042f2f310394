#include "host/release_order.h"

#include <algorithm>

#include "base/prng.h"

namespace aioemu::host {
namespace {

using Kind = fault::Order::Kind;

std::uint64_t fold(std::uint64_t value, std::uint64_t part) noexcept {
  return Prng::mix(value + 0x9e3779b97f4a7c15ULL + part);
}

// The two runs in one, those with the larger priority first. Runs are linked by next_in_line.
Hold* merge(Hold* one, Hold* other) noexcept {
  Hold* first = nullptr;
  Hold** last = &first;
  while (one != nullptr && other != nullptr) {
    Hold*& larger = other->priority > one->priority ? other : one;
    *last = larger;
    last = &larger->next_in_line;
    larger = larger->next_in_line;
  }
  *last = one != nullptr ? one : other;
  return first;
}

// Takes everything out of `pool`, sorted: runs of 1, 2, 4 ... wait to be merged.
Hold* sort(HoldList& pool) noexcept {
  std::array<Hold*, 32> runs{};
  while (Hold* run = pool.first()) {
    pool.remove(*run);
    std::size_t size = 0;
    for (; size + 1 < runs.size() && runs[size] != nullptr; ++size) {
      run = merge(runs[size], run);
      runs[size] = nullptr;
    }
    runs[size] = merge(runs[size], run);
  }
  Hold* sorted = nullptr;
  for (Hold* const run : runs) sorted = merge(run, sorted);
  return sorted;
}

}  // namespace

ReleaseOrder::ReleaseOrder(const fault::Order& order, std::uint64_t seed) noexcept
    : order_(order), seed_(Prng::mix(seed)) {
  if (order.kind != Kind::pct || order.depth < 2) return;
  const std::uint64_t steps = order.steps != 0 ? order.steps : kDefaultSteps;
  changes_ = std::min(order.depth - 1, kMostChanges);
  for (std::uint64_t i = 0; i < changes_; ++i) change_[i] = fold(seed_, i) % steps;
}

std::uint64_t ReleaseOrder::priority_of(const fault::Identity& identity) const noexcept {
  std::uint64_t value = seed_;
  for (const std::uint64_t part :
       {identity.process, identity.context, identity.submit, identity.index}) {
    value = fold(value, part);
  }
  return value;
}

void ReleaseOrder::release(HoldList& pool, HoldList& line) noexcept {
  if (order_.kind == Kind::random || order_.kind == Kind::pct) {
    release_by_priority(pool, line);
    return;
  }
  while (Hold* const hold = order_.kind == Kind::lifo ? pool.last() : pool.first()) {
    pool.remove(*hold);
    line.push(*hold);
  }
}

bool ReleaseOrder::changes_at(std::uint64_t step) const noexcept {
  const auto* const end = change_.begin() + changes_;
  return std::find(change_.begin(), end, step) != end;
}

// At a place of change the one whose turn it is becomes the last of all.
void ReleaseOrder::release_by_priority(HoldList& pool, HoldList& line) noexcept {
  HoldList lowered;
  Hold* rest = sort(pool);
  while (Hold* const hold = rest) {
    rest = hold->next_in_line;
    const bool lower = changes_at(step_++);
    (lower ? lowered : line).push(*hold);
  }
  while (Hold* const hold = lowered.first()) {
    lowered.remove(*hold);
    line.push(*hold);
  }
}

}  // namespace aioemu::host
