// What one test on one backend ended with, and how that is judged.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/registry.h"

namespace conformance {

enum class Verdict {
  kPass,
  kFail,
  kBroken,         // nothing can be said: the quota is gone, setup failed
  kNotApplicable,  // the ledger says so, with the reason
  kDiffers,        // a known difference: the ledger says so, and the test did fail
};

// "pass", "FAIL", "broken", "n.a.", "differs".
const char* verdict_name(Verdict verdict);

// What was seen while the test ran, before any ledger.
struct RawResult {
  std::string backend;
  std::string area;
  std::string name;
  std::vector<std::string> failures;  // "file:line: text"
  TestNotes notes;
  std::int64_t milliseconds = 0;
  [[nodiscard]] std::string full_name() const { return area + "." + name; }
};

struct JudgedResult {
  RawResult raw;
  Verdict verdict = Verdict::kPass;
  std::string reason;  // of everything but a pass
};

}  // namespace conformance
