// When a rule fires: sequences, windows of time, budgets, ratios, persistence.
#include <gtest/gtest.h>

#include <string>

#include "fault/injector.h"
#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

// For `count` writes: 'x' where the first rule fires.
std::string pattern(const Deciding& plan, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += plan.injector.decide(write_request()).rule == 0 ? 'x' : '.';
  }
  return text;
}

CompleteDecision at(const Deciding& plan, std::uint64_t now) {
  AcceptedRequest asked = write_request();
  asked.at.now = now;
  return plan.injector.decide(asked);
}

TEST(Schedule, FollowsASequence) {
  EXPECT_EQ(pattern(Deciding("complete seq=wxxw errno EIO"), 8), ".xx.....");
  EXPECT_EQ(pattern(Deciding("complete seq=wxwX errno EIO"), 8), ".x.xxxxx");
  EXPECT_EQ(pattern(Deciding("complete seq=xW errno EIO"), 4), "x...");
}

TEST(Schedule, KeepsToItsWindow) {
  const Deciding plan("complete after=10ns for=5ns errno EIO");
  EXPECT_EQ(at(plan, 9).rule, kNoRule);
  EXPECT_EQ(at(plan, 10).rule, 0);
  EXPECT_EQ(at(plan, 14).rule, 0);
  EXPECT_EQ(at(plan, 15).rule, kNoRule);
  EXPECT_EQ(plan.eligible(0), 2U);
}

TEST(Schedule, CountsWhenFromTheStartOfItsWindow) {
  const Deciding plan("complete after=10ns when=2 errno EIO");
  EXPECT_EQ(at(plan, 1).rule, kNoRule);
  EXPECT_EQ(at(plan, 11).rule, kNoRule);
  EXPECT_EQ(at(plan, 12).rule, 0);
}

TEST(Schedule, LetsABudgetGoByFirst) {
  const Deciding plan("complete op=write budget=8K errno ENOSPC");
  EXPECT_EQ(pattern(plan, 4), "..xx");
  EXPECT_EQ(plan.eligible(0), 2U);
  EXPECT_EQ(pattern(Deciding("complete op=write budget=6K errno ENOSPC"), 3), ".xx");
}

TEST(Schedule, WantsAllThatIsGiven) {
  EXPECT_EQ(pattern(Deciding("complete when=2+2 times=2 errno EIO"), 9), ".x.x.....");
  EXPECT_EQ(pattern(Deciding("complete when=2+2 seq=wwwX errno EIO"), 7), "...x.x.");
}

TEST(Schedule, CountsWhatTimesHoldsBack) {
  const Deciding plan("complete times=1 errno EIO");
  EXPECT_EQ(pattern(plan, 3), "x..");
  EXPECT_EQ(plan.suppressed(0), 2U);
}

TEST(Schedule, PersistentGoesOnOnceItHasFired) {
  EXPECT_EQ(pattern(Deciding("complete when=3 persist=persistent errno EIO"), 6), "..xxxx");
  EXPECT_EQ(pattern(Deciding("complete when=3 persist=transient errno EIO"), 6), "..x...");
}

TEST(Schedule, KeepsExactRatios) {
  const Deciding plan("complete probability=3/4 errno EIO", 5);
  int hits = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    AcceptedRequest asked = write_request();
    asked.identity.submit = i;
    hits += plan.injector.decide(asked).rule == 0 ? 1 : 0;
  }
  EXPECT_GT(hits, 700);
  EXPECT_LT(hits, 800);
}

TEST(Schedule, DrawsByPathOffsetAndLengthToo) {
  const Deciding plan("complete one_in=2 errno EIO", 1);
  const FileView view = plan.injector.view_of("/a");
  int with_path = 0;
  int by_offset = 0;
  for (std::int64_t i = 0; i < 64; ++i) {
    AcceptedRequest asked = write_request(4096, i * 4096);
    by_offset += plan.injector.decide(asked).rule == 0 ? 1 : 0;
    asked.file = &view;
    with_path += plan.injector.decide(asked).rule == 0 ? 1 : 0;
  }
  EXPECT_GT(by_offset, 10);
  EXPECT_LT(by_offset, 54);
  EXPECT_GT(with_path, 10);
  EXPECT_LT(with_path, 54);
}

// ---- a source of choices in place of the seed ----

TEST(ScheduleChoices, AsksWhetherARandomRuleFires) {
  Deciding plan("complete one_in=100 errno EIO");
  ScriptedChoices script({1, 0, 1});
  plan.injector.draw_from(&script);
  EXPECT_EQ(pattern(plan, 4), "x.x.");
  ASSERT_EQ(script.asked().size(), 4U);
  EXPECT_EQ(script.asked()[0].choice.kind, ChoiceKind::rule_fires);
  EXPECT_EQ(script.asked()[0].choice.answers, 2U);
  EXPECT_EQ(script.asked()[0].choice.odds, (Odds{1, 100}));
}

TEST(ScheduleChoices, AsksNothingWhereNothingIsLeftToChance) {
  Deciding plan("complete when=2 delay 1ms");
  ScriptedChoices script;
  plan.injector.draw_from(&script);
  EXPECT_EQ(pattern(plan, 3), "...");
  EXPECT_TRUE(script.asked().empty());
}

TEST(ScheduleChoices, AsksForTheDelay) {
  Deciding plan("complete delay 10ns..12ns");
  ScriptedChoices script({2});
  plan.injector.draw_from(&script);
  EXPECT_EQ(plan.injector.decide(write_request()).time, 12U);
  EXPECT_EQ(script.asked()[0].choice.kind, ChoiceKind::fault_amount);
  EXPECT_EQ(script.asked()[0].choice.answers, 3U);
}

}  // namespace
}  // namespace aioemu::fault
