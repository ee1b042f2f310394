#include "sim/completion_policy.h"

#include <algorithm>

#include "base/check.h"

namespace aioemu::sim {

std::size_t CompletionPolicy::next_batch() {
  if (held_.empty()) return 0;
  if (order_ == CompletionOrder::fifo) return 1;
  if (order_ != CompletionOrder::random) return 0;
  const auto held = static_cast<std::uint32_t>(held_.size());
  return choices_.pick({ChoiceKind::batch_size, {++asked_, held, 0}, held}) + 1U;
}

Held CompletionPolicy::take_at(std::size_t index) {
  const Held held = held_[index];
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  return held;
}

Held CompletionPolicy::take_next() {
  AIOEMU_CHECK(!held_.empty());
  if (order_ != CompletionOrder::random) return take_at(0);
  const auto held = static_cast<std::uint32_t>(held_.size());
  const std::uint64_t oldest = held_.front().request->serial;
  return take_at(choices_.pick({ChoiceKind::next_completion, {++asked_, held, oldest}, held}));
}

std::optional<Held> CompletionPolicy::take(std::uint64_t serial) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const Held& held) { return held.request->serial == serial; });
  if (found == held_.end()) return std::nullopt;
  return take_at(static_cast<std::size_t>(found - held_.begin()));
}

std::optional<Held> CompletionPolicy::take_oldest() {
  if (held_.empty()) return std::nullopt;
  return take_at(0);
}

}  // namespace aioemu::sim
