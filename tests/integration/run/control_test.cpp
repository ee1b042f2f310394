// A program that goes through phases of faults while it runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPhases =
    "plain: 512\n"
    "add a: complete op=write errno EIO: ok a: -5\n"
    "pause: ok: 512\n"
    "resume: ok: -5\n"
    "del a: ok 1: 512\n"
    "add complete op=write path=f short 100: ok co: 100\n"
    "clear: ok 1: 512\n"
    "mark over: ok: 512\n"
    "add nonsense: error: 512\n";

TEST(Control, DrivesAProgramThroughPhases) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--control", scratch / "s", "--trace", scratch / "t", "--oracles", "none"},
                 {client("phases"), scratch / "f"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith(kPhases));
  const json report = json::parse(outcome.out.substr(std::string(kPhases).size()));
  EXPECT_EQ(report["rules"][0]["fired"], 2);
  EXPECT_EQ(report["rules"][0]["removed"], true);
  EXPECT_EQ(report["rules"][1]["fired"], 1);
  EXPECT_EQ(report["control_changes"], 6);
  EXPECT_THAT(outcome.err, HasSubstr("6 changes came over the control channel"));
  EXPECT_THAT(outcome.err, HasSubstr("fired 2 of 2: a: complete op=write errno EIO"));
  EXPECT_NE(access((scratch / "s").c_str(), F_OK), 0);
}

TEST(Control, LeavesMarksAndRulesInTheTrace) {
  const Scratch scratch;
  aioemu_run({"--control", scratch / "s", "--trace", scratch / "t", "--oracles", "none"},
             {client("phases"), scratch / "f"});
  std::ifstream file(scratch / "t");
  int marks = 0;
  int rules = 0;
  int faults = 0;
  for (std::string line; std::getline(file, line);) {
    const json event = json::parse(line);
    const auto word = event.value("event", "");
    if (word == "mark" && event["text"] == "over") ++marks;
    if (word == "rule") ++rules;
    if (word == "fault") ++faults;
  }
  EXPECT_EQ(marks, 1);
  EXPECT_EQ(rules, 2);
  EXPECT_EQ(faults, 3);
}

TEST(Control, IsRefusedBeforeAnythingRuns) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--control", scratch / "no/s"}, {client("phases"), scratch / "f"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("aioemu: --control: "));
}

}  // namespace
}  // namespace run_test
