// Random fault plans: every rule that the plan language can say, and nothing that it refuses.
//
//   holds([] { const fault::FaultPlan plan = any_plan(); ... });
//
// To be called inside a property, or through rc::gen::exec(any_plan). Shrinking makes the plans
// shorter and the numbers smaller.
#pragma once

#include <rapidcheck.h>

#include "aioemu/testing/generators.h"
#include "testing/plan_drawing.h"

namespace aioemu::property {

inline bool maybe() { return *rc::gen::arbitrary<bool>(); }

inline fault::RuleBody any_rule() {
  testing::RapidcheckChoices choices;
  return testing::draw_rule(choices);
}

inline fault::FaultPlan any_plan() {
  testing::RapidcheckChoices choices;
  return testing::draw_text(choices);
}

}  // namespace aioemu::property
