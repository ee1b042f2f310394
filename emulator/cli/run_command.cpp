#include "cli/run_command.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include "cli/control.h"
#include "cli/paths.h"
#include "cli/process_tree.h"
#include "cli/program.h"
#include "cli/recording.h"
#include "cli/report.h"
#include "host/session.h"

namespace aioemu::cli {
namespace {

int complain(int status, const std::string& message) {
  fmt::print(stderr, "aioemu: {}\n", message);
  return status;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** pair = environ; *pair != nullptr; ++pair) all.emplace_back(*pair);
  return all;
}

// The session file, gone with its owner.
class SessionFile {
 public:
  SessionFile(const fault::FaultPlan& plan, const RunOptions& options) {
    const std::vector<fault::CompiledRule> rules = fault::compile(plan);
    host::SessionSettings settings;
    settings.seed = plan.seed.value_or(0);
    settings.aio_max_nr = plan.aio_max_nr.value_or(host::kDefaultAioMaxNr);
    settings.rules = rules;
    settings.open = !options.control_path.empty();
    settings.trace = wants_trace(options);
    settings.oracles = options.watch.oracles;
    settings.order = plan.order.value_or(fault::Order{});
    settings.sector = plan.sector.value_or(fault::kDefaultSector);
    const Result<std::string> made = session_.create(settings);
    if (made.ok()) path_ = made.value();
  }
  ~SessionFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  SessionFile(const SessionFile&) = delete;
  SessionFile& operator=(const SessionFile&) = delete;

  // Empty when the file could not be made.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] host::Session& session() { return session_; }

 private:
  host::Session session_;
  std::string path_;
};

// The library's path as LD_PRELOAD can carry it, or why not.
std::string preload_problem(const std::string& library) {
  if (library.empty()) {
    return "the preload library is not where it belongs (see `aioemu doctor`)";
  }
  if (library.find_first_of(" :") != std::string::npos) {
    return "LD_PRELOAD cannot name a path with a space or a colon: " + library;
  }
  return "";
}

int print_environment(const RunOptions& options, const fault::FaultPlan& plan,
                      const Program& program, const std::string& library) {
  for (const auto& [name, value] :
       settings_for(plan, "", program.preloads, library, variable("LD_PRELOAD"), options.reach)) {
    fmt::print("export {}={}\n", name, shell_quoted(value));
  }
  fmt::print("export {}={}\n", host::kOraclesVariable, print(options.watch.oracles));
  return 0;
}

bool write_report(const std::string& path, const Report& report) {
  std::ofstream file(path, std::ios::binary);
  file << to_json(report);
  file.close();
  return file.good();
}

// The status that stands for how the program ended.
int own_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

bool used_aio(const Report& report) {
  std::uint64_t submits = 0;
  for (const auto& calls : report.total.calls) {
    submits += calls[static_cast<std::size_t>(host::Call::submit)];
  }
  return submits > 0;
}

class Run {
 public:
  Run(const RunOptions& options, const fault::FaultPlan& plan, const Program& program,
      const std::string& library)
      : options_(options),
        plan_(plan),
        program_(program),
        library_(library),
        file_(plan, options),
        rules_(file_.session(), plan),
        recording_(options, plan, file_.session().layout()) {}

  int go() {
    if (file_.path().empty()) return complain(kExitFailed, "cannot make a session file");
    if (const int status = check_report_file(); status != 0) return status;
    if (const std::string problem = recording_.start(); !problem.empty()) {
      return complain(kExitFailed, problem);
    }
    if (const std::string problem = open_control(); !problem.empty()) {
      return complain(kExitFailed, problem);
    }
    const Ended ended = run_and_wait(launch(), signals_);
    if (ended.start_error != 0) {
      return complain(ended.start_error == ENOENT ? kExitNotFound : kExitCannotRun,
                      program_.path + ": " + std::strerror(ended.start_error));
    }
    return finish(ended);
  }

 private:
  // Better to know before the program has run for an hour.
  [[nodiscard]] int check_report_file() const {
    if (options_.report_file.empty()) return 0;
    const std::ofstream file(options_.report_file, std::ios::app);
    return file.good() ? 0 : complain(kExitFailed, "cannot write " + options_.report_file);
  }

  // From here on the program's faults can be changed.
  [[nodiscard]] std::string open_control() {
    if (options_.control_path.empty()) return "";
    if (TraceFile* const trace = recording_.trace()) {
      rules_.on_joined([trace](const std::string& word, const std::string& text) {
        trace->add_rule(word, text);
      });
    }
    control_.emplace(options_.control_path, commands_);
    if (control_->problem().empty()) control_->start();
    return control_->problem();
  }

