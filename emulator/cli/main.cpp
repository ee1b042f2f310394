// The aioemu command: reads the command line and hands over to the command that was named.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/conform_command.h"
#include "cli/diff_command.h"
#include "cli/doctor.h"
#include "cli/duration.h"
#include "cli/explain_command.h"
#include "cli/profiles_command.h"
#include "cli/program.h"
#include "cli/run_command.h"
#include "cli/sites_command.h"
#include "cli/sweep_command.h"
#include "cli/timeline_command.h"

namespace aioemu::cli {
namespace {

constexpr int kUsage = 2;

constexpr const char* kRunStatuses =
    "Exit status: the program's own, 128+N if signal N killed it; 98 a --require not\n"
    "met or a replay diverged, 99 an oracle fired, 124 timeout, 125 aioemu failed,\n"
    "126 cannot be run, 127 not found.";

constexpr const char* kSweepFooter =
    "Without a fault or profile: a partial submit, EAGAIN, EIO, short transfers.\n"
    "{} in ARGS, and AIOEMU_SWEEP_DIR, name an empty directory of the run's own.\n"
    "Exit status: 0 survived all, 1 failures found, 2 usage, 77 not available here.";

// Everything behind the first "--" belongs to the program, whatever it looks like.
std::vector<std::string> split_program(std::vector<std::string>& words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  if (separator == words.end()) return {};
  std::vector<std::string> program(separator + 1, words.end());
  words.erase(separator, words.end());
  return program;
}

// A number is decimal digits, as in AIOEMU_SEED: no sign, no other base, nothing that overflows.
std::uint64_t whole_number(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status == std::errc() && stop == end) return value;
  throw CLI::ValidationError(option, "not a number from 0 to 2^64 - 1: " + text);
}

// Each command's help on one screen: its own usage line, then two columns.
class Help final : public CLI::Formatter {
 public:
  explicit Help(std::string usage) : usage_(std::move(usage)) { column_width(22); }
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return "Usage: aioemu " + usage_ + "\n";
  }

 private:
  std::string usage_;
};

class Command {
 public:
  Command() : app_("Runs programs on an emulated kernel AIO, with injected faults.", "aioemu") {
    app_.set_version_flag("--version", "aioemu " AIOEMU_VERSION, "Print the version and exit");
    app_.require_subcommand(1);
    app_.formatter(std::make_shared<Help>("COMMAND [options]"));
    app_.footer("aioemu COMMAND --help tells more about each.");
    add_run();
    add_sweep();
    add_conform();
    add_fault_commands();
    add_diff();
    add_timeline();
    add_doctor();
  }

