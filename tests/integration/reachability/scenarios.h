// Scenarios: for each site where a fault can act, a program that sees it act.
//
// A scenario tells what its program saw as a line of text. Under `rule` that must be `expected`;
// without it, something else. So a rule that counts itself as fired and does nothing is noticed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/sites.h"
#include "tests/integration/reachability/place.h"

namespace reachability {

struct Scenario {
  aioemu::fault::Layer layer;
  aioemu::fault::Action action;
  std::string_view rule;      // named `it`
  std::string_view expected;  // what the program sees
  std::string (*see)(Session& session);
  std::string_view other = "";  // further statements, which are there without the rule as well
  bool racy = false;            // without the rule a real process may see the same by chance
};

std::span<const Scenario> call_scenarios();      // setup, submit, wait, cancel
std::span<const Scenario> complete_scenarios();  // complete, hostile
std::span<const Scenario> disk_scenarios();      // medium, durability
std::vector<Scenario> all_scenarios();

}  // namespace reachability
