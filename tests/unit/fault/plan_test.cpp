#include "fault/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

Schedule schedule_of(std::uint64_t first, std::uint64_t last, std::uint64_t step,
                     std::uint64_t times, std::uint64_t one_in) {
  Schedule schedule;
  schedule.first = first;
  schedule.last = last;
  schedule.step = step;
  schedule.times = times;
  schedule.one_in = one_in;
  return schedule;
}

TEST(Parse, ReadsASubmitErrno) {
  const RuleBody rule = rule_of("submit errno EAGAIN");
  EXPECT_EQ(rule.layer, Layer::submit);
  EXPECT_EQ(rule.act.action, Action::error);
  EXPECT_EQ(rule.act.amount, std::uint64_t{EAGAIN});
  EXPECT_EQ(rule.schedule, Schedule{});
}

TEST(Parse, ReadsTheNameOfARule) {
  EXPECT_EQ(plan_of("first: submit nr>=2 when=1 partial 1").rules[0].name, "first");
  EXPECT_EQ(plan_of("seed: submit partial 1").rules[0].name, "seed");
}

TEST(Parse, TakesQualifiersInAnyOrder) {
  EXPECT_EQ(rule_of("complete when=3 op=write errno EIO"),
            rule_of("complete op=write when=3 errno EIO"));
}

TEST(Parse, ReadsOperationLists) {
  EXPECT_EQ(rule_of("complete op=read errno EIO").ops, kReadOps);
  EXPECT_EQ(rule_of("complete op=pread,fsync errno EIO").ops,
            op_bit(abi::Opcode::pread) | op_bit(abi::Opcode::fsync));
  EXPECT_EQ(rule_of("complete op=any errno ENOSPC").ops, kNoOps);
}

TEST(Parse, ReadsEachRelation) {
  const RuleBody rule =
      rule_of("complete fd=3 fd==4 fd!=5 len<6 len<=7 len>8 len>=9 nr=1..2 short 0");
  const std::vector<Condition> expected = {
      {Key::fd, Relation::equal, 3, 0},     {Key::fd, Relation::equal, 4, 0},
      {Key::fd, Relation::not_equal, 5, 0}, {Key::len, Relation::less, 6, 0},
      {Key::len, Relation::at_most, 7, 0},  {Key::len, Relation::greater, 8, 0},
      {Key::len, Relation::at_least, 9, 0}, {Key::nr, Relation::between, 1, 2}};
  ASSERT_EQ(rule.condition_count, 8U);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(rule.conditions[i], expected[i]) << i;
}

TEST(Parse, ReadsSizesWithUnits) {
  const RuleBody rule = rule_of("complete offset=4K..1M len=2G short 3k");
  EXPECT_EQ(rule.conditions[0], (Condition{Key::offset, Relation::between, 4096, 1048576}));
  EXPECT_EQ(rule.conditions[1], (Condition{Key::len, Relation::equal, 2147483648, 0}));
  EXPECT_EQ(rule.act.amount, 3072U);
}

TEST(Parse, ReadsARangeByItsLength) {
  EXPECT_EQ(rule_of("complete offset=4096+512 errno EIO").conditions[0],
            (Condition{Key::offset, Relation::between, 4096, 4607}));
}

TEST(Parse, ReadsEveryFormOfWhen) {
  const auto when = [](const std::string& text) {
    return rule_of("submit when=" + text + " errno EAGAIN").schedule;
  };
  EXPECT_EQ(when("3"), (schedule_of(3, 3, 1, kNoEnd, 1)));
  EXPECT_EQ(when("3+"), (schedule_of(3, kNoEnd, 1, kNoEnd, 1)));
  EXPECT_EQ(when("3+5"), (schedule_of(3, kNoEnd, 5, kNoEnd, 1)));
  EXPECT_EQ(when("3..9"), (schedule_of(3, 9, 1, kNoEnd, 1)));
  EXPECT_EQ(when("3..9+"), (schedule_of(3, 9, 1, kNoEnd, 1)));
  EXPECT_EQ(when("3..9+2"), (schedule_of(3, 9, 2, kNoEnd, 1)));
}

TEST(Parse, ReadsTimesAndChance) {
  EXPECT_EQ(rule_of("submit times=2 one_in=10 errno EAGAIN").schedule,
            (schedule_of(1, kNoEnd, 1, 2, 10)));
}

TEST(Parse, ReadsShortCounts) {
  EXPECT_EQ(rule_of("complete short 512").act.action, Action::short_to);
  const RuleBody less = rule_of("complete op=read short -1");
  EXPECT_EQ(less.act.action, Action::short_by);
  EXPECT_EQ(less.act.amount, 1U);
}

TEST(Parse, ReadsSettingsAndSeveralStatements) {
  const FaultPlan plan = plan_of(
      "plan 1\n# comment\nseed 7; set aio-max-nr=128\n\n"
      "submit errno EAGAIN; complete op=write errno EIO  # why\n");
  EXPECT_EQ(plan.seed, 7U);
  EXPECT_EQ(plan.aio_max_nr, 128U);
  EXPECT_EQ(plan.rules.size(), 2U);
}

TEST(Parse, TakesAnEmptyText) {
  EXPECT_EQ(plan_of(""), FaultPlan{});
  EXPECT_EQ(plan_of(" ;;\n # nothing\n"), FaultPlan{});
}

TEST(Print, IsCanonical) {
  EXPECT_EQ(canonical("submit when=1 nr >= 2 partial 1"), "submit nr>=2 when=1 partial 1\n");
  EXPECT_EQ(canonical("x: complete when=3..3+2 op=pwritev,pwrite len=4K errno EIO"),
            "x: complete op=write len=4096 when=3..3+2 errno EIO\n");
  EXPECT_EQ(canonical("seed 9;set aio-max-nr=5"), "seed 9\nset aio-max-nr=5\n");
}

TEST(Title, IsTheNameOrTheText) {
  EXPECT_EQ(title(plan_of("a: submit errno EAGAIN").rules[0]), "a");
  EXPECT_EQ(title(plan_of("submit errno EAGAIN").rules[0]), "submit errno EAGAIN");
}

TEST(Append, PutsRulesBehindAndKeepsSettings) {
  FaultPlan plan = plan_of("seed 1; a: submit errno EAGAIN");
  EXPECT_FALSE(append(plan, plan_of("seed 2; set aio-max-nr=9; complete errno EIO"), "more"));
  EXPECT_EQ(print(plan), "seed 1\nset aio-max-nr=9\na: submit errno EAGAIN\ncomplete errno EIO\n");
}

TEST(Append, RefusesASecondRuleOfTheSameName) {
  FaultPlan plan = plan_of("a: submit errno EAGAIN");
  const FaultPlan before = plan;
  const auto error = append(plan, plan_of("b: submit partial 1; a: submit partial 2"), "more");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->message, "there is already a rule named 'a'");
  EXPECT_EQ(plan, before);
}

}  // namespace
}  // namespace aioemu::fault
