// The table of a benchmark run: emulator beside kernel, both measured in this run.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace aioemu::bench {

// One line: two measurements and what their ratio should be at most.
struct Row {
  std::string what;
  std::string numerator;    // name of a benchmark
  std::string denominator;  // name of a benchmark
  double target;            // at most; 0 when there is none
};

// Medians in nanoseconds per operation, by benchmark name.
using Medians = std::map<std::string, double>;

// Markdown. A row whose measurements are missing says why not: "not available here".
std::string markdown_table(const std::vector<Row>& rows, const Medians& medians);

}  // namespace aioemu::bench
