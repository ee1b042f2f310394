// The report and its page say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "cli/report.h"

namespace aioemu::cli {
namespace {

using nlohmann::json;
using Members = std::set<std::string>;

// The members that a table of docs/report.md lists.
Members documented(const std::string& table) {
  std::ifstream page(AIOEMU_REPORT_PAGE);
  EXPECT_TRUE(page.good()) << AIOEMU_REPORT_PAGE;
  Members members;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "<!-- members: " + table + " -->") inside = true;
    if (line == "<!-- /members -->") inside = false;
    if (!inside || line.rfind("| `", 0) != 0) continue;
    members.insert(line.substr(3, line.find('`', 3) - 3));
  }
  EXPECT_FALSE(members.empty()) << table;
  return members;
}

Members members_of(const json& object) {
  Members members;
  for (const auto& [name, value] : object.items()) members.insert(name);
  return members;
}

json full_report() {
  Report report;
  report.program = {"prog"};
  report.replay = "aioemu run -- prog";
  report.rules = {{"a", "a: submit errno EAGAIN", 5, 2, 1, true}};
  ProcessReport process;
  process.ordinal = 1;
  process.pid = 42;
  process.name = "prog";
  report.details = {process};
  report.watch.findings = {{1, "dropped_iocb", {"a line", "another"}}};
  return json::parse(to_json(report));
}

TEST(ReportSchema, OfARunIsWhatItsPageSays) {
  EXPECT_EQ(members_of(full_report()), documented("run"));
}

TEST(ReportSchema, OfItsPartsIsWhatItsPageSays) {
  const json report = full_report();
  EXPECT_EQ(members_of(report["rules"][0]), documented("rule"));
  EXPECT_EQ(members_of(report["findings"][0]), documented("finding"));
  EXPECT_EQ(members_of(report["unserved"]), documented("unserved"));
  EXPECT_EQ(members_of(report["total"]), documented("activity"));
  Members process = documented("activity");
  process.insert({"ordinal", "pid", "name"});
  EXPECT_EQ(members_of(report["processes"][0]), process);
}

TEST(ReportSchema, HasTheTypesThatReadersRelyOn) {
  const json report = full_report();
  EXPECT_EQ(report["schema"], "aioemu-run");
  EXPECT_EQ(report["version"], 1);
  for (const char* member : {"exit_status", "seed", "aio_max_nr", "loaded", "aio_processes",
                             "lost_trace_records", "control_changes"}) {
    EXPECT_TRUE(report[member].is_number_unsigned() || report[member] == 0) << member;
  }
  EXPECT_TRUE(report["signal"].is_null());
  EXPECT_TRUE(report["timed_out"].is_boolean());
  EXPECT_TRUE(report["program"].is_array());
  EXPECT_EQ(report["rules"][0], (json{{"name", "a"},
                                      {"rule", "a: submit errno EAGAIN"},
                                      {"eligible", 5},
                                      {"fired", 2},
                                      {"suppressed", 1},
                                      {"removed", true}}));
  EXPECT_EQ(report["findings"][0]["story"], (json{"a line", "another"}));
  EXPECT_TRUE(report["total"]["calls"]["syscall"]["io_submit"].is_number_unsigned());
  EXPECT_TRUE(report["total"]["requests"]["pread"]["accepted"].is_number_unsigned());
}

TEST(ReportSchema, InOneLineIsTheSame) {
  Report report;
  EXPECT_EQ(to_json_line(report).find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(to_json_line(report)), json::parse(to_json(report)));
}

TEST(Summary, CountsWhatWasSuppressed) {
  Report report;
  report.rules = {{"a", "a: complete errno EIO", 5, 2, 3}};
  EXPECT_THAT(summary(report),
              testing::HasSubstr("aioemu: fired 2 of 5, 3 suppressed: a: complete errno EIO\n"));
}

TEST(NeverFired, NamesRulesByNameOrText) {
  Report report;
  EXPECT_EQ(never_fired(report), "");
  report.rules = {{"a", "a: complete errno EIO", 5, 2},
                  {"b", "b: submit partial 1", 0, 0},
                  {"", "submit errno EAGAIN", 3, 0}};
  EXPECT_EQ(never_fired(report), "b; submit errno EAGAIN");
}

}  // namespace
}  // namespace aioemu::cli
