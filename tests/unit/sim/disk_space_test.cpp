#include "disk_fixture.h"

namespace aioemu::sim {
namespace {

class DiskSpaceLimit : public testing::Test {
 protected:
  DiskSpaceLimit() : disk(kSmall, 1, 0, &space) { space.set_free(200); }
  DiskSpace space;
  Disk disk;
};

TEST_F(DiskSpaceLimit, AWriteAtTheEndOfTheSpaceMovesWhatFits) {
  EXPECT_EQ(disk.room(0, 1000), 192U);  // three blocks of 64
  EXPECT_EQ(disk.room(10, 1000), 182U);
  put(disk, 0, of('a', 192));
  EXPECT_EQ(space.free(), 8U);
  EXPECT_EQ(disk.room(192, 1), 0U);
}

TEST_F(DiskSpaceLimit, WritingABlockAgainTakesNothing) {
  put(disk, 0, of('a', 100));
  EXPECT_EQ(space.free(), 200U - 128);
  put(disk, 0, of('b', 128));
  EXPECT_EQ(space.free(), 200U - 128);
  EXPECT_EQ(disk.room(0, 500), 192U);
}

TEST_F(DiskSpaceLimit, HolesTakeNothing) {
  put(disk, 10000, "a");
  EXPECT_EQ(space.free(), 136U);
  EXPECT_EQ(disk.room(0, 200), 128U);
}

TEST_F(DiskSpaceLimit, ATruncationGivesItsBlocksBackWhenItIsDurable) {
  put(disk, 0, of('a', 128));
  disk.truncate();
  EXPECT_EQ(space.free(), 72U);
  disk.sync(disk.mark());
  EXPECT_EQ(space.free(), 200U);
}

TEST_F(DiskSpaceLimit, ATruncationIsMadeDurableWhenItsBlocksAreNeeded) {
  put(disk, 0, of('a', 192));
  disk.truncate();
  EXPECT_EQ(disk.room(0, 64), 64U);
  EXPECT_EQ(space.free(), 200U);
}

TEST_F(DiskSpaceLimit, WhatAPowerCutDropsIsFreeAgain) {
  put(disk, 0, of('a', 64));
  disk.sync(disk.mark());
  put(disk, 64, of('b', 128));
  EXPECT_EQ(space.free(), 8U);
  cut(disk, {0, 1});
  EXPECT_EQ(space.free(), 72U);
}

TEST_F(DiskSpaceLimit, ATruncationThatAPowerCutUndoesGivesBackWhatFollowedIt) {
  put(disk, 0, of('a', 64));
  disk.sync(disk.mark());
  disk.truncate();
  put(disk, 0, of('b', 128));
  EXPECT_EQ(space.free(), 8U);
  cut(disk, {0});
  EXPECT_EQ(space.free(), 136U);
  EXPECT_EQ(contents(disk), of('a', 64));
}

TEST_F(DiskSpaceLimit, WhatAFailedSyncRevertsIsFreeAgain) {
  put(disk, 0, of('a', 128));
  disk.sync(disk.mark(), SyncFault::eio_revert);
  EXPECT_EQ(space.free(), 200U);
}

TEST_F(DiskSpaceLimit, RefillsComeWhenTheyAreDueAndOnce) {
  space.set_free(0);
  space.refill_at(100, 64);
  space.refill_at(50, 64);
  space.tick(49);
  EXPECT_EQ(disk.room(0, 1000), 0U);
  space.tick(50);
  EXPECT_EQ(disk.room(0, 1000), 64U);
  space.tick(1000);
  space.tick(1000);
  EXPECT_EQ(disk.room(0, 1000), 128U);
}

TEST_F(DiskSpaceLimit, WithoutALimitThereIsRoomForEverything) {
  space.unlimit();
  EXPECT_EQ(disk.room(1ULL << 60U, 1ULL << 40U), 1ULL << 40U);
  put(disk, 0, of('a', 1000));
  space.set_free(64);
  EXPECT_EQ(disk.room(0, 2000), 1024U + 64U);
}

}  // namespace
}  // namespace aioemu::sim
