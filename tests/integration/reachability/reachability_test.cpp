// Every fault that an owner of the core says it carries out happens, and a program notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fault/capabilities.h"
#include "fault/vocabulary.h"
#include "tests/integration/reachability/scenarios.h"

namespace reachability {

using aioemu::fault::Capabilities;
using aioemu::fault::Site;

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (const auto some : {call_scenarios(), complete_scenarios(), disk_scenarios()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

namespace {

const Capabilities& capabilities_of(Owner owner) {
  return owner == Owner::world ? aioemu::fault::world_capabilities()
                               : aioemu::fault::runtime_capabilities();
}

bool acts_at(const Scenario& scenario, const Site& site) {
  return &aioemu::fault::site_of(scenario.layer, scenario.action) == &site;
}

std::string title_of(const Site& site) {
  return std::string(word_of(site.layer)) + " " + title(site);
}

// ---- one site of one owner ----

struct Claim {
  Owner owner;
  const Site* site;
};

void PrintTo(const Claim& claim, std::ostream* out) {
  *out << capabilities_of(claim.owner).owner << ": " << title_of(*claim.site);
}

std::vector<Claim> claims() {
  std::vector<Claim> all;
  for (const Owner owner : {Owner::world, Owner::runtime}) {
    for (const Site& site : aioemu::fault::sites()) {
      if (supports(capabilities_of(owner), site)) all.push_back({owner, &site});
    }
  }
  return all;
}

std::string plan_of(const Scenario& scenario, bool with_rule) {
  std::string plan(scenario.other);
  if (with_rule) plan = "it: " + std::string(scenario.rule) + "\n" + plan;
  return plan;
}

class Reachability : public testing::TestWithParam<Claim> {};

TEST_P(Reachability, TheFaultFiresAndAProgramSeesIt) {
  const std::vector<Scenario> all = all_scenarios();
  const auto scenario = std::find_if(
      all.begin(), all.end(), [](const Scenario& one) { return acts_at(one, *GetParam().site); });
  ASSERT_NE(scenario, all.end()) << "no scenario for a fault that is claimed";

  const auto place = make_place(GetParam().owner, plan_of(*scenario, true));
  Session session(*place);
  EXPECT_EQ(scenario->see(session), scenario->expected) << "it: " << scenario->rule;
  EXPECT_GE(place->fired("it"), 1U);
}

TEST_P(Reachability, WithoutTheRuleTheProgramSeesSomethingElse) {
  const std::vector<Scenario> all = all_scenarios();
  for (const Scenario& scenario : all) {
    if (!acts_at(scenario, *GetParam().site)) continue;
    if (scenario.racy && GetParam().owner == Owner::runtime) continue;
    const auto place = make_place(GetParam().owner, plan_of(scenario, false));
    Session session(*place);
    EXPECT_NE(scenario.see(session), scenario.expected);
  }
}

std::string claim_name(const testing::TestParamInfo<Claim>& claim) {
  std::string name =
      std::string(capabilities_of(claim.param.owner).owner) + "_" + title_of(*claim.param.site);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' '; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sites, Reachability, testing::ValuesIn(claims()), claim_name);

// ---- the lists ----

TEST(Scenarios, ThereIsOneForEachSite) {
  const std::vector<Scenario> all = all_scenarios();
  for (const Site& site : aioemu::fault::sites()) {
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [&](const Scenario& one) { return acts_at(one, site); }),
              1)
        << title_of(site);
  }
}

TEST(Scenarios, WhatRunClaimsIsClaimedByTheRuntimeThatCarriesItOut) {
  for (const Site& site : aioemu::fault::sites()) {
    if (!supports(aioemu::fault::run_capabilities(), site)) continue;
    EXPECT_TRUE(supports(aioemu::fault::runtime_capabilities(), site)) << title_of(site);
  }
}

}  // namespace
}  // namespace reachability
