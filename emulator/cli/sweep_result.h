// Sweep results: how the program took one fault, and what all of them come to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fault/plan.h"

namespace aioemu::cli {

enum class Fate : std::uint8_t {
  survived,  // status 0
  reported,  // a device failed, and the program said so with a status that stands for that
  failed,    // another status
  crashed,   // a signal killed it
  hung,      // it was still running after its time
  oracle,    // status 0, but an oracle fired
  broken,    // aioemu itself could not run it
};
inline constexpr std::size_t kFates = 7;
std::string_view word_of(Fate fate) noexcept;
bool is_failure(Fate fate) noexcept;

// What came of one run of the program.
struct SweepRun {
  std::size_t rule = 0;   // which of the sweep's
  std::uint64_t nth = 0;  // at which eligible occasion it was to fire
  Fate fate = Fate::broken;
  int status = 0;              // of the program
  int signal = 0;              // that killed it, or 0
  bool used_aio = false;       // some process did
  std::uint64_t eligible = 0;  // occasions that the rule counted
  bool fired = false;
  double seconds = 0;
  std::string said;    // the line of its output that tells most
  std::string output;  // the end of its output
  std::string plan;    // the smallest plan that does it
  std::string replay;  // the command line that repeats it
};

// "exit status 1", "killed by signal 11 (Segmentation fault)": what a failed run ended with.
std::string ending(const SweepRun& run);

struct SweptRule {
  fault::FaultRule rule;
  std::uint64_t points = 0;  // occasions at which it could fire in a run without faults
};

struct SweepReport {
  std::vector<std::string> program;
  std::uint64_t seed = 0;
  unsigned jobs = 1;
  std::string timeout;  // of each run, as --timeout takes it
  double seconds = 0;   // that a run without faults took
  std::vector<SweptRule> rules;
  std::vector<SweepRun> runs;  // by rule and point
  bool interrupted = false;

  [[nodiscard]] std::uint64_t points() const;
  [[nodiscard]] std::uint64_t failures() const;
};

// For people: a line per rule, then what failed: for each rule and ending the first run with its
// plan and its replay line, and at which other points it ended the same way.
std::string sweep_table(const SweepReport& report);
// docs/guide.md has the schema.
std::string sweep_json(const SweepReport& report);
// A test suite whose test cases are the runs.
std::string sweep_junit(const SweepReport& report);

}  // namespace aioemu::cli
