// Recording: everything of a run that rests on its trace: the trace itself, the timeline, the
// comparison with an earlier run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/run_options.h"
#include "cli/trace_file.h"
#include "observe/trace_reader.h"

namespace aioemu::cli {

// Reads the trace at `path`; or why it cannot be.
std::variant<observe::Trace, std::string> load_trace(const std::string& path);

// With --replay: reads that trace, and takes plan, seed, limit and, unless one is given, the
// program from it. Why not, or empty.
std::string take_replay(RunOptions& options);

// Does any option need the trace?
bool wants_trace(const RunOptions& options);

class Recording {
 public:
  // `layout` outlives it; it may be null until start().
  Recording(const RunOptions& options, const fault::FaultPlan& plan, host::SessionLayout* layout);
  // Removes a trace that nobody asked for by name.
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // Begins to write, if there is anything to. Why not, or empty.
  [[nodiscard]] std::string start();
  // Once the program has ended: writes what was asked for. Why not, or empty.
  [[nodiscard]] std::string finish();

  // Null when nothing is traced.
  [[nodiscard]] TraceFile* trace() { return trace_ ? &*trace_ : nullptr; }
  [[nodiscard]] std::uint64_t lost() const { return trace_ ? trace_->lost() : 0; }
  // After finish(): where the run left the one that it should have repeated. Lines for standard
  // error; empty when it did not.
  [[nodiscard]] const std::string& divergence() const { return divergence_; }

 private:
  void compare(const observe::Trace& came);

  const RunOptions& options_;
  const fault::FaultPlan& plan_;
  host::SessionLayout* layout_;
  std::string path_;
  bool is_temporary_ = false;
  std::optional<TraceFile> trace_;
  std::string divergence_;
};

}  // namespace aioemu::cli