  int go(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    run_.program = split_program(words);
    const bool runs = !words.empty() && words[0] == "run";
    if (words.empty() || !is_known(words[0])) return usage_mistake(words);
    // Its options are its own.
    if (words[0] == "diff") return diff_command({words.begin() + 1, words.end()});
    const std::string command = words[0][0] == '-' ? "" : words[0] + " ";
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error);
      std::cerr << "aioemu: " << error.what() << " (aioemu " << command << "--help)\n";
      return runs ? kExitFailed : kUsage;
    }
    if (doctor_->parsed()) return probe_ ? probe_command() : doctor_command();
    if (conform_command_->parsed()) return conform_command(conform_);
    if (explain_->parsed()) return explain_command(rule_);
    if (sites_->parsed()) return sites_command();
    if (timeline_->parsed()) return timeline_command(timeline_file_, timeline_rows_.value_or(40));
    if (profiles_->parsed()) return profiles_command(profile_, profile_seed_.value_or(0));
    if (sweep_command_->parsed()) return sweep();
    return run();
  }

 private:
  bool is_known(const std::string& word) const {
    const auto named = [&word](const CLI::App* command) { return command->get_name() == word; };
    return word[0] == '-' || !app_.get_subcommands(named).empty();
  }

  int usage_mistake(const std::vector<std::string>& words) const {
    if (words.empty()) {
      std::cerr << app_.help();
    } else {
      std::cerr << "aioemu: no command is called '" << words[0] << "' (aioemu --help)\n";
    }
    return kUsage;
  }

  void add_run() {
    run_command_ = app_.add_subcommand("run", "Run a program whose AIO is emulated");
    CLI::App& run = *run_command_;
    run.formatter(std::make_shared<Help>("run [options] -- PROGRAM ARGS..."));
    run.footer(kRunStatuses);
    run.prefix_command();
    add_faults(run, run_);
    run.add_option("--report", run_.report_file, "Write a report (JSON)")->type_name("FILE");
    run.add_option("--trace", run_.trace_file, "Write what happened (JSON lines)")
        ->type_name("FILE");
    run.add_option("--timeline", run_.timeline_file, "Write it for ui.perfetto.dev")
        ->type_name("FILE");
    run.add_option("--replay", run_.replay_file, "Run a trace's plan again, and compare (98)")
        ->type_name("FILE");
    run.add_option("--control", run_.control_path, "Take commands at this Unix socket")
        ->type_name("PATH");
    run.add_option("--timeout", run_.timeout_text, "Kill everything after T (30s, 500ms)")
        ->type_name("T");
    run.add_flag("--require-aio", run_.require_aio, "Fail (98) if nothing was submitted");
    run.add_flag("--require-fired", run_.require_fired, "Fail (98) if a rule never fired");
    add_reach(run, run_.reach);
    add_watch(run, run_.watch);
    run.add_flag("--quiet", run_.quiet, "No summary on standard error");
    run.add_flag("--print-env", run_.print_env, "Print the variables that do the same, and stop");
  }

  // What `run` and `sweep` have in common.
  static void add_faults(CLI::App& command, RunOptions& options) {
    command.add_option("--fault", options.faults, "A statement of the plan language (repeatable)")
        ->type_name("LINE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command.add_option("--plan", options.plan_files, "A file of such statements (repeatable)")
        ->type_name("FILE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command
        .add_option("--profile", options.profiles, "Faults by name: aioemu profiles (repeatable)")
        ->type_name("NAME")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    add_number(command, "--seed", options.seed, "Decides what is random; default 0");
    add_number(command, "--aio-max-nr", options.aio_max_nr,
               "The emulated fs.aio-max-nr; default 65536");
  }

  static void add_number(CLI::App& command, const std::string& name,
                         std::optional<std::uint64_t>& value, const std::string& help) {
    const auto set = [name, &value](const std::string& text) { value = whole_number(name, text); };
    command.add_option_function<std::string>(name, set, help)->type_name("N");
  }

  static void add_watch(CLI::App& command, Watch& watch) {
    const auto choose = [&watch](const std::string& list) {
      const auto parsed = observe::parse_oracles(list);
      if (const auto* reason = std::get_if<std::string>(&parsed)) {
        throw CLI::ValidationError("--oracles", *reason);
      }
      watch.oracles = std::get<observe::OracleChoice>(parsed);
    };
    command.add_option_function<std::string>("--oracles", choose, "Which oracles look on, or none")
        ->type_name("LIST");
    const auto end_with = [&watch](const std::string& text) {
      constexpr std::uint64_t kMost = 255;
      const std::uint64_t status = whole_number("--oracle-exit", text);
      if (status > kMost) throw CLI::ValidationError("--oracle-exit", "a status is 0 to 255");
      watch.exit = static_cast<int>(status);
    };
    command
        .add_option_function<std::string>("--oracle-exit", end_with,
                                          "Status when one fired; default 99, 0: none")
        ->type_name("N");
  }

  static void add_reach(CLI::App& command, Reach& reach) {
    const auto set = [&reach](const std::string& name) {
      const auto [mode, problem] = parse_mode(name);
      if (!mode) throw CLI::ValidationError("--mode", problem);
      reach.mode = *mode;
    };
    command.add_option_function<std::string>("--mode", set, "auto, preload or symbols")
        ->type_name("MODE");
    command.add_flag("--no-io-uring", reach.no_io_uring, "io_uring_setup answers ENOSYS");
  }

  void add_sweep() {
    sweep_command_ = app_.add_subcommand("sweep", "Run a program once per place for a fault");
    CLI::App& sweep = *sweep_command_;
    sweep.formatter(std::make_shared<Help>("sweep [options] -- PROGRAM ARGS..."));
    sweep.footer(kSweepFooter);
    add_faults(sweep, sweep_.run);
    sweep
        .add_option("--timeout", sweep_.run.timeout_text, "Of each run; default: 10 times its own")
        ->type_name("T");
    add_number(sweep, "--max-runs", sweep_most_, "Sample evenly beyond so many; default 1000");
    add_number(sweep, "-j,--jobs", sweep_jobs_, "Runs at a time; default: the processors, or 1");
    sweep
        .add_option("--error-status", sweep_.error_statuses,
                    "How the program ends when a device failed (repeatable)")
        ->type_name("N")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    sweep.add_option("--keep", sweep_.keep, "Keep here what failed runs leave")->type_name("DIR");
    sweep.add_option("--report", sweep_.report_file, "Write a report (JSON)")->type_name("FILE");
    sweep.add_option("--junit", sweep_.junit_file, "Write JUnit XML")->type_name("FILE");
  }

  void add_conform() {
    conform_command_ = app_.add_subcommand("conform", "Judge the emulator and this kernel");
    CLI::App& conform = *conform_command_;
    conform.formatter(std::make_shared<Help>("conform [options]"));
    conform
        .add_option("--backend", conform_.backends,
                    "Judge this one (repeatable); default: all there are")
        ->type_name("NAME")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    conform.add_option("--filter", conform_.filter, "Area, Area.Name or a pattern with *")
        ->type_name("P");
    conform.add_option("--junit", conform_.junit_file, "Write JUnit XML")->type_name("FILE");
    conform.add_flag("--list", conform_.list, "List the tests with the rules they cover");
    conform.add_flag("--quick", conform_.quick, "Leave out tests that are slow by their nature");
    conform.footer(
        "Backends: emulator, emulator:PROFILE (linux-6.1), kernel, libaio, preload,\n"
        "drop-in, syscall, lib:PATH. docs/judge-your-own.md tells what they are.\n"
        "Exit status: 0 good, 1 differences, 2 usage, 77 not available here.");
  }

  void add_diff() {
    app_.add_subcommand("diff", "Compare random AIO programs on the emulator and this kernel");
  }

  // What can be asked about faults without running anything.
  void add_fault_commands() {
    explain_ = app_.add_subcommand("explain", "Say in words what a fault rule does");
    explain_->formatter(std::make_shared<Help>("explain 'RULE'"));
    explain_->add_option("RULE", rule_, "One or more statements of the plan language")->required();
    explain_->footer(
        "Example: aioemu explain 'submit nr>=2 when=1 partial 1'\n"
        "'acts in' tells which engines carry it out today.\n"
        "Exit status: 0 legal, 1 illegal or not a rule, 2 usage.");
    sites_ = app_.add_subcommand("sites", "List where faults can act, and the legal errors");
    sites_->formatter(std::make_shared<Help>("sites"));
    sites_->footer("Exit status: 0, 2 usage.");
    profiles_ = app_.add_subcommand("profiles", "List the fault profiles, or print one");
    profiles_->formatter(std::make_shared<Help>("profiles [NAME]"));
    profiles_->add_option("NAME", profile_, "Print the rules of this one");
    add_number(*profiles_, "--seed", profile_seed_, "Draws swarm; default 0");
    profiles_->footer("Exit status: 0, 2 usage or no such profile.");
  }

  void add_timeline() {
    timeline_ = app_.add_subcommand("timeline", "Draw a trace in the terminal");
    timeline_->formatter(std::make_shared<Help>("timeline FILE"));
    timeline_->add_option("FILE", timeline_file_, "What aioemu run --trace wrote")->required();
    add_number(*timeline_, "--rows", timeline_rows_, "Requests of a context, at most; default 40");
    timeline_->footer("Exit status: 0, 2 usage or not a trace.");
  }

  void add_doctor() {
    doctor_ = app_.add_subcommand("doctor", "Say what works on this machine");
    doctor_->formatter(std::make_shared<Help>("doctor"));
    doctor_->footer("Exit status: 0 when aioemu run works here, 1 otherwise.");
    doctor_->add_flag("--probe", probe_)->group("");
  }

  int sweep() {
    sweep_.run.program = run_.program;
    RunOptions& run = sweep_.run;
    if (!run.timeout_text.empty()) run.timeout = parse_duration(run.timeout_text);
    if (!run.timeout_text.empty() && !run.timeout) {
      std::cerr << "aioemu: --timeout: not a duration such as 30s or 500ms: " << run.timeout_text
                << "\n";
      return kUsage;
    }
    constexpr std::uint64_t kMostJobs = 1024;
    if (sweep_most_ == 0U || sweep_jobs_ == 0U || sweep_jobs_.value_or(1) > kMostJobs) {
      std::cerr << "aioemu: --max-runs is at least 1, --jobs 1 to 1024 (aioemu sweep --help)\n";
      return kUsage;
    }
    sweep_.most = sweep_most_.value_or(sweep_.most);
    sweep_.jobs = static_cast<unsigned>(sweep_jobs_.value_or(0));
    return sweep_command(sweep_);
  }

  int run() {
    const std::vector<std::string> rest = run_command_->remaining();
    if (!rest.empty() && (rest[0][0] == '-' || !run_.program.empty())) {
      std::cerr << "aioemu: run has no option or argument " << rest[0] << " (aioemu run --help)\n";
      return kExitFailed;
    }
    if (run_.program.empty()) run_.program = rest;
    if (!run_.timeout_text.empty()) {
      run_.timeout = parse_duration(run_.timeout_text);
      if (!run_.timeout) {
        std::cerr << "aioemu: --timeout: not a duration such as 30s or 500ms: " << run_.timeout_text
                  << "\n";
        return kExitFailed;
      }
    }
    return run_command(run_);
  }

  CLI::App app_;
  CLI::App* run_command_ = nullptr;
  CLI::App* sweep_command_ = nullptr;
  CLI::App* conform_command_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* timeline_ = nullptr;
  CLI::App* explain_ = nullptr;
  CLI::App* sites_ = nullptr;
  CLI::App* profiles_ = nullptr;
  RunOptions run_;
  SweepOptions sweep_;
  std::optional<std::uint64_t> sweep_most_;
  std::optional<std::uint64_t> sweep_jobs_;
  ConformOptions conform_;
  bool probe_ = false;
  std::string timeline_file_;
  std::optional<std::uint64_t> timeline_rows_;
  std::string rule_;
  std::string profile_;
  std::optional<std::uint64_t> profile_seed_;
};

}  // namespace
}  // namespace aioemu::cli

int main(int argc, char** argv) { return aioemu::cli::Command().go(argc, argv); }
