// Draws fault plans: as many kinds of rules as the language has, by the answers of a source.
//
// Answers near 0 give small plans and small numbers, so that whoever shrinks answers shrinks plans.
#pragma once

#include <cstdint>

#include "aioemu/choice.h"
#include "fault/capabilities.h"
#include "fault/plan.h"

namespace aioemu::testing {

// Numbers from a source. It asks questions of the kind `drawn`, numbered.
class Draws {
 public:
  explicit Draws(ChoiceSource& choices) noexcept : choices_(choices) {}
  // 0 .. bound-1; `bound` is positive.
  std::uint64_t below(std::uint64_t bound);
  // low .. high, both included.
  std::uint64_t from(std::uint64_t low, std::uint64_t high);
  // The same; half of the time one near `low`.
  std::uint64_t near(std::uint64_t low, std::uint64_t high);
  bool maybe() { return below(2) == 1; }
  template <typename List>
  const auto& element(const List& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

 private:
  ChoiceSource& choices_;
  std::uint64_t asked_ = 0;
};

// Everything that the language can say, whether it is legal and makes sense or not: parse() takes
// it.
fault::FaultPlan draw_text(ChoiceSource& choices);
fault::RuleBody draw_rule(ChoiceSource& choices);

// What `owner` carries out, legal, in amounts that make a difference to a small test: prepare()
// takes it. Of the orders only those that `owner` knows; no profiles.
fault::FaultPlan draw_plan_for(ChoiceSource& choices, const fault::Capabilities& owner);

}  // namespace aioemu::testing
