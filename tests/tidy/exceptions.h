// Findings that are wanted, each with a reason (exceptions.txt).
#pragma once

#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace tidy {

// Takes out the findings that `table` excuses (by rule and file) and adds one of the rule
// "stale-exception" for each of its lines that excuses nothing or gives no reason.
std::vector<Finding> without_excused(const std::vector<Finding>& findings, std::string_view table);

}  // namespace tidy
