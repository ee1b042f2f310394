#include "fault/injector.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

using Kind = CompleteDecision::Kind;

using Plan = Deciding;

int submit_rule(const Plan& plan, std::uint64_t nr) {
  return plan.injector.decide(SubmitCall{{}, nr}).rule;
}

AcceptedRequest write(std::uint64_t length = 4096, std::int64_t offset = 0) {
  return write_request(length, offset);
}

// For calls 1 .. count: 'x' where the rule fires.
std::string pattern(const Plan& plan, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += submit_rule(plan, 1) == 0 ? 'x' : '.';
  return text;
}

TEST(Injector, DoesNothingWithoutRules) {
  const Injector injector;
  EXPECT_FALSE(injector.acts_on(Layer::submit));
  EXPECT_FALSE(injector.acts_on(Layer::complete));
  EXPECT_EQ(injector.decide(SubmitCall{{}, 1}).rule, kNoRule);
  EXPECT_EQ(injector.decide(write()).kind, Kind::none);
}

TEST(Injector, KnowsItsLayers) {
  EXPECT_TRUE(Plan("submit errno EAGAIN").injector.acts_on(Layer::submit));
  EXPECT_FALSE(Plan("submit errno EAGAIN").injector.acts_on(Layer::complete));
}

TEST(Injector, FailsACallWithAnErrno) {
  const Plan plan("submit errno EAGAIN");
  const SubmitDecision decision = plan.injector.decide(SubmitCall{{}, 3});
  EXPECT_EQ(decision.rule, 0);
  EXPECT_EQ(decision.error, EAGAIN);
}

TEST(Injector, CutsABatchOnlyWhenSomethingIsLeftOver) {
  const Plan plan("submit partial 2");
  EXPECT_EQ(submit_rule(plan, 2), kNoRule);
  EXPECT_EQ(plan.eligible(0), 0U);
  const SubmitDecision decision = plan.injector.decide(SubmitCall{{}, 3});
  EXPECT_EQ(decision.error, 0);
  EXPECT_EQ(decision.accept, 2U);
}

TEST(Injector, FollowsWhen) {
  EXPECT_EQ(pattern(Plan("submit when=3 errno EAGAIN"), 6), "..x...");
  EXPECT_EQ(pattern(Plan("submit when=2+ errno EAGAIN"), 6), ".xxxxx");
  EXPECT_EQ(pattern(Plan("submit when=2+2 errno EAGAIN"), 6), ".x.x.x");
  EXPECT_EQ(pattern(Plan("submit when=2..4 errno EAGAIN"), 6), ".xxx..");
  EXPECT_EQ(pattern(Plan("submit when=1..5+2 errno EAGAIN"), 8), "x.x.x...");
}

TEST(Injector, FollowsTimes) {
  const Plan plan("submit times=2 errno EAGAIN");
  EXPECT_EQ(pattern(plan, 5), "xx...");
  EXPECT_EQ(plan.eligible(0), 5U);
  EXPECT_EQ(plan.fired(0), 2U);
}

TEST(Injector, CountsOnlyWhatMatches) {
  const Plan plan("complete op=write when=2 errno EIO");
  EXPECT_EQ(plan.injector.decide(write()).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::pread)).kind, Kind::none);
  const CompleteDecision decision = plan.injector.decide(write());
  EXPECT_EQ(decision.kind, Kind::error);
  EXPECT_EQ(decision.error, EIO);
  EXPECT_EQ(plan.eligible(0), 2U);
}

TEST(Injector, WithoutOpActsOnlyWhereTheErrorIsLegal) {
  const Plan plan("complete errno ENOSPC");
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::preadv)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::poll)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::fsync)).kind, Kind::error);
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::pwritev)).kind, Kind::error);
}

TEST(Injector, ShortensToACountBelowTheLength) {
  const Plan plan("complete short 512");
  EXPECT_EQ(plan.injector.decide(write(512)).kind, Kind::none);
  const CompleteDecision decision = plan.injector.decide(write(513));
  EXPECT_EQ(decision.kind, Kind::short_count);
  EXPECT_EQ(decision.bytes, 512U);
  EXPECT_EQ(plan.injector.decide(request(abi::Opcode::fsync)).kind, Kind::none);
}

