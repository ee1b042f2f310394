// What the oracles say about real programs, and what it does to a run's status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const char* const kPartial = "first: submit nr>=2 when=1 partial 1";
const char* const kAgain = "submit when=1 errno EAGAIN";

Outcome careless(const std::string& manner, const Words& options) {
  const Scratch scratch;
  return aioemu_run(options, {client("careless"), scratch / "f", manner});
}

TEST(Oracles, ADroppedIocbFailsARunThatSucceeded) {
  const Outcome outcome = careless("forget", {"--fault", kPartial});
  EXPECT_EQ(outcome.status, 99);
  EXPECT_THAT(outcome.err, HasSubstr("aioemu: ORACLE dropped_iocb: "));
  EXPECT_THAT(outcome.err, HasSubstr("offset 4096 length 512"));
  EXPECT_THAT(outcome.err, HasSubstr("element 1 of io_submit number 1 on context 1"));
  EXPECT_THAT(outcome.err, HasSubstr("by \"first\""));
}

TEST(Oracles, TheStoryNamesTheFunctionThatSubmitted) {
  const Outcome outcome = careless("forget", {"--fault", kPartial});
  EXPECT_THAT(outcome.err, ContainsRegex("called from careless\\+0x[0-9a-f]+ \\([^)]*submit"));
}

TEST(Oracles, AProgramThatTriesAgainIsLeftAlone) {
  EXPECT_EQ(careless("careful", {"--fault", kPartial}).status, 0);
  EXPECT_EQ(careless("careful", {"--fault", kAgain}).status, 0);
}

TEST(Oracles, AProgramThatEndsWithoutCeremonyIsJudgedAllTheSame) {
  const Outcome outcome = careless("gone", {"--fault", kAgain});
  EXPECT_EQ(outcome.status, 99);
  EXPECT_THAT(outcome.err, HasSubstr("the call failed with EAGAIN"));
}

TEST(Oracles, EventsThatNobodyTookAreAFinding) {
  const Outcome outcome = careless("leave", {});
  EXPECT_EQ(outcome.status, 99);
  EXPECT_THAT(outcome.err, HasSubstr("unreaped_events: 2 events still in the ring"));
}

TEST(Oracles, ABufferThatChangesInFlightIsAFinding) {
  const Outcome outcome = careless("scribble", {"--fault", "late: complete when=1 delay 100ms"});
  EXPECT_EQ(outcome.status, 99);
  EXPECT_THAT(outcome.err, HasSubstr("ORACLE buffer_ownership: the buffer of a write changed"));
  EXPECT_THAT(outcome.err, HasSubstr("what was done to it: delay of 100 ms by \"late\""));
  EXPECT_THAT(outcome.err, HasSubstr("between bytes 448 and 512"));
}

TEST(Oracles, ABufferThatStaysIsNone) {
  EXPECT_EQ(careless("careful", {"--fault", "complete delay 10ms"}).status, 0);
}

TEST(Oracles, MayBeTurnedOff) {
  EXPECT_EQ(careless("leave", {"--oracles", "none"}).status, 0);
  EXPECT_EQ(careless("leave", {"--oracles", "dropped_iocb"}).status, 0);
  const Outcome quiet = careless("leave", {"--oracle-exit", "0"});
  EXPECT_EQ(quiet.status, 0);
  EXPECT_THAT(quiet.err, HasSubstr("ORACLE unreaped_events"));
}

TEST(Oracles, TheStatusIsTheUsersChoice) {
  EXPECT_EQ(careless("leave", {"--oracle-exit", "7"}).status, 7);
}

TEST(Oracles, AWordThatNamesNoneIsRefused) {
  const Outcome outcome = careless("leave", {"--oracles", "dropped"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("no oracle is called \"dropped\""));
}

TEST(Oracles, AreInTheReport) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--report", scratch / "r.json"}, {client("careless"), scratch / "f", "leave"});
  EXPECT_EQ(outcome.status, 99);
  const nlohmann::json report = read_json(scratch / "r.json");
  EXPECT_EQ(report["exit_status"], 99);
  EXPECT_EQ(report["oracles"], "default");
  EXPECT_EQ(report["oracle_counts"]["unreaped_events"], 1);
  ASSERT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["findings"][0]["oracle"], "unreaped_events");
  EXPECT_EQ(report["findings"][0]["process"], 0);
}

TEST(Oracles, AreInTheReplayLineWhenChosen) {
  EXPECT_THAT(careless("careful", {"--oracles", "all"}).err, HasSubstr(" --oracles all -- "));
  EXPECT_THAT(careless("careful", {}).err, Not(HasSubstr("--oracles")));
}

TEST(Oracles, AreAmongTheVariables) {
  const Outcome outcome = execute({aioemu(), "run", "--oracles", "all", "--print-env"});
  EXPECT_THAT(outcome.out, HasSubstr("export AIOEMU_ORACLES=all\n"));
}

TEST(TimeoutStory, NamesTheRequestThatHangsAndWhy) {
  const Outcome outcome =
      careless("wait", {"--timeout", "1", "--fault", "stuck: complete offset=4096+1 hang"});
  EXPECT_EQ(outcome.status, 124);
  EXPECT_THAT(outcome.err, HasSubstr("offset 4096 length 512"));
  EXPECT_THAT(outcome.err, HasSubstr("never completes: hang by \"stuck\""));
  EXPECT_THAT(outcome.err, HasSubstr("no request in flight will ever complete"));
}

}  // namespace
}  // namespace run_test
