#include "cli/sweep_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/sweep_points.h"

namespace aioemu::cli {
namespace {

// Keeps the members in the order in which they are written here.
using Json = nlohmann::ordered_json;

std::string name_of(const SweptRule& swept) { return print(without_when(swept.rule)); }

std::string plural(std::uint64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

using Tally = std::array<std::uint64_t, kFates>;

std::uint64_t of(const Tally& tally, Fate fate) { return tally[static_cast<std::size_t>(fate)]; }

Tally tally_of(const SweepReport& report, std::size_t rule) {
  Tally tally{};
  for (const SweepRun& run : report.runs) {
    if (run.rule == rule) ++tally[static_cast<std::size_t>(run.fate)];
  }
  return tally;
}

std::string cell(std::uint64_t count) { return count == 0 ? "-" : std::to_string(count); }

std::string rule_line(const SweepReport& report, std::size_t rule) {
  const SweptRule& swept = report.rules[rule];
  const Tally tally = tally_of(report, rule);
  std::string line = fmt::format("{:>8} {:>9} {:>7} {:>8} {:>5} {:>7}  {}", swept.points,
                                 cell(of(tally, Fate::survived) + of(tally, Fate::reported)),
                                 cell(of(tally, Fate::failed) + of(tally, Fate::broken)),
                                 cell(of(tally, Fate::crashed)), cell(of(tally, Fate::hung)),
                                 cell(of(tally, Fate::oracle)), name_of(swept));
  const std::uint64_t runs = std::accumulate(tally.begin(), tally.end(), std::uint64_t{0});
  if (swept.points == 0) line += "  NEVER ELIGIBLE";
  if (runs < swept.points) line += fmt::format("  ({} of {} points)", runs, swept.points);
  return line + "\n";
}

// "2, 4..7, 9".
std::string ranges(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += std::to_string(numbers[i]);
    if (end - i > 1) text += (end - i > 2 ? ".." : ", ") + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

std::string one_line(std::string plan) {
  if (!plan.empty() && plan.back() == '\n') plan.pop_back();
  for (std::size_t at = 0; (at = plan.find('\n', at)) != std::string::npos;) {
    plan.replace(at, 1, "; ");
  }
  return plan;
}

// The failures of one rule that ended alike: the first one, and where the others are.
std::string failure_lines(const SweepReport& report, const std::vector<const SweepRun*>& alike) {
  const SweepRun& first = *alike.front();
  std::vector<std::uint64_t> others;
  for (std::size_t i = 1; i < alike.size(); ++i) others.push_back(alike[i]->nth);
  std::string text = fmt::format("\nFAILED: {} in {}: {}\n", ending(first),
                                 plural(alike.size(), "run"), name_of(report.rules[first.rule]));
  if (!first.said.empty()) text += "  said    " + first.said + "\n";
  text += "  plan    " + one_line(first.plan) + "\n  replay  " + first.replay + "\n";
  if (!others.empty()) text += "  also    with when=" + ranges(others) + "\n";
  return text;
}

std::string failures_of(const SweepReport& report) {
  using Kind = std::pair<std::size_t, std::string>;  // a rule, an ending
  std::vector<std::pair<Kind, std::vector<const SweepRun*>>> groups;
  for (const SweepRun& run : report.runs) {
    if (!is_failure(run.fate)) continue;
    const Kind kind{run.rule, ending(run)};
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&kind](const auto& known) { return known.first == kind; });
    if (group == groups.end()) group = groups.insert(group, {kind, {}});
    group->second.push_back(&run);
  }
  std::string text;
  for (const auto& [kind, alike] : groups) text += failure_lines(report, alike);
  return text;
}

std::string last_line(const SweepReport& report) {
  const std::uint64_t points = report.points();
  std::string text = fmt::format("{} of {}: {}", plural(report.runs.size(), "run"),
                                 plural(points, "point"), plural(report.failures(), "failure"));
  const auto missed = std::count_if(report.runs.begin(), report.runs.end(),
                                    [](const SweepRun& run) { return run.eligible < run.nth; });
  if (missed > 0) text += fmt::format("; {} did not get as far as its fault", missed);
  if (report.interrupted) return text + "; INTERRUPTED\n";
  if (report.runs.size() < points) text += "; the rest was left out by --max-runs";
  return text + "\n";
}

// As XML can carry it: no control characters, and nothing that is not ASCII.
std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\n' || c == '\t' || (byte >= 32 && byte < 127)) {
      escaped += c;
    } else {
      escaped += '?';
    }
  }
  return escaped;
}

