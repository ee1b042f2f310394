// What a certain hang looks like, in words.
#pragma once

#include <string>
#include <vector>

#include "aioemu/world.h"
#include "sim/calls.h"

namespace aioemu::sim {

// What `call` waits for, what is in flight, and why none of it can end the sleep.
std::string hang_story(const Call& call, const std::vector<InFlight>& in_flight,
                       CompletionOrder order);

}  // namespace aioemu::sim
