#include "observe/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/observe/play.h"

namespace aioemu::observe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Names names() {
  Names result;
  result.rule = [](std::int32_t rule) { return rule == 0 ? "cut" : ""; };
  result.code = [](std::uint64_t address) {
    return address == 0x4010 ? std::string("writer+0x10 (flush)") : std::string();
  };
  result.file = [](std::uint64_t) { return std::string("data.db"); };
  return result;
}

std::vector<std::string> only_finding(const Play& play) {
  const Tale tale = play.tale();
  EXPECT_EQ(tale.findings.size(), 1U);
  return tale.findings.empty() ? std::vector<std::string>() : describe(tale.findings[0], names());
}

TEST(DescribeFinding, ADroppedIocbTellsWhereItWasRefusedAndWhatToDo) {
  Play play;
  play.accept({});
  Record refused = play.record(Event::refused, {.offset = 4096, .data = 42, .iocb = 0x2000});
  refused.caller = 0x4010;
  refused.rule = 0;
  play.tell(refused);
  play.end();
  EXPECT_THAT(only_finding(play),
              ElementsAre("dropped_iocb: an iocb that io_submit did not accept was never offered "
                          "again",
                          "pwrite fd 3 (data.db) offset 4096 length 4096 data 0x2a iocb 0x2000",
                          "refused as element 1 of io_submit number 1 on context 1, after 2 us, "
                          "called from writer+0x10 (flush)",
                          "the call accepted less than it was given, by \"cut\"",
                          StartsWith("what to do: ")));
}

TEST(DescribeFinding, AShortOneTellsWhatWasDoneAndHowItEnded) {
  Play play;
  const Ask ask{};
  const std::uint64_t serial = play.accept(ask);
  Record fault = play.record(Event::fault, ask);
  fault.serial = serial;
  fault.rule = 0;
  fault.layer = fault::Layer::complete;
  fault.action = fault::Action::short_to;
  play.tell(fault);
  play.complete(serial, ask, 512, 0);
  play.end();
  const std::vector<std::string> lines = only_finding(play);
  EXPECT_THAT(lines, testing::Contains("what was done to it: short by \"cut\""));
  EXPECT_THAT(lines, testing::Contains("completed with 512 of 4096 bytes after 3 us, by \"cut\""));
}

TEST(DescribeFinding, EveryOracleHasAHeadlineWithItsNameAndAnAdvice) {
  for (std::size_t i = 0; i < kOracles; ++i) {
    Finding finding;
    finding.oracle = static_cast<Oracle>(i);
    const std::vector<std::string> lines = describe(finding, {});
    ASSERT_GE(lines.size(), 2U);
    EXPECT_THAT(lines.front(), StartsWith(std::string(word_of(finding.oracle)) + ": "));
    EXPECT_THAT(lines.back(), StartsWith("what to do: "));
  }
}

TEST(DescribeFinding, WithoutNamesNumbersStandForThemselves) {
  Play play;
  Record refused = play.record(Event::refused, {});
  refused.result = -EAGAIN;
  refused.rule = 6;
  refused.caller = 0xabc;
  play.tell(refused);
  play.end();
  const std::vector<std::string> lines = describe(play.tale().findings.at(0), {});
  EXPECT_THAT(lines, testing::Contains("the call failed with EAGAIN, by rule 7"));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("called from 0xabc")));
}

TEST(WhyInFlight, NamesTheRuleThatHoldsARequest) {
  Story story;
  Record fault;
  fault.rule = 0;
  fault.layer = fault::Layer::complete;
  fault.action = fault::Action::delay;
  fault.amount = 1500000;
  story.add(fault);
  EXPECT_EQ(why_in_flight(story, names()), "held back: delay of 1.5 ms by \"cut\"");
  fault.action = fault::Action::hang;
  Story hung;
  hung.add(fault);
  EXPECT_EQ(why_in_flight(hung, names()), "never completes: hang by \"cut\"");
}

TEST(WhyInFlight, SaysWhatAPollWaitsFor) {
  Story story;
  story.request.op = abi::Opcode::poll;
  EXPECT_EQ(why_in_flight(story, {}), "its file has not become ready");
}

TEST(SpokenTime, HasAUnitAndAtMostThreeDigitsBehindThePoint) {
  EXPECT_EQ(spoken_time(0), "0 ns");
  EXPECT_EQ(spoken_time(999), "999 ns");
  EXPECT_EQ(spoken_time(1000), "1 us");
  EXPECT_EQ(spoken_time(1500), "1.5 us");
  EXPECT_EQ(spoken_time(12'340'000), "12.34 ms");
  EXPECT_EQ(spoken_time(61'005'000'000), "61.005 s");
}

}  // namespace
}  // namespace aioemu::observe
