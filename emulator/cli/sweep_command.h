// `aioemu sweep`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_options.h"

namespace aioemu::cli {

struct SweepOptions {
  RunOptions run;                   // faults, plans, profiles, seed, quota, timeout, program
  unsigned jobs = 0;                // 0: as many as there are processors, or 1
  std::uint64_t most = 1000;        // runs
  std::vector<int> error_statuses;  // with which the program says that a device has failed
  std::string keep;  // a directory for what failed runs leave; empty: nothing is kept
  std::string report_file;
  std::string junit_file;
};

// Runs the program once per point at which a rule could fire, and tells how it took each fault.
// 0: it survived all; 1: it did not; 2: it cannot be swept; 77: not available here; 128+N: signal N
// ended the sweep.
int sweep_command(const SweepOptions& options);

}  // namespace aioemu::cli
