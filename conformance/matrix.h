// The table of rules, kernels and backends that docs/conformance.md shows.
#pragma once

#include <iosfwd>
#include <vector>

#include "conformance/report.h"

namespace conformance {

// Markdown, from results read back (results.h): what each machine is and what its backends
// counted, whether the emulator agrees with each kernel, and each rule with a column per machine.
// A cell says "pass", or which backends ended otherwise.
void print_matrix(const Report& report, const RuleBook& book, const std::vector<TestEntry>& tests,
                  std::ostream& out);

// How print_matrix begins the row of a rule: what a committed table is compared with.
std::string matrix_row_head(const Rule& rule);

}  // namespace conformance