  void mark(std::string_view text) {
    TraceFile* const trace = recording_.trace();
    if (trace != nullptr) trace->mark(file_.session().now(), text);
  }

  [[nodiscard]] Report report_now(bool over) {
    Report report = read_report(file_.session(), rules_.plan(), over);
    report.program = options_.program;
    report.replay = replay_line(options_, plan_);
    report.changes = rules_.changes();
    return report;
  }

  Launch launch() {
    Launch launch;
    launch.path = program_.path;
    launch.arguments = options_.program;
    launch.environment =
        merged(own_environment(), settings_for(plan_, file_.path(), program_.preloads, library_,
                                               variable("LD_PRELOAD"), options_.reach));
    launch.timeout = options_.timeout;
    if (control_) {
      launch.environment = merged(launch.environment, {{kControlVariable, options_.control_path}});
    }
    launch.on_timeout = [this] { at_timeout_ = report_now(false); };
    launch.on_left_behind = [this] {
      if (options_.quiet) return;
      complain(0, options_.program[0] + " has ended; waiting for the processes it left behind");
    };
    return launch;
  }

  int finish(const Ended& ended) {
    for (const int pid : ended.killed_by_sigsys) {
      file_.session().layout()->unserved.note_killed(pid);
    }
    const bool over = !WIFSIGNALED(ended.wait_status);
    control_.reset();
    Report report = ended.timed_out ? at_timeout_ : report_now(over);
    report.timed_out = ended.timed_out;
    report.signal = WIFSIGNALED(ended.wait_status) ? WTERMSIG(ended.wait_status) : 0;
    const std::string problem = recording_.finish();
    report.lost_records = recording_.lost();
    report.exit_status = status_of(ended, report);
    if (!options_.quiet) fmt::print(stderr, "{}", summary(report));
    fmt::print(stderr, "{}", recording_.divergence());
    if (report.exit_status == kExitUnmet && options_.require_aio && !used_aio(report)) {
      complain(0, "--require-aio: the program submitted nothing");
    }
    if (options_.require_fired && !never_fired(report).empty()) {
      complain(0, "--require-fired: never fired: " + never_fired(report));
    }
    if (!options_.report_file.empty() && !write_report(options_.report_file, report)) {
      return complain(kExitFailed, "cannot write " + options_.report_file);
    }
    if (!problem.empty()) return complain(kExitFailed, problem);
    return report.exit_status;
  }

  [[nodiscard]] int status_of(const Ended& ended, const Report& report) const {
    if (ended.timed_out) return kExitTimeout;
    if (options_.require_aio && !used_aio(report)) return kExitUnmet;
    if (options_.require_fired && !never_fired(report).empty()) return kExitUnmet;
    if (!recording_.divergence().empty()) return kExitUnmet;
    const int own = own_status(ended.wait_status);
    return own == 0 && report.watch.count() > 0 ? options_.watch.exit : own;
  }

  const RunOptions& options_;
  const fault::FaultPlan& plan_;
  const Program& program_;
  const std::string& library_;
  const HeldSignals signals_;  // before the session file, which must not stay behind
  SessionFile file_;
  Report at_timeout_;
  LiveRules rules_;
  Recording recording_;
  ControlCommands commands_{rules_, [this](std::string_view text) { mark(text); },
                            [this] { return to_json_line(report_now(false)); }};
  std::optional<ControlSocket> control_;
};

}  // namespace

int run_command(const RunOptions& given) {
  RunOptions options = given;
  if (const std::string problem = take_replay(options); !problem.empty()) {
    return complain(kExitFailed, problem);
  }
  const auto combined = combined_plan(options);
  if (const auto* reason = std::get_if<std::string>(&combined))
    return complain(kExitFailed, *reason);
  const auto& plan = std::get<fault::FaultPlan>(combined);
  if (options.program.empty() && !options.print_env) {
    return complain(kExitFailed, "no program given: aioemu run [options] -- program args...");
  }
  const std::string library = preload_library();
  if (const std::string problem = preload_problem(library); !problem.empty()) {
    return complain(kExitFailed, problem);
  }
  Program program;
  if (!options.program.empty()) program = examine(options.program[0], variable("PATH"));
  if (program.exit_status != 0) return complain(program.exit_status, program.refusal);
  if (options.print_env) return print_environment(options, plan, program, library);
  return Run(options, plan, program, library).go();
}

}  // namespace aioemu::cli
