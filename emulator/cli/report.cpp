#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace aioemu::cli {
namespace {

using host::Counters;

template <typename Array>
std::uint64_t sum(const Array& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

template <typename To, typename From>
void add_each(To& to, const From& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

Activity read_activity(const host::ProcessRecord& record) {
  const Counters& counters = record.counters;
  Activity activity;
  for (std::size_t entry = 0; entry < host::kEntries; ++entry) {
    add_each(activity.calls[entry], record.calls[entry]);
  }
  add_each(activity.accepted, counters.accepted);
  add_each(activity.completed, counters.completed);
  activity.failed = Counters::value(counters.failed);
  activity.bytes_read = Counters::value(counters.bytes_read);
  activity.bytes_written = Counters::value(counters.bytes_written);
  activity.reaped = Counters::value(counters.reaped);
  activity.waiting = Counters::value(counters.waiting);
  activity.reentered = Counters::value(counters.reentered);
  return activity;
}

std::string plural(std::uint64_t count, const std::string& noun) {
  std::string text = fmt::format("{} {}", count, noun);
  if (count != 1) text += noun.back() == 's' ? "es" : "s";
  return text;
}

// "1024 pread, 1024 pwrite".
std::string by_opcode(const std::array<std::uint64_t, host::kOpcodes>& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", counts[i], opcode_name(i));
  }
  return text;
}

std::string no_aio(const Report& report) {
  if (report.loaded == 0) {
    return "aioemu: WARNING: no process loaded the preload library, so nothing was emulated\n";
  }
  return "aioemu: WARNING: this program made no AIO call: nothing was emulated, nothing was "
         "tested\n";
}

std::string requests(const Report& report) {
  const Activity& total = report.total;
  std::string text = fmt::format("aioemu: {} used AIO: {}", plural(report.processes, "process"),
                                 plural(total.request_count(), "request"));
  if (total.request_count() > 0) text += " (" + by_opcode(total.accepted) + ")";
  return text + fmt::format(", {} reaped, {} failed\n", total.reaped, total.failed);
}

std::string suppressed(const RuleReport& rule) {
  return rule.suppressed == 0 ? "" : fmt::format(", {} suppressed", rule.suppressed);
}

std::string rules(const Report& report) {
  std::string text;
  for (const RuleReport& rule : report.rules) {
    if (rule.fired > 0) {
      text += fmt::format("aioemu: fired {} of {}{}: {}\n", rule.fired, rule.eligible,
                          suppressed(rule), rule.text);
    } else {
      text += fmt::format("aioemu: NEVER FIRED ({} eligible): {}\n", rule.eligible, rule.text);
    }
  }
  return text;
}

// Threads wait, and all that is in flight is held back for good.
bool cannot_wake(const Report& report, const ProcessReport& process) {
  if (process.activity.waiting == 0) return false;
  std::uint64_t hung = 0;
  for (const InFlightReport& one : report.watch.in_flight) {
    if (one.process == process.ordinal) hung = one.hung;
  }
  return process.activity.in_flight() <= hung;
}

// What was in flight when the time ran out, per process.
std::string in_flight(const Report& report) {
  std::string text = "aioemu: TIMEOUT: the program was killed\n";
  for (const ProcessReport& process : report.details) {
    const Activity& activity = process.activity;
    if (activity.in_flight() == 0 && activity.waiting == 0) continue;
    std::array<std::uint64_t, host::kOpcodes> open{};
    for (std::size_t i = 0; i < open.size(); ++i) {
      open[i] = activity.accepted[i] - std::min(activity.accepted[i], activity.completed[i]);
    }
    text += fmt::format("aioemu:   {} (pid {}): {} in flight{}, {} waiting in io_getevents\n",
                        process.name, process.pid, plural(activity.in_flight(), "request"),
                        activity.in_flight() == 0 ? "" : " (" + by_opcode(open) + ")",
                        plural(activity.waiting, "thread"));
    text += in_flight(report.watch, process.ordinal);
    if (cannot_wake(report, process)) {
      text += "aioemu:     no request in flight will ever complete: AIO wakes none of them\n";
    }
  }
  if (report.total.in_flight() == 0 && report.total.waiting == 0) {
    text += "aioemu:   no request was in flight and no thread was waiting for one\n";
  }
  return text;
}

}  // namespace

std::uint64_t Activity::call_count() const {
  return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0},
                         [](std::uint64_t n, const auto& entry) { return n + sum(entry); });
}

