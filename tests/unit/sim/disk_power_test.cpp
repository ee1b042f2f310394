#include <set>

#include "disk_fixture.h"

namespace aioemu::sim {
namespace {

// What the disk may hold after a power cut: every way the choices can go.
std::set<std::string> every_outcome(const Disk& disk) {
  std::set<std::string> outcomes;
  std::vector<std::uint32_t> script;
  for (bool more = true; more;) {
    Disk copy = disk;
    ScriptedChoices choices(script);
    copy.power_cut(choices);
    outcomes.insert(contents(copy));
    more = choices.next_script(script);
  }
  return outcomes;
}

TEST(DiskPower, EachBlockIsDroppedOrKeptByItself) {
  Disk disk(kSmall, 1, 128);
  put(disk, 0, "a");
  put(disk, 64, "b");
  const auto with = [](const char* first, const char* second) {
    std::string text = of('\0', 128);
    text.replace(0, 1, first, 1);
    text.replace(64, 1, second, 1);
    return text;
  };
  EXPECT_THAT(every_outcome(disk), testing::UnorderedElementsAre(with("\0", "\0"), with("a", "\0"),
                                                                 with("\0", "b"), with("a", "b")));
}

TEST(DiskPower, ABlockMayBeAsAnyWriteSinceTheSyncLeftIt) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, "aaaa");
  disk.sync(disk.mark());
  put(disk, 1, "b");
  put(disk, 2, "c");
  const std::string rest = of('\0', 60);
  EXPECT_THAT(every_outcome(disk),
              testing::UnorderedElementsAre("aaaa" + rest, "abaa" + rest, "abca" + rest));
}

TEST(DiskPower, ATornBlockIsMadeOfWholeSectors) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  disk.sync(disk.mark());
  put(disk, 8, of('b', 32));  // parts of sectors 0 and 2, all of sector 1
  const std::string zero = of('a', 8) + of('b', 8);
  const std::string two = of('b', 8) + of('a', 8);
  std::set<std::string> expected;
  for (const std::string& first : {of('a', 16), zero}) {
    for (const std::string& second : {of('a', 16), of('b', 16)}) {
      for (const std::string& third : {of('a', 16), two}) {
        expected.insert(first + second + third + of('a', 16));
      }
    }
  }
  EXPECT_EQ(every_outcome(disk), expected);
}

TEST(DiskPower, TheReportCountsWhatBecameOfEachBlock) {
  Disk disk(kSmall, 1, 256);
  for (std::uint64_t block = 0; block < 4; ++block) {
    put(disk, block * 64, of('a', 64));
    put(disk, block * 64, of('b', 64));
  }
  // Dropped; the earlier; the newest; torn, with one sector of each age and two as they were.
  const PowerCutReport report = cut(disk, {0, 1, 2, 3, 1, 2, 0, 0});
  EXPECT_EQ(report.dropped, 1U);
  EXPECT_EQ(report.earlier, 1U);
  EXPECT_EQ(report.newest, 1U);
  EXPECT_EQ(report.torn, 1U);
  EXPECT_EQ(contents(disk),
            of('\0', 64) + of('a', 64) + of('b', 64) + of('a', 16) + of('b', 16) + of('\0', 32));
}

TEST(DiskPower, TheFileReachesAsFarAsWhatArrived) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  put(disk, 64, of('b', 70));
  Disk second_only = disk;
  cut(second_only, {0, 1, 0});
  EXPECT_EQ(contents(second_only), of('\0', 64) + of('b', 64));
  Disk last_only = disk;
  cut(last_only, {0, 0, 1});
  EXPECT_EQ(contents(last_only), of('\0', 128) + of('b', 6));
  cut(disk);
  EXPECT_EQ(disk.size(), 0U);
}

TEST(DiskPower, ATornEndOfTheFileEndsWithItsLastSector) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 40));
  cut(disk, {2, 0, 1, 0});
  EXPECT_EQ(contents(disk), of('\0', 16) + of('a', 16));
}

TEST(DiskPower, WhatSurvivedIsDurable) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  cut(disk, {1});
  EXPECT_EQ(every_outcome(disk), std::set<std::string>{of('a', 64)});
}

TEST(DiskPower, ATruncationMayBeUndoneWithAllThatFollowedIt) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  disk.sync(disk.mark());
  disk.truncate();
  EXPECT_EQ(disk.size(), 0U);
  put(disk, 0, "new");
  EXPECT_THAT(every_outcome(disk), testing::UnorderedElementsAre(of('a', 64), "", "new"));
}

TEST(DiskPower, ASyncMakesATruncationDurable) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  disk.sync(disk.mark());
  const Disk::Mark before = disk.mark();
  disk.truncate();
  disk.sync(before);
  EXPECT_EQ(every_outcome(disk).size(), 2U);
  disk.sync(disk.mark());
  EXPECT_EQ(every_outcome(disk), std::set<std::string>{""});
}

TEST(DiskPower, ASyncReachesWhatWasWrittenBeforeATruncationAfterIt) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  const Disk::Mark issued = disk.mark();
  disk.truncate();
  disk.sync(issued);
  EXPECT_THAT(every_outcome(disk), testing::UnorderedElementsAre(of('a', 64), ""));
}

TEST(DiskPower, ManyTruncationsAreWrittenBackOldestFirst) {
  Disk disk(kSmall, 1, 0);
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    put(disk, 0, of(letter, 16));
    disk.sync(disk.mark());
    disk.truncate();
    put(disk, 0, of('-', 16));
  }
  const std::set<std::string> outcomes = every_outcome(disk);
  EXPECT_EQ(outcomes.count(of('z', 16)), 1U);
  EXPECT_EQ(outcomes.count(of('a', 16)), 0U);
}

TEST(DiskPower, TheSameSeedLeavesTheSame) {
  Disk disk(kSmall, 7, 0);
  put(disk, 0, of('a', 1000));
  put(disk, 100, of('b', 500));
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Disk one = disk;
    Disk again = disk;
    SeededChoices first(seed);
    SeededChoices second(seed);
    one.power_cut(first);
    again.power_cut(second);
    EXPECT_EQ(contents(one), contents(again));
    outcomes.insert(contents(one));
  }
  EXPECT_GT(outcomes.size(), 1U);
}

}  // namespace
}  // namespace aioemu::sim
