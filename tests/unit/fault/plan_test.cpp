#include "fault/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.h"

namespace aioemu::fault {
namespace {

FaultPlan plan_of(std::string_view text) {
  const auto result = parse(text, "test");
  if (const auto* error = std::get_if<PlanError>(&result)) {
    ADD_FAILURE() << describe(*error);
    return {};
  }
  return std::get<FaultPlan>(result);
}

RuleBody rule_of(std::string_view text) {
  const FaultPlan plan = plan_of(text);
  if (plan.rules.size() != 1) {
    ADD_FAILURE() << plan.rules.size() << " rules in " << text;
    return {};
  }
  return plan.rules[0].body;
}

std::string canonical(std::string_view text) { return print(plan_of(text)); }

TEST(Parse, ReadsASubmitErrno) {
  const RuleBody rule = rule_of("submit errno EAGAIN");
  EXPECT_EQ(rule.layer, Layer::submit);
  EXPECT_EQ(rule.action, Action::error);
  EXPECT_EQ(rule.amount, std::uint64_t{EAGAIN});
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
  EXPECT_EQ(rule.amount, 3072U);
}

TEST(Parse, ReadsARangeByItsLength) {
  EXPECT_EQ(rule_of("complete offset=4096+512 errno EIO").conditions[0],
            (Condition{Key::offset, Relation::between, 4096, 4607}));
}

TEST(Parse, ReadsEveryFormOfWhen) {
  const auto when = [](const std::string& text) {
    return rule_of("submit when=" + text + " errno EAGAIN").schedule;
  };
  EXPECT_EQ(when("3"), (Schedule{3, 3, 1, kNoEnd, 1}));
  EXPECT_EQ(when("3+"), (Schedule{3, kNoEnd, 1, kNoEnd, 1}));
  EXPECT_EQ(when("3+5"), (Schedule{3, kNoEnd, 5, kNoEnd, 1}));
  EXPECT_EQ(when("3..9"), (Schedule{3, 9, 1, kNoEnd, 1}));
  EXPECT_EQ(when("3..9+"), (Schedule{3, 9, 1, kNoEnd, 1}));
  EXPECT_EQ(when("3..9+2"), (Schedule{3, 9, 2, kNoEnd, 1}));
}

TEST(Parse, ReadsTimesAndChance) {
  EXPECT_EQ(rule_of("submit times=2 one_in=10 errno EAGAIN").schedule,
            (Schedule{1, kNoEnd, 1, 2, 10}));
}

TEST(Parse, ReadsShortCounts) {
  EXPECT_EQ(rule_of("complete short 512").action, Action::short_to);
  const RuleBody less = rule_of("complete op=read short -1");
  EXPECT_EQ(less.action, Action::short_by);
  EXPECT_EQ(less.amount, 1U);
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

// A rule that the parser could have made, drawn from `random`.
class RuleMaker {
 public:
  explicit RuleMaker(std::uint64_t seed) : random_(seed) {}

  FaultRule make(int number) {
    FaultRule rule;
    if (random_.below(2) == 0) rule.name = "rule-" + std::to_string(number);
    RuleBody& body = rule.body;
    body.layer = random_.below(2) == 0 ? Layer::submit : Layer::complete;
    body.condition_count = static_cast<std::uint32_t>(random_.below(4));
    for (std::uint32_t i = 0; i < body.condition_count; ++i) {
      body.conditions[i] = condition(body.layer);
    }
    body.schedule = schedule();
    body.layer == Layer::submit ? submit_action(body) : complete_action(body);
    return rule;
  }

 private:
  Condition condition(Layer layer) {
    Condition made;
    made.key = layer == Layer::submit ? Key::nr : static_cast<Key>(random_.below(4));
    made.relation = static_cast<Relation>(random_.below(7));
    made.low = random_.below(100000);
    if (made.relation == Relation::between) made.high = made.low + random_.below(100000);
    return made;
  }

  Schedule schedule() {
    Schedule made;
    if (random_.below(2) == 0) {
      made.first = 1 + random_.below(9);
      const std::uint64_t ends[] = {kNoEnd, made.first, made.first + random_.below(9)};
      made.last = ends[random_.below(3)];
      made.step = 1 + random_.below(3);
    }
    if (random_.below(3) == 0) made.times = 1 + random_.below(9);
    if (random_.below(3) == 0) made.one_in = 1 + random_.below(9);
    return made;
  }

  void submit_action(RuleBody& body) {
    body.action = random_.below(2) == 0 ? Action::error : Action::partial;
    body.amount = body.action == Action::error ? EAGAIN : 1 + random_.below(9);
  }

  void complete_action(RuleBody& body) {
    constexpr OpSet kTransfers = kReadOps | kWriteOps;
    body.ops = static_cast<OpSet>(random_.next()) & kTransfers;
    constexpr Action kActions[] = {Action::error, Action::short_to, Action::short_by};
    body.action = kActions[random_.below(3)];
    body.amount = body.action == Action::error ? EIO : 1 + random_.below(9999);
  }

  Prng random_;
};

TEST(Print, IsReadBackAsTheSamePlan) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RuleMaker maker(seed);
    FaultPlan plan;
    if (seed % 3 == 0) plan.seed = seed;
    if (seed % 5 == 0) plan.aio_max_nr = seed;
    for (int i = 0; i < 4; ++i) plan.rules.push_back(maker.make(i));
    ASSERT_EQ(plan_of(print(plan)), plan) << print(plan);
  }
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
