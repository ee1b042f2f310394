#include "cli/sweep_job.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "cli/paths.h"
#include "cli/program.h"
#include "cli/report.h"
#include "fault/sites.h"

namespace aioemu::cli {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPlaceholder = "{}";
constexpr std::streamoff kMostOutput = 4096;
constexpr int kExitOracle = 99;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// The word for a shell that knows the directory.
std::string quoted(const std::string& word) {
  std::string line;
  std::size_t begin = 0;
  for (std::size_t at = 0; at != std::string::npos; begin = at + kPlaceholder.size()) {
    at = word.find(kPlaceholder, begin);
    const std::string piece = word.substr(begin, at - begin);
    if (!piece.empty() || word.empty()) line += shell_quoted(piece);
    if (at == std::string::npos) break;
    line += std::string("\"$") + kSweepDirectory + "\"";
  }
  return line;
}

std::string end_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return "";
  file.seekg(std::max<std::streamoff>(0, size - kMostOutput));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool begins_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// What the program said last; or what aioemu says, when that tells more.
std::string telling_line(const std::string& output, Fate fate) {
  const bool ours = fate == Fate::hung || fate == Fate::oracle || fate == Fate::broken;
  std::istringstream lines(output);
  std::string telling;
  for (std::string line; std::getline(lines, line);) {
    const bool is_ours = begins_with(line, "aioemu: ");
    if (line.empty() || is_ours != ours || begins_with(line, "aioemu: replay:")) continue;
    const bool is_count = begins_with(line, "aioemu: fired") || begins_with(line, "aioemu: NEVER");
    if (ours && (is_count || line.find(" used AIO: ") != std::string::npos)) continue;
    telling = line;
  }
  return telling;
}

// A shell that waited for a program which a signal killed ends with such a status.
int signal_in(int status) {
  for (const int signal : {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS}) {
    if (status == 128 + signal) return signal;
  }
  return 0;
}

bool devices_fault(const fault::FaultPlan& plan) {
  return !plan.rules.empty() && fault::legality_of(plan.rules[0].body) == fault::Legality::device;
}

Fate fate_of(const SweepRun& run, bool timed_out, bool found, bool reports) {
  if (timed_out) return Fate::hung;
  if (run.signal != 0) return Fate::crashed;
  if (run.status == kExitOracle && found) return Fate::oracle;
  if (run.status == 0) return Fate::survived;
  return reports ? Fate::reported : Fate::failed;
}

Json read_report_file(const SweepPlace& place) {
  std::ifstream file(place.report(), std::ios::binary);
  return Json::parse(file, nullptr, false);
}

void read_rule(SweepRun& run, const Json& report) {
  const Json& rules = report.at("rules");
  if (rules.empty()) return;
  run.eligible = rules[0].at("eligible").get<std::uint64_t>();
  run.fired = rules[0].at("fired").get<std::uint64_t>() > 0;
}

}  // namespace

std::vector<std::string> sweep_words(const std::vector<std::string>& program,
                                     const fault::FaultPlan& plan, const std::string& timeout,
                                     const SweepPlace& place) {
  std::vector<std::string> words = {own_path(), "run", "--report", place.report()};
  for (const std::string& word : {std::string("--fault"), fault::print(plan)}) {
    words.push_back(word);
  }
  if (!timeout.empty()) words.insert(words.end(), {"--timeout", timeout});
  words.emplace_back("--");
  for (const std::string& word : program)
    words.push_back(replaced(word, kPlaceholder, place.scratch()));
  return words;
}

bool names_scratch(const std::vector<std::string>& program) {
  return std::any_of(program.begin(), program.end(), [](const std::string& word) {
    return word.find(kPlaceholder) != std::string::npos ||
           word.find(kSweepDirectory) != std::string::npos;
  });
}

std::string sweep_replay(const RunOptions& options, const fault::FaultPlan& plan,
                         bool wants_scratch) {
  RunOptions without_program = options;
  without_program.program.clear();
  std::string line = replay_line(without_program, plan);
  for (const std::string& word : options.program) line += " " + quoted(word);
  if (!wants_scratch) return line;
  return std::string("export ") + kSweepDirectory + "=\"$(mktemp -d)\"; " + line;
}

SweepRun read_sweep_run(const SweepPlace& place, const fault::FaultPlan& plan, int status,
                        const std::vector<int>& error_statuses) {
  SweepRun run;
  run.status = status;
  run.output = replaced(end_of_file(place.output()), place.scratch(), kPlaceholder);
  const Json report = read_report_file(place);
  if (report.is_object()) {
    run.signal = report.at("signal").is_null() ? signal_in(status) : report.at("signal").get<int>();
    run.used_aio = report.at("aio_processes").get<std::uint64_t>() > 0;
    read_rule(run, report);
    const bool reports =
        devices_fault(plan) && std::count(error_statuses.begin(), error_statuses.end(), status) > 0;
    const bool found = report.contains("findings") && !report.at("findings").empty();
    run.fate = fate_of(run, report.at("timed_out").get<bool>(), found, reports);
  }
  run.said = telling_line(run.output, run.fate);
  return run;
}

std::vector<std::uint64_t> read_eligible(const SweepPlace& place) {
  std::vector<std::uint64_t> eligible;
  const Json report = read_report_file(place);
  if (!report.is_object()) return eligible;
  for (const Json& rule : report.at("rules")) {
    eligible.push_back(rule.at("eligible").get<std::uint64_t>());
  }
  return eligible;
}

}  // namespace aioemu::cli
