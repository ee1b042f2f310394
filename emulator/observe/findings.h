// Findings in the words of the C++ API, for an owner that lives in the program's own process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aioemu/finding.h"
#include "fault/plan.h"
#include "observe/board.h"

namespace aioemu::observe {

// In the order in which they were made. Of many by one oracle the last one says how many more.
std::vector<OracleFinding> spoken(const Tale& tale, const Names& names);

// The rules of `plan` by name, and code of this process by module and symbol. `plan` outlives it.
Names own_names(const fault::FaultPlan& plan);

// An address in this process: "writer+0x1b2c (flush)"; without what is not known.
std::string name_of_code(std::uint64_t address);

}  // namespace aioemu::observe
