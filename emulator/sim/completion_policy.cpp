#include "sim/completion_policy.h"

#include <algorithm>
#include <utility>

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
  const std::uint64_t first = held_.front().request->serial;
  // The front one takes the chosen one's place: taking from the middle would cost more with each
  // request in flight.
  const std::uint32_t chosen =
      choices_.pick({ChoiceKind::next_completion, {++asked_, held, first}, held});
  std::swap(held_[chosen], held_.front());
  return take_at(0);
}

std::optional<Held> CompletionPolicy::take(std::uint64_t serial) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const Held& held) { return held.request->serial == serial; });
  if (found == held_.end()) return std::nullopt;
  return take_at(static_cast<std::size_t>(found - held_.begin()));
}

std::optional<Held> CompletionPolicy::take_oldest() {
  if (held_.empty()) return std::nullopt;
  const auto oldest =
      std::min_element(held_.begin(), held_.end(), [](const Held& one, const Held& other) {
        return one.request->serial < other.request->serial;
      });
  return take_at(static_cast<std::size_t>(oldest - held_.begin()));
}

}  // namespace aioemu::sim
