// Explanations: what a rule will do, in words.
#pragma once

#include <string>
#include <vector>

#include "fault/plan.h"

namespace aioemu::fault {

// One line of an explanation: "when", "every 3rd eligible request, from the 3rd on".
struct Explained {
  std::string label;
  std::string text;
};

// Where the rule acts, on what, when, what happens, whether it is legal under `allowed` and why,
// and which engines carry it out today.
std::vector<Explained> explain(const FaultRule& rule, LegalSet allowed);

}  // namespace aioemu::fault
