#include "cli/sweep_points.h"

#include <gtest/gtest.h>

#include <numeric>

#include "cli/sweep_job.h"

namespace aioemu::cli {
namespace {

using Points = std::vector<std::uint64_t>;

fault::FaultRule rule(const std::string& text) {
  return std::get<fault::FaultPlan>(fault::parse(text, "test")).rules.at(0);
}

TEST(SweepPoints, PutWhenInThePlaceOfASchedule) {
  EXPECT_EQ(print(at_point(rule("submit when=3+3 partial 1"), 2)), "submit when=2 partial 1");
  EXPECT_EQ(print(at_point(rule("submit one_in=100 errno EAGAIN"), 1)),
            "submit when=1 errno EAGAIN");
  EXPECT_EQ(print(at_point(rule("x: complete probability=1% times=4 seq=wxX errno EIO"), 7)),
            "x: complete when=7 errno EIO");
}

TEST(SweepPoints, KeepWhatDecidesWhetherARuleIsEligible) {
  EXPECT_EQ(print(at_point(rule("complete op=write len>=512 after=1s for=2s budget=4096 "
                                "persist=persistent errno EIO"),
                           2)),
            "complete op=write len>=512 when=2 after=1s for=2s budget=4096 persist=persistent "
            "errno EIO");
}

TEST(SweepPoints, TakeAllSpaceAwayAtOneRequest) {
  EXPECT_EQ(print(at_point(rule("durability enospc budget=1M refill=1M after=1s"), 5)),
            "durability when=5 enospc budget=0");
}

TEST(SweepPoints, CountWithARuleThatCanBeWrittenDown) {
  const fault::FaultRule counted = counting(rule("submit one_in=2 partial 1"));
  EXPECT_EQ(rule(print(counted)), counted);
  EXPECT_GT(counted.body.schedule.first, std::uint64_t{1} << 60U);
}

TEST(SweepPoints, HaveDefaultsForWhatTheOwnerCarriesOut) {
  EXPECT_EQ(default_rules(fault::all_capabilities()).size(), 5U);
  fault::Capabilities nothing;
  EXPECT_TRUE(default_rules(nothing).empty());
  for (const fault::FaultRule& each : default_rules(fault::all_capabilities())) {
    EXPECT_NE(fault::legality_of(each.body), fault::Legality::illegal) << print(each);
  }
}

TEST(SweepPoints, AreAllChosenWhenThereIsRoom) {
  const Points points = {3, 0, 2};
  EXPECT_EQ(chosen_points(points, 5), (std::vector<Points>{{1, 2, 3}, {}, {1, 2}}));
  EXPECT_EQ(chosen_points(points, 1000), (std::vector<Points>{{1, 2, 3}, {}, {1, 2}}));
}

TEST(SweepPoints, AreChosenEvenlyWithTheFirstAndTheLast) {
  const Points one = {1000};
  EXPECT_EQ(chosen_points(one, 4), (std::vector<Points>{{1, 334, 667, 1000}}));
  EXPECT_EQ(chosen_points(one, 1), (std::vector<Points>{{1}}));
}

TEST(SweepPoints, GiveEveryRuleItsShare) {
  const Points points = {1000000, 2, 10};
  const auto chosen = chosen_points(points, 30);
  EXPECT_EQ(chosen[1].size(), 2U);
  EXPECT_EQ(chosen[2].size(), 10U);
  EXPECT_EQ(chosen[0].size(), 18U);
  EXPECT_EQ(chosen[0].back(), 1000000U);
  EXPECT_EQ(chosen_points(points, 2)[0].size(), 1U);
}

TEST(SweepPoints, DoNotOverflow) {
  const Points points = {~std::uint64_t{0}};
  const auto chosen = chosen_points(points, 3);
  EXPECT_EQ(chosen[0].front(), 1U);
  EXPECT_EQ(chosen[0].back(), ~std::uint64_t{0});
  EXPECT_LT(chosen[0][1], chosen[0][2]);
}

TEST(SweepReplay, IsTheRunsOwnLineWithoutADirectory) {
  RunOptions options;
  options.program = {"./prog", "a b"};
  fault::FaultPlan plan;
  plan.rules = {rule("submit when=2 partial 1")};
  EXPECT_EQ(sweep_replay(options, plan, false),
            "aioemu run --seed 0 --fault 'submit when=2 partial 1' -- ./prog 'a b'");
}

TEST(SweepReplay, MakesTheDirectoryAndNamesItInEveryWord) {
  RunOptions options;
  options.program = {"./prog", "{}", "{}/a b{}", ""};
  EXPECT_EQ(sweep_replay(options, {}, true),
            "export AIOEMU_SWEEP_DIR=\"$(mktemp -d)\"; aioemu run --seed 0 -- ./prog "
            "\"$AIOEMU_SWEEP_DIR\" \"$AIOEMU_SWEEP_DIR\"'/a b'\"$AIOEMU_SWEEP_DIR\" ''");
}

TEST(SweepJob, KnowsWhetherTheCommandNamesItsDirectory) {
  EXPECT_TRUE(names_scratch({"prog", "--dir={}"}));
  EXPECT_TRUE(names_scratch({"sh", "-c", "prog $AIOEMU_SWEEP_DIR/f"}));
  EXPECT_FALSE(names_scratch({"prog", "/tmp/f"}));
}

}  // namespace
}  // namespace aioemu::cli
