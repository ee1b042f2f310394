// CompletionPolicy: which held request completes next, and how many at a time.
//
// Only the decision; the bytes are moved by the Engine when a request completes, as a device does,
// not when it is submitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <vector>

#include "aioemu/world.h"
#include "core/request.h"

namespace aioemu::sim {

// CompletionOrder, and what only a plan can say. With `depth`, `order` does not matter: each
// request gets a random priority when it is held, and the highest completes next; at depth - 1
// places among the first `steps` completions the one whose turn it would be goes behind all others
// instead. A bug that needs `depth` completions in a certain order is found with a probability of
// at least 1 / (n * steps^(depth-1)) per seed, n being how many are held at once (Burckhardt et
// al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010).
struct OrderRule {
  static constexpr std::uint32_t kDefaultSteps = 100;
  CompletionOrder order = CompletionOrder::inline_completion;
  std::uint32_t depth = 0;
  std::uint32_t steps = kDefaultSteps;
};

class CompletionPolicy {
 public:
  CompletionPolicy(const OrderRule& rule, ChoiceSource& choices)
      : rule_(rule),
        holds_(rule.order != CompletionOrder::inline_completion || rule.depth != 0),
        choices_(choices) {}

  // Are requests held at all?
  [[nodiscard]] bool holds() const noexcept { return holds_; }
  // Do some complete without being asked for by name?
  [[nodiscard]] bool releases() const noexcept {
    return rule_.depth != 0 || rule_.order != CompletionOrder::scripted;
  }
  void hold(core::Request& request);
  [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
  [[nodiscard]] const std::deque<core::Request*>& held() const noexcept { return held_; }

  // How many complete before the program runs again; 0 when none does by itself.
  std::size_t next_batch();
  // Takes the one that completes next; at least one must be held.
  core::Request& take_next();
  // Takes a chosen one, or null.
  core::Request* take(std::uint64_t serial);
  core::Request* take_oldest();
  // Takes the oldest for which `which` says yes, or null.
  core::Request* take_if(const std::function<bool(const core::Request&)>& which);

 private:
  core::Request& take_at(std::size_t index);
  void rank(core::Request& request);
  core::Request& take_highest();
  void draw_changes();

  const OrderRule rule_;
  const bool holds_;
  ChoiceSource& choices_;
  std::deque<core::Request*> held_;  // oldest first; with `random` not; with `depth` by priority
  std::uint64_t asked_ = 0;

  // With `depth`.
  std::size_t demoted_ = 0;  // how many at the end of `held_` have gone behind all others
  std::uint64_t completed_ = 0;
  bool drawn_ = false;
  std::set<std::uint64_t> changes_;  // before which completions, counted from 0
};

}  // namespace aioemu::sim
