// CompletionPolicy: which held request completes next, and how many at a time.
//
// Only the decision; the bytes are moved by the Engine when a request completes, as a device does,
// not when it is submitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "aioemu/world.h"
#include "core/request.h"
#include "fault/injector.h"

namespace aioemu::sim {

// A request on its way, with what was decided about it when it was accepted.
struct Held {
  core::Request* request = nullptr;
  fault::CompleteDecision fault;
  std::uint64_t issued = 0;  // of a sync: its file's sync_mark() then
};

class CompletionPolicy {
 public:
  CompletionPolicy(CompletionOrder order, ChoiceSource& choices) noexcept
      : order_(order), choices_(choices) {}

  // Are requests held at all?
  [[nodiscard]] bool holds() const noexcept { return order_ != CompletionOrder::inline_completion; }
  void hold(const Held& held) { held_.push_back(held); }
  [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
  [[nodiscard]] const std::deque<Held>& held() const noexcept { return held_; }

  // How many complete before the program runs again; 0 when none does by itself.
  std::size_t next_batch();
  // Takes the one that completes next; at least one must be held.
  Held take_next();
  // Takes a chosen one.
  std::optional<Held> take(std::uint64_t serial);
  std::optional<Held> take_oldest();

 private:
  Held take_at(std::size_t index);

  const CompletionOrder order_;
  ChoiceSource& choices_;
  std::deque<Held> held_;  // oldest first, but with `random`
  std::uint64_t asked_ = 0;
};

}  // namespace aioemu::sim