Json run_json(const SweepRun& run) {
  return {{"rule", run.rule},
          {"when", run.nth},
          {"outcome", word_of(run.fate)},
          {"exit_status", run.status},
          {"signal", run.signal == 0 ? Json(nullptr) : Json(run.signal)},
          {"eligible", run.eligible},
          {"fired", run.fired},
          {"seconds", run.seconds},
          {"said", run.said},
          {"output", is_failure(run.fate) ? Json(run.output) : Json(nullptr)},
          {"plan", run.plan},
          {"replay", run.replay}};
}

}  // namespace

std::string_view word_of(Fate fate) noexcept {
  constexpr std::array<std::string_view, kFates> kWords = {
      "survived", "reported", "failed", "crashed", "hung", "oracle", "broken"};
  return kWords[static_cast<std::size_t>(fate)];
}

bool is_failure(Fate fate) noexcept { return fate != Fate::survived && fate != Fate::reported; }

std::string ending(const SweepRun& run) {
  switch (run.fate) {
    case Fate::crashed:
      return fmt::format("killed by signal {} ({})", run.signal, strsignal(run.signal));
    case Fate::hung:
      return "still running when its time was over";
    case Fate::oracle:
      return "exit status 0, but an oracle fired";
    case Fate::broken:
      return fmt::format("aioemu could not run it (status {})", run.status);
    default:
      return fmt::format("exit status {}", run.status);
  }
}

std::uint64_t SweepReport::points() const {
  return std::accumulate(
      rules.begin(), rules.end(), std::uint64_t{0},
      [](std::uint64_t sum, const SweptRule& rule) { return sum + rule.points; });
}

std::uint64_t SweepReport::failures() const {
  return static_cast<std::uint64_t>(std::count_if(
      runs.begin(), runs.end(), [](const SweepRun& run) { return is_failure(run.fate); }));
}

std::string sweep_table(const SweepReport& report) {
  std::string text = "  points  survived  failed  crashed  hung  oracle  rule\n";
  for (std::size_t i = 0; i < report.rules.size(); ++i) text += rule_line(report, i);
  return text + failures_of(report) + "\n" + last_line(report);
}

std::string sweep_json(const SweepReport& report) {
  Json rules = Json::array();
  for (std::size_t i = 0; i < report.rules.size(); ++i) {
    const SweptRule& swept = report.rules[i];
    const Tally tally = tally_of(report, i);
    Json one = {{"name", swept.rule.name.empty() ? Json(nullptr) : Json(swept.rule.name)},
                {"rule", name_of(swept)},
                {"points", swept.points}};
    for (std::size_t fate = 0; fate < kFates; ++fate) {
      one[std::string(word_of(static_cast<Fate>(fate)))] = tally[fate];
    }
    rules.push_back(one);
  }
  Json runs = Json::array();
  for (const SweepRun& run : report.runs) runs.push_back(run_json(run));
  const Json document = {{"schema", "aioemu-sweep"},
                         {"version", 1},
                         {"program", report.program},
                         {"seed", report.seed},
                         {"jobs", report.jobs},
                         {"timeout", report.timeout},
                         {"seconds_without_faults", report.seconds},
                         {"points", report.points()},
                         {"failures", report.failures()},
                         {"interrupted", report.interrupted},
                         {"rules", rules},
                         {"runs", runs}};
  // Arguments and output are bytes: what is not UTF-8 is replaced rather than refused.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string sweep_junit(const SweepReport& report) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites><testsuite name=\"aioemu sweep\" tests=\"{}\" failures=\"{}\">\n",
      report.runs.size(), report.failures());
  for (const SweepRun& run : report.runs) {
    text += fmt::format("<testcase classname=\"{}\" name=\"when={}\" time=\"{:.3f}\">",
                        xml(name_of(report.rules[run.rule])), run.nth, run.seconds);
    if (is_failure(run.fate)) {
      text += fmt::format("<failure type=\"{}\" message=\"{}\">{}\n\n{}</failure>",
                          word_of(run.fate), xml(ending(run)), xml(run.replay), xml(run.output));
    }
    text += "</testcase>\n";
  }
  return text + "</testsuite></testsuites>\n";
}

}  // namespace aioemu::cli
