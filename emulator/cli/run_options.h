// What the user of `aioemu run` asked for, and what it comes to: the plan and the environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/reach.h"
#include "cli/watch.h"
#include "fault/plan.h"
#include "observe/trace_reader.h"

namespace aioemu::cli {

struct RunOptions {
  std::vector<std::string> faults;      // --fault, in order
  std::vector<std::string> plan_files;  // --plan, in order
  std::vector<std::string> profiles;    // --profile, in order
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> aio_max_nr;
  std::string report_file;
  std::string trace_file;
  std::string timeline_file;
  std::string replay_file;
  std::shared_ptr<const observe::Trace> replayed;  // what replay_file says
  std::string control_path;
  std::string timeout_text;
  std::optional<std::chrono::nanoseconds> timeout;
  bool require_aio = false;
  bool require_fired = false;
  Reach reach;
  Watch watch;
  bool quiet = false;
  bool print_env = false;
  std::vector<std::string> program;  // with its arguments
};

// Where the program finds the socket of --control.
inline constexpr const char* kControlVariable = "AIOEMU_CONTROL";

// The plan of all --fault, --plan and --profile, in this order and ready to be carried out, with
// --seed and --aio-max-nr over what it sets itself; or why there is none.
std::variant<fault::FaultPlan, std::string> combined_plan(const RunOptions& options);

// The command that repeats the run, in one line.
std::string replay_line(const RunOptions& options, const fault::FaultPlan& plan);

// NAME=value pairs for the program. `session` may be empty; `preloads` come before the library.
using Settings = std::vector<std::pair<std::string, std::string>>;
Settings settings_for(const fault::FaultPlan& plan, const std::string& session,
                      const std::vector<std::string>& preloads, const std::string& library,
                      const std::string& ld_preload_before, const Reach& reach = {});
// `environment` with the settings in place of what it had under those names.
std::vector<std::string> merged(const std::vector<std::string>& environment,
                                const Settings& settings);

}  // namespace aioemu::cli
