#include "fault/profiles.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fault/capabilities.h"
#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

bool is_hostile(const Profile& profile) {
  return profile.name.find("hostile") != std::string_view::npos;
}

FaultPlan everything_of(std::string_view name, std::uint64_t seed = 0) {
  return plan_of_profile(name, seed, all_capabilities());
}

TEST(Profiles, AreThoseOfTheFaultModel) {
  EXPECT_EQ(profile_names(),
            (std::vector<std::string_view>{"faithful", "ci-container", "busy-kernel", "short-io",
                                           "out-of-order", "slow-disk", "stalling-disk",
                                           "hung-disk", "flaky-disk", "dying-disk", "full-disk",
                                           "bit-rot", "misdirected", "stale", "bad-fsync",
                                           "lying-disk", "power-cut", "hostile-kernel", "swarm"}));
}

TEST(Profiles, SayInOneLineWhatTheyAre) {
  for (const Profile& profile : profiles()) {
    EXPECT_GT(summary(profile).size(), 20U) << profile.name;
    EXPECT_LT(summary(profile).size(), 100U) << profile.name;
  }
}

TEST(Profiles, AreLegalUnlessTheirNameSaysOtherwise) {
  for (const Profile& profile : profiles()) {
    FaultPlan plan = everything_of(profile.name);
    EXPECT_TRUE(unsupported(plan, all_capabilities()).empty()) << profile.name;
    plan.legal.reset();
    EXPECT_EQ(illegal(plan).empty(), !is_hostile(profile)) << profile.name;
  }
}

TEST(Profiles, NameEachRuleAfterThemselves) {
  for (const Profile& profile : profiles()) {
    if (profile.name == "swarm") continue;
    for (const FaultRule& rule : everything_of(profile.name).rules) {
      EXPECT_EQ(rule.name.substr(0, profile.name.size() > 6 ? 6 : profile.name.size()),
                profile.name.substr(0, 6))
          << print(rule);
      EXPECT_EQ(rule.origin.profile, profile.name);
    }
  }
}

TEST(Profiles, AllButTheFaithfulOneHaveRules) {
  for (const Profile& profile : profiles()) {
    EXPECT_EQ(everything_of(profile.name).rules.empty(), profile.name == "faithful")
        << profile.name;
  }
}

TEST(Profiles, ComeBehindTheRulesOfThePlan) {
  const auto result = parse_for(all_capabilities(), "profile bit-rot; x: submit partial 1", "p");
  const auto& plan = std::get<FaultPlan>(result);
  ASSERT_EQ(plan.rules.size(), 2U);
  EXPECT_EQ(plan.rules[0].name, "x");
  EXPECT_EQ(plan.rules[1].name, "bit-rot");
  EXPECT_TRUE(plan.profiles.empty());
}

TEST(Profiles, DoNotOverrideWhatThePlanSets) {
  const auto plan = [](std::string_view text) {
    return std::get<FaultPlan>(parse_for(all_capabilities(), text, "p"));
  };
  EXPECT_EQ(plan("profile ci-container").aio_max_nr, 1024U);
  EXPECT_EQ(plan("set aio-max-nr=5; profile ci-container").aio_max_nr, 5U);
  EXPECT_EQ(plan("profile out-of-order").order->kind, Order::Kind::random);
  EXPECT_EQ(plan("order lifo; profile out-of-order").order->kind, Order::Kind::lifo);
}

TEST(Profiles, AskForWhatIsIllegalByTheirName) {
  const auto result =
      parse_for(all_capabilities(), "set legal=kernel; profile hostile-kernel", "p");
  EXPECT_TRUE(std::holds_alternative<FaultPlan>(result));
}

TEST(Profiles, RefuseARuleOfTheSameName) {
  const auto result =
      parse_for(all_capabilities(), "bit-rot: submit partial 1; profile bit-rot", "p");
  EXPECT_EQ(std::get<PlanError>(result).message, "there is already a rule named 'bit-rot'");
}

TEST(Swarm, IsAnotherForEachSeedAndTheSameForTheSame) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const FaultPlan plan = everything_of("swarm", seed);
    EXPECT_EQ(plan, everything_of("swarm", seed));
    EXPECT_FALSE(plan.rules.empty());
    EXPECT_TRUE(unsupported(plan, all_capabilities()).empty());
    seen.insert(print(plan));
  }
  EXPECT_GT(seen.size(), 45U);
}

TEST(Swarm, HoldsOnlyWhatTheEngineCanDo) {
  Capabilities owner = run_capabilities();
  owner.flags = owner.direct = owner.paths = owner.time = true;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const FaultPlan plan = plan_of_profile("swarm", seed, owner);
    EXPECT_TRUE(unsupported(plan, owner).empty()) << print(plan);
    EXPECT_FALSE(plan.rules.empty());
  }
}

TEST(Swarm, UsesEveryLegalProfile) {
  std::set<std::string> rules;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const FaultRule& rule : everything_of("swarm", seed).rules) rules.insert(rule.name);
  }
  for (const Profile& profile : profiles()) {
    if (profile.name == "swarm" || is_hostile(profile)) continue;
    for (const FaultRule& rule : everything_of(profile.name).rules) {
      EXPECT_EQ(rules.count(rule.name), 1U) << rule.name;
    }
  }
}

}  // namespace
}  // namespace aioemu::fault
