// Sweep jobs: one run of the program under `aioemu run`, and what is read from what it leaves.
//
// Each run has a directory of its own. The program finds its name in AIOEMU_SWEEP_DIR, and in its
// arguments in the place of every `{}`; it begins empty, so that runs do not see each other's
// files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/run_options.h"
#include "cli/sweep_result.h"

namespace aioemu::cli {

inline constexpr const char* kSweepDirectory = "AIOEMU_SWEEP_DIR";

// Where one run leaves things, all below one directory.
struct SweepPlace {
  std::string root;
  [[nodiscard]] std::string scratch() const { return root + "/files"; }  // the program's own
  [[nodiscard]] std::string report() const { return root + "/report.json"; }
  [[nodiscard]] std::string output() const { return root + "/output"; }
};

// The words of the command that runs `program` under `plan`; `timeout` may be empty.
std::vector<std::string> sweep_words(const std::vector<std::string>& program,
                                     const fault::FaultPlan& plan, const std::string& timeout,
                                     const SweepPlace& place);

// Does the program's command line name the directory?
bool names_scratch(const std::vector<std::string>& program);

// The line that repeats a run in a shell, in a new directory if it wants one.
std::string sweep_replay(const RunOptions& options, const fault::FaultPlan& plan,
                         bool wants_scratch);

// What became of the run: `plan` has its rules, the first of which counts. `status` is that of the
// command, `error_statuses` those with which the program says that a device has failed.
SweepRun read_sweep_run(const SweepPlace& place, const fault::FaultPlan& plan, int status,
                        const std::vector<int>& error_statuses);
// How often each of the rules was eligible in the run.
std::vector<std::uint64_t> read_eligible(const SweepPlace& place);

}  // namespace aioemu::cli
