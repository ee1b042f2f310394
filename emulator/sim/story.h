// What a certain hang looks like, in words.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aioemu/world.h"
#include "sim/calls.h"

namespace aioemu::sim {

// Why what is in flight does not end by itself.
struct HangReasons {
  bool scripted = false;                         // held requests wait for the test
  std::map<std::uint64_t, std::string> by_rule;  // by InFlight::id: the rule that holds it for ever
};

// What `call` waits for, what is in flight, and why none of it can end the sleep.
std::string hang_story(const Call& call, const std::vector<InFlight>& in_flight,
                       const HangReasons& reasons);

}  // namespace aioemu::sim
