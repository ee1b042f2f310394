#include "cli/unserved_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/errno.h"

namespace aioemu::cli {
namespace {

using host::Counters;

StrangerReport read_stranger(const host::Stranger& stranger) {
  StrangerReport report;
  report.pid = stranger.pid.load();
  report.killed = stranger.dead.load() != 0;
  for (const auto& c : stranger.path) report.path += c.load();
  report.path.erase(std::find(report.path.begin(), report.path.end(), '\0'), report.path.end());
  return report;
}

std::string uncaught(const UnservedReport& unserved) {
  return fmt::format(
      "aioemu: inline system calls were not caught ({}: no seccomp filter here): only syscall() "
      "and libaio's names were served\n",
      errno_name(Errno{unserved.reason}));
}

std::string told(const StrangerReport& stranger) {
  if (!stranger.killed) {
    return fmt::format(
        "aioemu: NOT SERVED: {} (pid {}): statically linked or for another machine\n",
        stranger.path, stranger.pid);
  }
  return fmt::format(
      "aioemu: KILLED BY SIGSYS: {} (pid {}): it used AIO, and no library can be loaded into it; "
      "link it dynamically, or leave its AIO to the kernel with --mode symbols\n",
      stranger.path, stranger.pid);
}

// Of the killed, those that are not among the known strangers.
std::string killed_otherwise(std::uint64_t count) {
  return fmt::format(
      "aioemu: KILLED BY SIGSYS: {} that could not be served: started past the C library without "
      "LD_PRELOAD, or SIGSYS was blocked past the C library; --mode symbols leaves such calls to "
      "the kernel\n",
      count == 1 ? "a process" : fmt::format("{} processes", count));
}

}  // namespace

UnservedReport read_unserved(const host::Unserved& unserved) {
  UnservedReport report;
  report.uncaught = Counters::value(unserved.trap_refused);
  report.reason = static_cast<int>(Counters::value(unserved.trap_errno));
  report.killed = Counters::value(unserved.killed);
  report.strangers = Counters::value(unserved.strangers);
  for (const host::Stranger& stranger : unserved.known()) {
    if (stranger.pid.load() != 0) report.list.push_back(read_stranger(stranger));
  }
  return report;
}

std::string summary_of(const UnservedReport& unserved) {
  std::string text;
  if (unserved.uncaught > 0) text += uncaught(unserved);
  std::uint64_t killed = unserved.killed;
  for (const StrangerReport& stranger : unserved.list) {
    text += told(stranger);
    if (stranger.killed && killed > 0) --killed;
  }
  if (unserved.strangers > unserved.list.size()) {
    text += fmt::format("aioemu: NOT SERVED: {} more programs of that kind\n",
                        unserved.strangers - unserved.list.size());
  }
  if (killed > 0) text += killed_otherwise(killed);
  return text;
}

nlohmann::ordered_json json_of(const UnservedReport& unserved) {
  nlohmann::ordered_json programs = nlohmann::ordered_json::array();
  for (const StrangerReport& stranger : unserved.list) {
    programs.push_back(
        {{"pid", stranger.pid}, {"path", stranger.path}, {"killed", stranger.killed}});
  }
  return {{"inline_calls_uncaught", unserved.uncaught},
          {"killed_by_sigsys", unserved.killed},
          {"programs", unserved.strangers},
          {"list", programs}};
}

}  // namespace aioemu::cli
