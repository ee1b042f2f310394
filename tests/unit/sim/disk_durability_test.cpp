#include <cerrno>

#include "disk_fixture.h"

namespace aioemu::sim {
namespace {

TEST(DiskDurability, ReadsSeeTheLatestWriteWhetherDurableOrNot) {
  Disk disk(kSmall, 1, 128);
  EXPECT_EQ(contents(disk), of('\0', 128));
  put(disk, 10, "abcdef");
  put(disk, 12, "XY");
  EXPECT_EQ(get(disk, 9, 8), std::string("\0abXYef\0", 8));
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  EXPECT_EQ(get(disk, 9, 8), std::string("\0abXYef\0", 8));
}

TEST(DiskDurability, WritesExtendTheFileAndLeaveHolesOfZeroes) {
  Disk disk(kSmall, 1, 0);
  put(disk, (1ULL << 40U) + 3, "far");
  EXPECT_EQ(disk.size(), (1ULL << 40U) + 6);
  EXPECT_EQ(get(disk, 1ULL << 40U, 6), std::string("\0\0\0far", 6));
  EXPECT_EQ(get(disk, 500, 3), of('\0', 3));
}

TEST(DiskDurability, ASyncMakesDurableWhatItsMarkSaysAndNoMore) {
  Disk disk(kSmall, 1, 128);
  put(disk, 0, of('a', 64));
  const Disk::Mark issued = disk.mark();
  put(disk, 0, of('b', 64));
  put(disk, 64, of('c', 64));
  EXPECT_EQ(disk.sync(issued), 0);
  EXPECT_EQ(contents(disk), of('b', 64) + of('c', 64));
  cut(disk);
  EXPECT_EQ(contents(disk), of('a', 64) + of('\0', 64));
}

TEST(DiskDurability, ASyncMakesTheSizeDurable) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 100));
  const Disk::Mark issued = disk.mark();
  put(disk, 100, of('b', 100));
  EXPECT_EQ(disk.sync(issued), 0);
  EXPECT_EQ(disk.size(), 200U);
  cut(disk);
  EXPECT_EQ(contents(disk), of('a', 100));
}

TEST(DiskDurability, AFileIsExtendedWithAHoleThatIsDurableWhenItIsSynced) {
  Disk disk(kSmall, 1, 0);
  disk.extend(100);
  Disk synced = disk;
  EXPECT_EQ(contents(disk), of('\0', 100));
  cut(disk);
  EXPECT_EQ(disk.size(), 0U);
  synced.sync(synced.mark());
  cut(synced);
  EXPECT_EQ(contents(synced), of('\0', 100));
}

TEST(DiskDurability, ASyncedRangeIsDurableInWholeBlocks) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 192));
  disk.sync_range(70, 10);
  cut(disk);
  EXPECT_EQ(contents(disk), of('\0', 64) + of('a', 64));
}

TEST(DiskDurability, AFailedSyncThatCleansLosesTheDataAndNoRetryBringsItBack) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::eio_clean), -EIO);
  EXPECT_EQ(contents(disk), of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  ScriptedChoices nothing_to_decide;
  disk.power_cut(nothing_to_decide);
  EXPECT_TRUE(nothing_to_decide.asked().empty());
  EXPECT_EQ(contents(disk), of('\0', 64));
}

TEST(DiskDurability, WritingAgainToABlockThatWasCleanedBringsAllOfItBack) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::eio_clean), -EIO);
  put(disk, 0, "b");
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  cut(disk);
  EXPECT_EQ(contents(disk), "b" + of('a', 63));
}

TEST(DiskDurability, AFailedSyncThatLeavesThingsDirtyMayBeRetried) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::eio_dirty), -EIO);
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  cut(disk);
  EXPECT_EQ(contents(disk), of('a', 64));
}

TEST(DiskDurability, AFailedSyncThatRevertsShowsTheDurableBytesAndSize) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  put(disk, 32, of('b', 96));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::eio_revert), -EIO);
  EXPECT_EQ(contents(disk), of('a', 64));
}

TEST(DiskDurability, ARevertLeavesWhatWasWrittenAfterItsMark) {
  Disk disk(kSmall, 1, 0);
  put(disk, 0, of('a', 64));
  const Disk::Mark issued = disk.mark();
  put(disk, 128, of('b', 10));
  EXPECT_EQ(disk.sync(issued, SyncFault::eio_revert), -EIO);
  EXPECT_EQ(contents(disk), of('\0', 128) + of('b', 10));
}

TEST(DiskDurability, AnErrorThatIsLateIsReportedOnceByTheNextSync) {
  Disk disk(kSmall, 1, 128);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::eio_next), 0);
  put(disk, 64, of('b', 64));
  EXPECT_EQ(disk.sync(disk.mark()), -EIO);
  EXPECT_EQ(disk.sync(disk.mark()), 0);
  cut(disk);
  EXPECT_EQ(contents(disk), of('\0', 64) + of('b', 64));
}

TEST(DiskDurability, ASyncThatLiesLeavesEverythingUndecided) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, of('a', 64));
  EXPECT_EQ(disk.sync(disk.mark(), SyncFault::lie), 0);
  Disk dropped = disk;
  cut(dropped, {0});
  EXPECT_EQ(contents(dropped), of('\0', 64));
  cut(disk, {1});
  EXPECT_EQ(contents(disk), of('a', 64));
}

TEST(DiskDurability, TooManyUnsyncedBlocksAreWrittenBackOldestFirst) {
  Disk disk({16, 64, 8}, 1, 0);
  for (char letter = 'a'; letter <= 'i'; ++letter) {
    put(disk, static_cast<std::uint64_t>(letter - 'a') * 64, of(letter, 64));
  }
  cut(disk);
  EXPECT_GT(disk.size(), 0U);
  EXPECT_LT(disk.size(), 9U * 64);
  EXPECT_EQ(get(disk, 0, 64), of('a', 64));
}

TEST(DiskDurability, OneWriteLargerThanTheLimitIsWrittenBack) {
  Disk disk({16, 64, 8}, 1, 0);
  put(disk, 0, of('a', 64 * 20));
  cut(disk);
  EXPECT_EQ(contents(disk), of('a', 64 * 20));
}

TEST(DiskDurability, ACopyIsASnapshotThatGoesItsOwnWay) {
  Disk disk(kSmall, 1, 64);
  put(disk, 0, "before");
  Disk snapshot = disk;
  put(disk, 0, "after!");
  EXPECT_EQ(get(snapshot, 0, 6), "before");
  put(snapshot, 0, "other.");
  EXPECT_EQ(get(disk, 0, 6), "after!");
  EXPECT_EQ(get(snapshot, 0, 6), "other.");
}

TEST(DiskDurability, GeometriesThatMakeNoSenseAreNotValid) {
  EXPECT_TRUE((DiskGeometry{}.valid()));
  EXPECT_TRUE((DiskGeometry{512, 512}.valid()));
  EXPECT_TRUE((DiskGeometry{4096, 65536}.valid()));
  EXPECT_FALSE((DiskGeometry{0, 4096}.valid()));
  EXPECT_FALSE((DiskGeometry{8, 4096}.valid()));
  EXPECT_FALSE((DiskGeometry{500, 4096}.valid()));
  EXPECT_FALSE((DiskGeometry{4096, 512}.valid()));
  EXPECT_FALSE((DiskGeometry{512, 131072}.valid()));
}

}  // namespace
}  // namespace aioemu::sim
