#include <nlohmann/json.hpp>

#include "cli/report.h"

namespace aioemu::cli {
namespace {

// Keeps the members in the order in which they are written here.
using Json = nlohmann::ordered_json;

constexpr std::array<const char*, host::kEntries> kEntryNames = {"syscall", "libaio", "trap"};
constexpr std::array<const char*, host::kCalls> kCallNames = {
    "io_setup", "io_destroy", "io_getevents", "io_submit", "io_cancel", "io_pgetevents"};

Json calls(const Activity& activity) {
  Json all;
  for (std::size_t entry = 0; entry < host::kEntries; ++entry) {
    Json one;
    for (std::size_t call = 0; call < host::kCalls; ++call) {
      one[kCallNames[call]] = activity.calls[entry][call];
    }
    all[kEntryNames[entry]] = one;
  }
  return all;
}

Json requests(const Activity& activity) {
  Json all;
  for (std::size_t opcode = 0; opcode < host::kOpcodes; ++opcode) {
    if (*opcode_name(opcode) == '\0') continue;
    all[opcode_name(opcode)] = {{"accepted", activity.accepted[opcode]},
                                {"completed", activity.completed[opcode]}};
  }
  return all;
}

Json activity_json(const Activity& activity) {
  return {{"calls", calls(activity)},          {"requests", requests(activity)},
          {"in_flight", activity.in_flight()}, {"failed", activity.failed},
          {"bytes_read", activity.bytes_read}, {"bytes_written", activity.bytes_written},
          {"reaped", activity.reaped},         {"reentered", activity.reentered}};
}

std::string dumped(const Report& report, int indent) {
  Json rules = Json::array();
  for (const RuleReport& rule : report.rules) {
    rules.push_back({{"name", rule.name.empty() ? Json(nullptr) : Json(rule.name)},
                     {"rule", rule.text},
                     {"eligible", rule.eligible},
                     {"fired", rule.fired},
                     {"suppressed", rule.suppressed},
                     {"removed", rule.removed}});
  }
  Json findings = Json::array();
  for (const FindingReport& finding : report.watch.findings) {
    findings.push_back(
        {{"oracle", finding.oracle}, {"process", finding.process}, {"story", finding.story}});
  }
  Json counts = Json::object();
  for (std::size_t i = 0; i < observe::kOracles; ++i) {
    counts[std::string(word_of(static_cast<observe::Oracle>(i)))] = report.watch.counts[i];
  }
  Json processes = Json::array();
  for (const ProcessReport& process : report.details) {
    Json one = {{"ordinal", process.ordinal}, {"pid", process.pid}, {"name", process.name}};
    one.update(activity_json(process.activity));
    processes.push_back(one);
  }
  const Json document = {{"schema", "aioemu-run"},
                         {"version", 1},
                         {"program", report.program},
                         {"replay", report.replay},
                         {"exit_status", report.exit_status},
                         {"signal", report.signal == 0 ? Json(nullptr) : Json(report.signal)},
                         {"timed_out", report.timed_out},
                         {"seed", report.seed},
                         {"aio_max_nr", report.aio_max_nr},
                         {"loaded", report.loaded},
                         {"aio_processes", report.processes},
                         {"total", activity_json(report.total)},
                         {"unserved", json_of(report.unserved)},
                         {"rules", rules},
                         {"lost_trace_records", report.lost_records},
                         {"control_changes", report.changes},
                         {"oracles", print(report.watch.oracles)},
                         {"oracle_counts", counts},
                         {"findings", findings},
                         {"processes", processes}};
  // Arguments and names are bytes: what is not UTF-8 is replaced rather than refused.
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Report& report) { return dumped(report, 2) + "\n"; }

std::string to_json_line(const Report& report) { return dumped(report, -1); }

}  // namespace aioemu::cli