std::uint64_t Activity::request_count() const { return sum(accepted); }

std::uint64_t Activity::in_flight() const {
  return request_count() - std::min(request_count(), sum(completed));
}

void Activity::add(const Activity& other) {
  for (std::size_t entry = 0; entry < calls.size(); ++entry) {
    add_each(calls[entry], other.calls[entry]);
  }
  add_each(accepted, other.accepted);
  add_each(completed, other.completed);
  failed += other.failed;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  reaped += other.reaped;
  waiting += other.waiting;
  reentered += other.reentered;
}

Report read_report(const host::Session& session, const fault::FaultPlan& plan, bool over) {
  const host::SessionLayout& layout = *session.layout();
  Report report;
  report.seed = layout.seed;
  report.aio_max_nr = layout.aio_max_nr;
  report.loaded = Counters::value(layout.loaded);
  report.processes = Counters::value(layout.processes);
  report.unserved = read_unserved(layout.unserved);
  for (const host::ProcessRecord& record : session.records()) {
    ProcessReport process;
    process.ordinal = report.details.size();
    process.pid = record.pid.load();
    for (const auto& c : record.name) process.name += c.load();
    process.name.erase(std::find(process.name.begin(), process.name.end(), '\0'),
                       process.name.end());
    process.activity = read_activity(record);
    report.total.add(process.activity);
    report.details.push_back(process);
  }
  report.watch = read_watch(session, plan, over);
  for (std::size_t i = 0; i < plan.rules.size(); ++i) {
    report.rules.push_back(
        {plan.rules[i].name, print(plan.rules[i]), Counters::value(layout.states[i].eligible),
         Counters::value(layout.states[i].fired), Counters::value(layout.states[i].suppressed),
         !layout.index.contains(i)});
  }
  return report;
}

std::string never_fired(const Report& report) {
  std::string list;
  for (const RuleReport& rule : report.rules) {
    if (rule.fired > 0) continue;
    list += (list.empty() ? "" : "; ") + (rule.name.empty() ? rule.text : rule.name);
  }
  return list;
}

std::string summary(const Report& report) {
  std::string text;
  if (report.timed_out) text += in_flight(report);
  text += report.processes == 0 ? no_aio(report) : requests(report);
  if (report.total.reentered > 0) {
    text += fmt::format("aioemu: {} came from a signal handler that interrupted another AIO call\n",
                        plural(report.total.reentered, "call"));
  }
  text += summary(report.watch);
  text += summary_of(report.unserved);
  text += rules(report);
  if (report.lost_records > 0) {
    text += fmt::format("aioemu: WARNING: the trace is not whole: {} missing\n",
                        plural(report.lost_records, "record"));
  }
  if (report.changes > 0) {
    text +=
        fmt::format("aioemu: {} came over the control channel, which the next line leaves out\n",
                    plural(report.changes, "change"));
  }
  return text + "aioemu: replay: " + report.replay + "\n";
}

const char* opcode_name(std::size_t opcode) {
  constexpr std::array<const char*, host::kOpcodes> kNames = {
      "pread", "pwrite", "fsync", "fdsync", "", "poll", "", "preadv", "pwritev"};
  return kNames[opcode];
}

std::string shell_quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyz"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                          "@%+=:,./-_") == std::string::npos;
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace aioemu::cli
