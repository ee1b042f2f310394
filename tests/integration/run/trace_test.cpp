// What a run writes down while it runs: the trace, the timeline, and running it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<json> lines(const std::string& path) {
  std::vector<json> all;
  std::istringstream text(content(path));
  for (std::string line; std::getline(text, line);) all.push_back(json::parse(line));
  return all;
}

// How often each event is there.
std::map<std::string, int> counts(const std::vector<json>& trace) {
  std::map<std::string, int> all;
  for (const json& line : trace) ++all[line.value("event", "header")];
  return all;
}

TEST(Trace, TellsOfEachRequestAndFault) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run(
      {"--seed", "3", "--trace", scratch / "t", "--fault", "a: complete op=write when=3 errno EIO"},
      {client("writer"), scratch / "f", "5"});
  EXPECT_EQ(outcome.status, 1);
  const std::vector<json> trace = lines(scratch / "t");
  ASSERT_FALSE(trace.empty());
  EXPECT_EQ(trace[0]["format"], "aioemu-trace");
  EXPECT_EQ(trace[0]["version"], 1);
  EXPECT_EQ(trace[0]["seed"], 3);
  EXPECT_EQ(trace[0]["rules"], json::array({"a"}));
  EXPECT_EQ(trace[0]["command"][0], client("writer"));
  std::map<std::string, int> count = counts(trace);
  EXPECT_EQ(count["accepted"], 3);
  EXPECT_EQ(count["completed"], 3);
  EXPECT_EQ(count["reaped"], 3);
  EXPECT_EQ(count["fault"], 1);
  EXPECT_EQ(count["file"], 1);
  EXPECT_EQ(count["ended"], 1);
  for (const json& line : trace) {
    if (line.value("event", "") == "file") {
      EXPECT_EQ(line["path"], scratch / "f");
    }
    if (line.value("event", "") == "fault") {
      EXPECT_EQ(line["serial"], 3);
      EXPECT_EQ(line["rule"], "a");
    }
  }
}

// The writer reads back what it wrote.
TEST(Trace, CoversTheWholeTree) {
  const Scratch scratch;
  const std::string script = client("writer") + " " + (scratch / "a") + " 2; " + client("writer") +
                             " " + (scratch / "b") + " 3";
  EXPECT_EQ(aioemu_run({"--trace", scratch / "t"}, {"sh", "-c", script}).status, 0);
  std::map<std::uint64_t, int> accepted;
  for (const json& line : lines(scratch / "t")) {
    if (line.value("event", "") == "accepted") ++accepted[line["process"].get<std::uint64_t>()];
  }
  EXPECT_EQ(accepted, (std::map<std::uint64_t, int>{{0, 4}, {1, 6}}));
}

TEST(Trace, IsWholeWhenThereIsMuchToTell) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--trace", scratch / "t"}, {client("writer"), scratch / "f", "5000"});
  EXPECT_EQ(outcome.status, 0);
  std::map<std::string, int> count = counts(lines(scratch / "t"));
  EXPECT_EQ(count["completed"], 10000);
  EXPECT_EQ(count["lost"], 0);
}

TEST(Trace, ThatCannotBeWrittenIsSaidBeforeAnythingRuns) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--trace", scratch / "no/t"}, {client("writer"), scratch / "f", "1"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write"));
  EXPECT_EQ(content(scratch / "f"), "");
}

TEST(Timeline, IsTraceEventJson) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--timeline", scratch / "t", "--fault", "submit when=2 errno EAGAIN"},
                 {client("writer"), scratch / "f", "3"});
  EXPECT_NE(outcome.status, 125) << outcome.err;
  const json document = json::parse(content(scratch / "t"));
  int spans = 0;
  int faults = 0;
  for (const json& event : document["traceEvents"]) {
    const auto name = event["name"].get<std::string>();
    if (event["ph"] == "X" && name.rfind("pwrite", 0) == 0) ++spans;
    if (event["ph"] == "i" && name.rfind("fault", 0) == 0) ++faults;
  }
  EXPECT_GE(spans, 1);
  EXPECT_EQ(faults, 1);
}

TEST(Timeline, IsDrawnInTheTerminal) {
  const Scratch scratch;
  aioemu_run({"--trace", scratch / "t"}, {client("writer"), scratch / "f", "10"});
  const Outcome drawn = execute({aioemu(), "timeline", scratch / "t"});
  EXPECT_EQ(drawn.status, 0);
  EXPECT_THAT(drawn.out, HasSubstr("process 0, ctx 1: 20 requests"));
  EXPECT_THAT(drawn.out, HasSubstr("\n10 pwrite 512 at 4608 of /"));
  const Outcome refused = execute({aioemu(), "timeline", scratch / "f"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("line 1: "));
}

TEST(Replay, DoesTheSameAgain) {
  const Scratch scratch;
  const Outcome first = aioemu_run(
      {"--seed", "5", "--trace", scratch / "t", "--fault", "complete op=write one_in=4 short 100"},
      {client("writer"), scratch / "f", "40"});
  const Outcome again = aioemu_run({"--replay", scratch / "t", "--trace", scratch / "t"}, {});
  EXPECT_EQ(again.status, first.status);
  EXPECT_EQ(again.out, first.out);
}

TEST(Replay, SaysWhereARunWentAnotherWay) {
  const Scratch scratch;
  aioemu_run({"--trace", scratch / "t", "--fault", "a: complete op=write when=4 errno EIO"},
             {client("writer"), scratch / "f", "5"});
  const Outcome other =
      aioemu_run({"--replay", scratch / "t"}, {client("writer"), scratch / "f", "3"});
  EXPECT_EQ(other.status, 98);
  EXPECT_THAT(other.err, HasSubstr("aioemu: DIVERGED from " + (scratch / "t")));
  EXPECT_THAT(other.err, HasSubstr("expected: process 0, ctx 1, call 4, index 0: a: errno EIO"));
  EXPECT_THAT(other.err, HasSubstr("came:     no such fault there"));
}

TEST(Replay, TakesNoPlanBesidesTheTraces) {
  const Scratch scratch;
  aioemu_run({"--trace", scratch / "t"}, {client("writer"), scratch / "f", "1"});
  const Outcome outcome = aioemu_run({"--replay", scratch / "t", "--seed", "4"}, {});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("leave them out"));
}

TEST(RequireFired, NamesTheRulesThatNeverFired) {
  const Scratch scratch;
  const Words options = {"--require-fired", "--quiet",
                         "--fault",         "a: complete op=write when=9 errno EIO",
                         "--fault",         "complete op=write when=1 short 100"};
  const Outcome unmet = aioemu_run(options, {client("writer"), scratch / "f", "3"});
  EXPECT_EQ(unmet.status, 98);
  EXPECT_EQ(unmet.err, "aioemu: --require-fired: never fired: a\n");
}

TEST(RequireFired, IsMetWhenAllFired) {
  const Scratch scratch;
  const Outcome met = aioemu_run({"--require-fired", "--fault", "submit when=1 errno EAGAIN"},
                                 {client("writer"), scratch / "f", "3"});
  EXPECT_NE(met.status, 98) << met.err;
}

}  // namespace
}  // namespace run_test
