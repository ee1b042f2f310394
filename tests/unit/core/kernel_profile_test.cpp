#include "core/kernel_profile.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "abi/aio_abi.h"

namespace aioemu::core {
namespace {

TEST(KernelProfiles, AreNamedAfterKernelsOldestFirst) {
  std::vector<std::string> names;
  for (const KernelProfile& each : profiles()) names.emplace_back(each.name);
  EXPECT_EQ(names, (std::vector<std::string>{"linux-5.10", "linux-6.1.176", "linux-6.1",
                                             "linux-6.12", "linux-6.18", "linux-7.2"}));
}

TEST(KernelProfiles, AreFoundByTheirWholeNameOnly) {
  for (const KernelProfile& each : profiles()) {
    ASSERT_TRUE(profile_named(each.name).has_value());
    EXPECT_EQ(profile_named(each.name)->name, each.name);
  }
  EXPECT_FALSE(profile_named("").has_value());
  EXPECT_FALSE(profile_named("linux").has_value());
  EXPECT_FALSE(profile_named("linux-6").has_value());
  EXPECT_FALSE(profile_named("linux-6.180").has_value());
}

TEST(KernelProfiles, EachStandsForTheReleasesUpToTheNextOne) {
  const auto name = [](std::string_view release) { return profile_for_release(release).name; };
  EXPECT_EQ(name("4.19.0"), "linux-5.10");
  EXPECT_EQ(name("5.15.167-generic"), "linux-5.10");
  EXPECT_EQ(name("6.1"), "linux-6.1.176");
  EXPECT_EQ(name("6.1.176-1"), "linux-6.1.176");
  EXPECT_EQ(name("6.1.177"), "linux-6.1");
  EXPECT_EQ(name("6.8.0-45-generic"), "linux-6.1");
  EXPECT_EQ(name("6.12.0"), "linux-6.12");
  EXPECT_EQ(name("6.18.44-fc-v657"), "linux-6.18");
  EXPECT_EQ(name("7.0.9"), "linux-6.18");
  EXPECT_EQ(name("7.1-rc3"), "linux-7.2");
  EXPECT_EQ(name("8"), "linux-7.2");
}

TEST(KernelProfiles, WhatIsNoReleaseIsTakenForTheNewest) {
  for (const char* text : {"", "unknown", ".", "-1", "99999999999.1"}) {
    EXPECT_EQ(profile_for_release(text).name, profiles().back().name) << text;
  }
}

TEST(KernelProfiles, TheDefaultIsOneOfThem) {
  const KernelProfile usual;
  const std::optional<KernelProfile> named = profile_named(usual.name);
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->rwf_known, usual.rwf_known);
  EXPECT_EQ(named->wake_rule, usual.wake_rule);
}

// What a kernel learned, its successors know too.
TEST(KernelProfiles, NoKernelForgetsWhatAnOlderOneKnew) {
  KernelProfile older = profiles().front();
  for (const KernelProfile& newer : profiles()) {
    EXPECT_EQ(older.rwf_known & ~newer.rwf_known, 0U) << newer.name;
    EXPECT_TRUE(newer.ioprio_hints || !older.ioprio_hints) << newer.name;
    EXPECT_TRUE(newer.single_segment_clamped || !older.single_segment_clamped) << newer.name;
    EXPECT_TRUE(newer.timerfd_read_iter || !older.timerfd_read_iter) << newer.name;
    EXPECT_TRUE(newer.tmpfs_direct || !older.tmpfs_direct) << newer.name;
    EXPECT_GE(newer.wake_rule, older.wake_rule) << newer.name;
    older = newer;
  }
}

// D1, D4, D5: where the lines are.
TEST(KernelProfiles, KernelsUpTo61WakeAtEveryCompletionAndKnowFewFlags) {
  for (const char* name : {"linux-5.10", "linux-6.1.176", "linux-6.1"}) {
    const KernelProfile profile = profile_named(name).value();
    EXPECT_EQ(profile.wake_rule, WakeRule::every_completion) << name;
    EXPECT_EQ(profile.rwf_known & abi::kRwfAppend, abi::kRwfAppend) << name;
    EXPECT_EQ(profile.rwf_known & abi::kRwfNoappend, 0U) << name;
    EXPECT_FALSE(profile.single_segment_clamped) << name;
    EXPECT_FALSE(profile.timerfd_read_iter) << name;
    EXPECT_FALSE(profile.tmpfs_direct) << name;
  }
}

TEST(KernelProfiles, HintsCameTo61WithAStableUpdate) {
  EXPECT_FALSE(profile_named("linux-6.1.176")->ioprio_hints);
  EXPECT_TRUE(profile_named("linux-6.1")->ioprio_hints);
}

TEST(KernelProfiles, Linux612LacksTheFlagsThatCameLater) {
  const KernelProfile profile = profile_named("linux-6.12").value();
  EXPECT_EQ(profile.wake_rule, WakeRule::enough_events);
  EXPECT_NE(profile.rwf_known & abi::kRwfNoappend, 0U);
  EXPECT_NE(profile.rwf_known & abi::kRwfAtomic, 0U);
  EXPECT_EQ(profile.rwf_known & abi::kRwfDontcache, 0U);
  EXPECT_EQ(profile.rwf_known & abi::kRwfNosignal, 0U);
}

}  // namespace
}  // namespace aioemu::core
