// Replay: did a second run decide as the first did?
//
// What is compared is what rules did, told by the identity of the call or request that they met,
// and in which order requests completed, context by context. A request that outlived its call on a
// thread of the kernel's or the emulator's completes when that thread is done, which no seed
// decides: unless the plan gives an order, such requests are left out of the second comparison.
#pragma once

#include <optional>
#include <string>

#include "observe/trace_reader.h"

namespace aioemu::observe {

struct Divergence {
  std::string expected;  // what the first run did, in words
  std::string came;      // what the second did instead
};

// The first difference, by the order of things in `expected`; empty when there is none.
std::optional<Divergence> first_divergence(const Trace& expected, const Trace& came);

}  // namespace aioemu::observe
