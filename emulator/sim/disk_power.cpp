// What a power cut leaves.
//
// Each dirty block is decided by itself, since nothing but a sync orders what a cache writes back:
// it is as it was last synced, or as one of the writes since left it, or torn. A torn block is put
// together from sectors, each as it was last synced or as one of the writes since left it; a sector
// is never a mixture. A file reaches as far as what has arrived of it.

#include <algorithm>

#include "base/check.h"
#include "sim/disk_image.h"

namespace aioemu::sim {
namespace {

bool all_zero(const std::byte* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

// Is there more than one way for the sector at byte `at` of the block to be?
bool DiskImage::differs(const Dirty& dirty, std::uint32_t at) const {
  const std::byte* const durable = dirty.durable.get();
  return std::any_of(dirty.states.begin(), dirty.states.end(), [&](const State& state) {
    const std::byte* const bytes = state.bytes.get() + at;
    if (durable == nullptr) return !all_zero(bytes, geometry_.sector);
    return !std::equal(bytes, bytes + geometry_.sector, durable + at);
  });
}

bool DiskImage::tearable(const Dirty& dirty) const {
  int ways = 0;
  for (std::uint32_t at = 0; at < geometry_.block && ways < 2; at += geometry_.sector) {
    if (differs(dirty, at)) ++ways;
  }
  return ways >= 2;
}

DiskImage::Outcome DiskImage::tear(const Question& question, const Dirty& dirty) const {
  const std::shared_ptr<std::byte[]> torn(new std::byte[geometry_.block]());
  if (dirty.durable != nullptr) std::copy_n(dirty.durable.get(), geometry_.block, torn.get());
  const auto answers = static_cast<std::uint32_t>(dirty.states.size()) + 1;
  std::uint64_t reached = 0;
  for (std::uint32_t at = 0; at < geometry_.block; at += geometry_.sector) {
    if (!differs(dirty, at)) continue;
    const std::uint64_t offset = question.block * geometry_.block + at;
    const std::uint32_t answer = question.choices.pick(
        {ChoiceKind::cut_sector, {question.number, offset / geometry_.sector, 0}, answers});
    if (answer == 0) continue;
    const State& state = dirty.states[answer - 1];
    std::copy_n(state.bytes.get() + at, geometry_.sector, torn.get() + at);
    reached = std::max(reached, reach(state, offset + geometry_.sector));
  }
  return {torn, reached};
}

DiskImage::Outcome DiskImage::cut_block(const Question& question, const Dirty& dirty,
                                        PowerCutReport& report) const {
  const auto states = static_cast<std::uint32_t>(dirty.states.size());
  const std::uint32_t answers = states + 1 + (tearable(dirty) ? 1U : 0U);
  const std::uint32_t answer =
      question.choices.pick({ChoiceKind::cut_block, {question.number, question.block, 0}, answers});
  AIOEMU_CHECK(answer < answers);
  if (answer == 0) {
    ++report.dropped;
    return {dirty.durable, 0};
  }
  if (answer > states) {
    ++report.torn;
    return tear(question, dirty);
  }
  ++(answer == states ? report.newest : report.earlier);
  const State& state = dirty.states[answer - 1];
  return {state.bytes, reach(state, (question.block + 1) * geometry_.block)};
}

DiskImage::Cut DiskImage::cut(ChoiceSource& choices, std::uint64_t number) {
  Cut cut;
  std::uint64_t size = durable_size_;
  for (auto& [block, dirty] : dirty_) {
    Outcome outcome{dirty.durable, 0};
    if (!dirty.states.empty()) {
      dirty.states.back().bytes = live_.freeze(block);
      outcome = cut_block({choices, number, block}, dirty, cut.report);
    }
    if (outcome.bytes == nullptr) ++cut.freed;
    if (outcome.bytes != dirty.durable) former_[block] = dirty.durable;
    live_.restore(block, outcome.bytes.get());
    size = std::max(size, outcome.reach);
  }
  dirty_.clear();
  growths_.clear();
  unsynced_ = 0;
  size_ = durable_size_ = size;
  return cut;
}

}  // namespace aioemu::sim
