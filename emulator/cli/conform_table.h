// The verdicts of several runs of the suite, read from their JUnit files and put into one table.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace aioemu::cli {

// How many tests of one backend and area ended how.
struct VerdictCounts {
  int passed = 0;
  int failed = 0;
  int broken = 0;
  int not_applicable = 0;
  int differing = 0;  // as the ledger says
  void add(const VerdictCounts& other);
};

struct ConformTable {
  // By backend, in the order of the runs; then by area.
  std::vector<std::pair<std::string, std::map<std::string, VerdictCounts>>> backends;
};

// Adds what a JUnit file of aioemu-conformance says. False when it is not such a file.
bool add_junit(ConformTable& table, const std::string& xml);

// The <testsuite> elements of several such files in one document.
std::string merged_junit(const std::vector<std::string>& files);

// One row per area, one column per backend: "31", or "30 1F" where not everything passed.
std::string print(const ConformTable& table);

}  // namespace aioemu::cli
