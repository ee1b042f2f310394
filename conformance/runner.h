// Runs the GoogleTest tests of this program and listens to them; prints nothing but a progress
// line.
#pragma once

#include <string>
#include <vector>

#include "conformance/verdict.h"

namespace conformance {

// What --filter means: "Area.Name", "Area", or patterns with '*' and '?', several with ':';
// those after a '-' are left out. Empty chooses all.
std::string gtest_filter(const std::string& filter);
// Whether the test "Area.Name" is chosen by `filter`.
bool filter_chooses(const std::string& filter, const std::string& test);

struct RunOptions {
  std::string filter;
  bool quick = false;     // leave out slow tests
  bool progress = false;  // one line on standard error, rewritten as tests end
  std::string begun;      // a file that gets the name of each test as it begins; none if empty
};

// Call once, after the BackendSet is filled. Results in the order in which tests ran.
std::vector<RawResult> run_suite(const RunOptions& options);

}  // namespace conformance
