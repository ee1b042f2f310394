// Report: what a run did, read from its session once the processes have ended (or, after a
// timeout, just before they are ended).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/unserved_report.h"
#include "cli/watch.h"
#include "fault/plan.h"
#include "host/session.h"

namespace aioemu::cli {

// The counters of one process, or the sum over several.
struct Activity {
  std::array<std::array<std::uint64_t, host::kCalls>, host::kEntries> calls{};  // by entry, call
  std::array<std::uint64_t, host::kOpcodes> accepted{};
  std::array<std::uint64_t, host::kOpcodes> completed{};
  std::uint64_t failed = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t reaped = 0;
  std::uint64_t waiting = 0;
  std::uint64_t reentered = 0;

  [[nodiscard]] std::uint64_t call_count() const;
  [[nodiscard]] std::uint64_t request_count() const;
  [[nodiscard]] std::uint64_t in_flight() const;
  void add(const Activity& other);
};

struct ProcessReport {
  std::uint64_t ordinal = 0;
  int pid = 0;
  std::string name;
  Activity activity;
};

struct RuleReport {
  std::string name;  // may be empty
  std::string text;
  std::uint64_t eligible = 0;
  std::uint64_t fired = 0;
  std::uint64_t suppressed = 0;  // but for times=, or because it would have changed nothing
  bool removed = false;          // while the program ran
};

struct Report {
  std::vector<std::string> program;
  std::string replay;  // the command line that repeats the run
  std::uint64_t seed = 0;
  std::uint64_t aio_max_nr = 0;
  std::uint64_t loaded = 0;     // processes that loaded the preload library
  std::uint64_t processes = 0;  // that used AIO
  std::vector<ProcessReport> details;
  Activity total;
  std::vector<RuleReport> rules;
  UnservedReport unserved;
  WatchReport watch;  // what the oracles saw

  int exit_status = 0;  // of `aioemu run`
  int signal = 0;       // that killed the program, or 0
  bool timed_out = false;
  std::uint64_t lost_records = 0;  // that are missing from the trace
  std::uint64_t changes = 0;       // that --control made
};

// Reads the session; `plan` supplies the texts of its rules. `over`: the program has come to its
// own end, and what it still owes is a finding.
Report read_report(const host::Session& session, const fault::FaultPlan& plan, bool over = true);

// What the rules are called that never fired, one after the other; empty when all did.
std::string never_fired(const Report& report);

// The summary for standard error: lines, each beginning with "aioemu: " and ending with a newline.
std::string summary(const Report& report);

// The report as JSON, in the schema that docs/report.md describes.
std::string to_json(const Report& report);
// The same in one line, without a newline.
std::string to_json_line(const Report& report);

// "pread", "pwrite" ...: the name of an opcode; empty for a number that is none.
const char* opcode_name(std::size_t opcode);

// A word as the shell reads it back.
std::string shell_quoted(const std::string& word);

}  // namespace aioemu::cli
