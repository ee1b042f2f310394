#include "sim/completion_policy.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aioemu::sim {

void CompletionPolicy::hold(core::Request& request) {
  if (rule_.depth != 0) {
    rank(request);
  } else {
    held_.push_back(&request);
  }
}

std::size_t CompletionPolicy::next_batch() {
  if (held_.empty() || !releases()) return 0;
  if (rule_.depth != 0 || rule_.order != CompletionOrder::random) return 1;
  const auto held = static_cast<std::uint32_t>(held_.size());
  return choices_.pick({ChoiceKind::batch_size, {++asked_, held, 0}, held}) + 1U;
}

core::Request& CompletionPolicy::take_at(std::size_t index) {
  core::Request* const request = held_[index];
  if (index + demoted_ >= held_.size()) --demoted_;
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  return *request;
}

core::Request& CompletionPolicy::take_next() {
  AIOEMU_CHECK(!held_.empty());
  if (rule_.depth != 0) return take_highest();
  if (rule_.order == CompletionOrder::lifo) return take_at(held_.size() - 1);
  if (rule_.order != CompletionOrder::random) return take_at(0);
  const auto held = static_cast<std::uint32_t>(held_.size());
  const std::uint64_t first = held_.front()->serial;
  // The front one takes the chosen one's place: taking from the middle would cost more with each
  // request in flight.
  const std::uint32_t chosen =
      choices_.pick({ChoiceKind::next_completion, {++asked_, held, first}, held});
  std::swap(held_[chosen], held_.front());
  return take_at(0);
}

core::Request* CompletionPolicy::take(std::uint64_t serial) {
  return take_if([serial](const core::Request& request) { return request.serial == serial; });
}

core::Request* CompletionPolicy::take_oldest() {
  return take_if([](const core::Request&) { return true; });
}

core::Request* CompletionPolicy::take_if(const std::function<bool(const core::Request&)>& which) {
  std::size_t oldest = held_.size();
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (!which(*held_[i])) continue;
    if (oldest == held_.size() || held_[i]->serial < held_[oldest]->serial) oldest = i;
  }
  return oldest == held_.size() ? nullptr : &take_at(oldest);
}

// ---- priorities ----

// A place among those that have not been demoted, all places alike.
void CompletionPolicy::rank(core::Request& request) {
  const std::size_t ranked = held_.size() - demoted_;
  const std::uint32_t place = choices_.pick({ChoiceKind::completion_priority,
                                             {request.serial, ranked, 0},
                                             static_cast<std::uint32_t>(ranked) + 1});
  held_.insert(held_.begin() + static_cast<std::ptrdiff_t>(place), &request);
}

void CompletionPolicy::draw_changes() {
  drawn_ = true;
  for (std::uint32_t i = 1; i < rule_.depth; ++i) {
    changes_.insert(choices_.pick({ChoiceKind::priority_change, {i, 0, 0}, rule_.steps}));
  }
}

core::Request& CompletionPolicy::take_highest() {
  if (!drawn_) draw_changes();
  if (changes_.erase(completed_++) != 0) {
    std::rotate(held_.begin(), held_.begin() + 1, held_.end());
    demoted_ = std::min(demoted_ + 1, held_.size());
  }
  return take_at(0);
}

}  // namespace aioemu::sim
