#include "cli/watch.h"

#include <fmt/format.h>

#include <numeric>

#include "cli/code_names.h"

namespace aioemu::cli {
namespace {

using host::Counters;

constexpr std::size_t kMostTold = 20;      // findings in a summary
constexpr std::size_t kMostInFlight = 16;  // requests of one process

observe::Names names_of(const host::SessionLayout& layout, const fault::FaultPlan& plan,
                        const host::Modules& modules, CodeNames& code) {
  observe::Names names;
  names.rule = [&plan](std::int32_t rule) {
    const auto place = static_cast<std::size_t>(rule);
    return place < plan.rules.size() ? title(plan.rules[place]) : std::string();
  };
  names.code = [&modules, &code](std::uint64_t address) { return code.name(modules, address); };
  names.file = [&layout](std::uint64_t file) { return std::string(layout.files.find(file)); };
  return names;
}

bool never_completes(const observe::Story& story) {
  for (std::size_t i = 0; i < observe::Story::kDeeds && i < story.deed_count; ++i) {
    if (story.deeds[i].action == fault::Action::hang) return true;
  }
  return false;
}

InFlightReport in_flight_of(const observe::Tale& tale, std::uint64_t process,
                            const observe::Names& names) {
  InFlightReport report;
  report.process = process;
  for (const observe::Story& story : tale.in_flight) {
    if (never_completes(story)) ++report.hung;
    if (report.requests.size() == kMostInFlight) continue;
    report.requests.push_back(describe(story, names) + "; " + why_in_flight(story, names));
  }
  const std::uint64_t more = tale.in_flight.size() - report.requests.size() + tale.unwatched;
  if (more > 0) report.requests.push_back(fmt::format("and {} more", more));
  return report;
}

// How often each oracle is among the findings of the process that are told.
void say_how_many(WatchReport& report, std::size_t first, const observe::Tale& tale) {
  for (std::size_t i = 0; i < observe::kOracles; ++i) {
    const std::string word(word_of(static_cast<observe::Oracle>(i)));
    FindingReport* last = nullptr;
    std::uint64_t told = 0;
    for (std::size_t k = first; k < report.findings.size(); ++k) {
      if (report.findings[k].oracle != word) continue;
      last = &report.findings[k];
      ++told;
    }
    if (last == nullptr || tale.counts[i] <= told) continue;
    last->story.push_back(fmt::format("and {} more of this kind", tale.counts[i] - told));
  }
}

// The tail of one batch, say.
bool are_alike(const observe::Finding& one, const observe::Finding& other) {
  return one.oracle == other.oracle && same_batch(one.story.request.who, other.story.request.who);
}

void add(WatchReport& report, const observe::Tale& tale, std::uint64_t process,
         const observe::Names& names) {
  const std::size_t first = report.findings.size();
  const observe::Finding* before = nullptr;
  for (const observe::Finding& finding : tale.findings) {
    const bool like_the_last = before != nullptr && are_alike(*before, finding);
    report.findings.push_back(
        {process, std::string(word_of(finding.oracle)), describe(finding, names), like_the_last});
    before = &finding;
  }
  say_how_many(report, first, tale);
  for (std::size_t i = 0; i < observe::kOracles; ++i) report.counts[i] += tale.counts[i];
  report.forgotten += tale.forgotten;
  if (!tale.in_flight.empty()) report.in_flight.push_back(in_flight_of(tale, process, names));
}

}  // namespace

std::uint64_t WatchReport::count() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::string options_of(const Watch& watch) {
  std::string text;
  if (!(watch.oracles == observe::OracleChoice{})) text += " --oracles " + print(watch.oracles);
  if (watch.exit != kExitOracle) text += " --oracle-exit " + std::to_string(watch.exit);
  return text;
}

WatchReport read_watch(const host::Session& session, const fault::FaultPlan& plan, bool over) {
  const host::SessionLayout& layout = *session.layout();
  WatchReport report;
  report.oracles = layout.oracles;
  if (report.oracles.none()) return report;
  const std::uint64_t processes = Counters::value(layout.processes);
  CodeNames code;
  for (std::uint64_t i = 0; i < processes && i < host::kMaxWatched; ++i) {
    const host::WatchRecord& watch = layout.watches[i];
    const observe::Tale tale = read(watch.board, over);
    add(report, tale, i, names_of(layout, plan, watch.modules, code));
  }
  if (processes > host::kMaxWatched) report.unwatched = processes - host::kMaxWatched;
  return report;
}

namespace {

// How many findings right behind the one at `place` are like it.
std::size_t alike_behind(const std::vector<FindingReport>& findings, std::size_t place) {
  std::size_t end = place + 1;
  while (end < findings.size() && findings[end].like_the_last) ++end;
  return end - place - 1;
}

}  // namespace

std::string summary(const WatchReport& report) {
  std::string text;
  std::size_t told = 0;
  std::size_t at = 0;
  while (at < report.findings.size() && told < kMostTold) {
    const FindingReport& finding = report.findings[at];
    const char* margin = "aioemu: ORACLE ";
    for (const std::string& line : finding.story) {
      text += margin + line + "\n";
      margin = "aioemu:   ";
    }
    ++told;
    const std::size_t alike = alike_behind(report.findings, at);
    if (alike > 0) {
      text += fmt::format("aioemu:   and the same of {} more of that io_submit\n", alike);
    }
    at += 1 + alike;
  }
  if (at < report.findings.size()) {
    text += fmt::format("aioemu: and {} more findings: --report has them\n",
                        report.findings.size() - at);
  }
  if (report.forgotten > 0) {
    text += fmt::format(
        "aioemu: the oracles had no place for {} more refused or cut requests: more of them may "
        "have been dropped\n",
        report.forgotten);
  }
  if (report.unwatched > 0) {
    text += fmt::format("aioemu: {} of the processes were beyond what the oracles can watch\n",
                        report.unwatched);
  }
  return text;
}

std::string in_flight(const WatchReport& report, std::uint64_t process) {
  std::string text;
  for (const InFlightReport& one : report.in_flight) {
    if (one.process != process) continue;
    for (const std::string& line : one.requests) text += "aioemu:     " + line + "\n";
  }
  return text;
}

}  // namespace aioemu::cli
