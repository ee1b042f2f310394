// ReleaseOrder: in which order the requests complete that the plan's `order` holds back.
//
// Each request has a priority, drawn once from the seed and from what tells it from all others (the
// ordinals of its process, context, submit and place in the batch): two runs of the same program
// give it the same one, whatever the threads do meanwhile.
#pragma once

#include <array>
#include <cstdint>

#include "fault/plan.h"
#include "fault/questions.h"
#include "host/hold.h"

namespace aioemu::host {

// Threading: none.
class ReleaseOrder {
 public:
  ReleaseOrder(const fault::Order& order, std::uint64_t seed) noexcept;

  [[nodiscard]] bool holds() const noexcept { return order_.kind != fault::Order::Kind::at_once; }
  // What decides about a request; larger comes first.
  [[nodiscard]] std::uint64_t priority_of(const fault::Identity& identity) const noexcept;
  // Moves all of `pool`, which is in the order of acceptance, to the end of `line`.
  void release(HoldList& pool, HoldList& line) noexcept;

 private:
  // Beyond this a plan's depth makes no difference.
  static constexpr std::uint64_t kMostChanges = 64;
  static constexpr std::uint64_t kDefaultSteps = 100;

  void release_by_priority(HoldList& pool, HoldList& line) noexcept;
  [[nodiscard]] bool changes_at(std::uint64_t step) const noexcept;

  const fault::Order order_;
  const std::uint64_t seed_;
  std::uint64_t step_ = 0;     // pct: completions decided about
  std::uint64_t changes_ = 0;  // pct: places where a priority is lowered
  std::array<std::uint64_t, kMostChanges> change_{};
};

}  // namespace aioemu::host