TEST(Injector, ShortensByACount) {
  const Plan plan("complete short -512");
  EXPECT_EQ(plan.injector.decide(write(511)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(write(512)).bytes, 0U);
  EXPECT_EQ(plan.injector.decide(write(4096)).bytes, 3584U);
}

TEST(Injector, MatchesDescriptorAndLength) {
  const Plan plan("complete fd=3 len>=4096 len<8192 errno EIO");
  EXPECT_EQ(plan.injector.decide(write(4095)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(write(4096)).kind, Kind::error);
  EXPECT_EQ(plan.injector.decide(write(8192)).kind, Kind::none);
  AcceptedRequest other = write();
  other.fd = 4;
  EXPECT_EQ(plan.injector.decide(other).kind, Kind::none);
}

TEST(Injector, MatchesOverlappingRanges) {
  const Plan plan("complete offset=4096..8191 errno EIO");
  EXPECT_EQ(plan.injector.decide(write(4096, 0)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(write(4097, 0)).kind, Kind::error);
  EXPECT_EQ(plan.injector.decide(write(1, 8191)).kind, Kind::error);
  EXPECT_EQ(plan.injector.decide(write(1, 8192)).kind, Kind::none);
}

TEST(Injector, ComparesTheOffsetItself) {
  const Plan plan("complete offset==4096 errno EIO");
  EXPECT_EQ(plan.injector.decide(write(4097, 0)).kind, Kind::none);
  EXPECT_EQ(plan.injector.decide(write(1, 4096)).kind, Kind::error);
}

TEST(Injector, LetsTheFirstRuleThatFiresWin) {
  const Plan plan("submit when=2 errno EAGAIN; submit errno EINVAL; submit errno EBADF");
  EXPECT_EQ(submit_rule(plan, 1), 1);
  EXPECT_EQ(submit_rule(plan, 1), 0);
  EXPECT_EQ(submit_rule(plan, 1), 1);
  EXPECT_EQ(plan.eligible(0), 3U);
  EXPECT_EQ(plan.eligible(1), 2U);
  EXPECT_EQ(plan.eligible(2), 0U);
}

TEST(Injector, TakesBackWhatMadeNoDifference) {
  const Plan plan("complete short 512");
  const CompleteDecision decision = plan.injector.decide(write());
  plan.injector.take_back(decision.rule);
  EXPECT_EQ(plan.fired(0), 0U);
  plan.injector.take_back(kNoRule);
}

std::vector<int> draws(const Plan& plan, int rule) {
  std::vector<int> fired;
  for (std::uint64_t i = 0; i < 300; ++i) {
    AcceptedRequest made = write();
    made.identity.submit = i;
    if (plan.injector.decide(made).rule == rule) fired.push_back(static_cast<int>(i));
  }
  return fired;
}

TEST(InjectorRandom, IsTheSameForTheSameSeed) {
  const std::string text = "complete one_in=10 errno EIO";
  EXPECT_EQ(draws(Plan(text, 1), 0), draws(Plan(text, 1), 0));
  EXPECT_NE(draws(Plan(text, 1), 0), draws(Plan(text, 2), 0));
}

TEST(InjectorRandom, KeepsTheRatioRoughly) {
  const std::size_t hits = draws(Plan("complete one_in=10 errno EIO", 3), 0).size();
  EXPECT_GT(hits, 10U);
  EXPECT_LT(hits, 60U);
}

TEST(InjectorRandom, IsNotShiftedByOtherRules) {
  EXPECT_EQ(draws(Plan("complete one_in=10 errno EIO", 1), 0),
            draws(Plan("complete op=fsync errno EIO; x: complete one_in=10 errno EIO", 1), 1));
}

TEST(InjectorRandom, GivesEqualRulesTheirOwnStreams) {
  const std::string text = "complete one_in=10 errno EIO";
  const Plan both(text + ";" + text, 1);
  EXPECT_NE(draws(both, 0), draws(Plan(text + ";" + text, 1), 1));
}

TEST(Injector, CountsExactlyWithManyThreads) {
  const Plan plan("submit when=1+2 times=100 errno EAGAIN");
  std::atomic<int> fired{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) fired += submit_rule(plan, 1) == 0 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(plan.eligible(0), 4000U);
  EXPECT_EQ(fired, 100);
  EXPECT_EQ(plan.fired(0), 100U);
}

}  // namespace
}  // namespace aioemu::fault
