#include <set>

#include "disk_fixture.h"

namespace aioemu::sim {
namespace {

// Four sectors of a, b, c, d in block 0, and of e, f, g, h in block 1; durable.
class DiskMedium : public testing::Test {
 protected:
  DiskMedium() : disk(kSmall, 1, 128) {
    put(disk, 0, text);
    disk.sync(disk.mark());
  }
  std::string sector(std::uint64_t index) { return get(disk, index * 16, 16); }

  const std::string text = of('a', 16) + of('b', 16) + of('c', 16) + of('d', 16) + of('e', 16) +
                           of('f', 16) + of('g', 16) + of('h', 16);
  Disk disk;
};

int wrong_bits(const std::string& one, const std::string& other) {
  int bits = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    bits += __builtin_popcount(static_cast<unsigned char>(one[i] ^ other[i]));
  }
  return bits;
}

TEST_F(DiskMedium, ALatentSectorErrorStopsReadsAtItsUnit) {
  EXPECT_EQ(disk.damage(MediumFault::latent_sector_error, 86, 1), 1U);
  EXPECT_EQ(disk.readable(0, 128, 16), 80U);
  EXPECT_EQ(disk.readable(0, 128, 64), 64U);
  EXPECT_EQ(disk.readable(80, 4, 16), 0U);
  EXPECT_EQ(disk.readable(70, 4, 16), 4U);
  EXPECT_EQ(disk.readable(70, 4, 64), 0U);
  EXPECT_EQ(disk.readable(96, 32, 16), 32U);
}

TEST_F(DiskMedium, ALatentSectorErrorLastsUntilItsSectorIsRewritten) {
  disk.damage(MediumFault::latent_sector_error, 16, 32);
  put(disk, 16, of('x', 16));
  EXPECT_EQ(disk.readable(0, 128, 16), 32U);
  put(disk, 32, of('y', 16));
  EXPECT_EQ(disk.readable(0, 128, 16), 128U);
}

TEST_F(DiskMedium, AWriteOfAPartOfABadUnitWouldHaveToReadItFirst) {
  disk.damage(MediumFault::latent_sector_error, 80, 16);
  EXPECT_EQ(disk.rewritable(80, 16, 16), 16U);
  EXPECT_EQ(disk.rewritable(80, 15, 16), 0U);
  EXPECT_EQ(disk.rewritable(60, 30, 16), 20U);
  EXPECT_EQ(disk.rewritable(60, 30, 64), 4U);
  EXPECT_EQ(disk.rewritable(64, 64, 64), 64U);
  EXPECT_EQ(disk.rewritable(0, 64, 64), 64U);
}

TEST_F(DiskMedium, BitRotFlipsOneBitOfEachSectorTheSameEachTime) {
  EXPECT_EQ(disk.damage(MediumFault::bit_rot, 0, 32), 2U);
  const std::string seen = get(disk, 0, 32);
  EXPECT_EQ(wrong_bits(seen.substr(0, 16), of('a', 16)), 1);
  EXPECT_EQ(wrong_bits(seen.substr(16), of('b', 16)), 1);
  EXPECT_EQ(get(disk, 0, 32), seen);
  disk.damage(MediumFault::bit_rot, 0, 32);
  EXPECT_EQ(get(disk, 0, 32), seen);
  EXPECT_EQ(sector(2), of('c', 16));
}

TEST_F(DiskMedium, AMisdirectedReadShowsAnotherSector) {
  EXPECT_EQ(disk.damage(MediumFault::misdirected_read, 0, 32, 96), 2U);
  EXPECT_EQ(contents(disk), of('g', 16) + of('h', 16) + text.substr(32));
  put(disk, 96, of('x', 16));
  EXPECT_EQ(sector(0), of('g', 16));
}

TEST_F(DiskMedium, AStaleReadShowsWhatTheBlockHeldBefore) {
  put(disk, 0, of('1', 64));
  put(disk, 0, of('2', 64));
  Disk synced = disk;
  EXPECT_EQ(disk.damage(MediumFault::stale_read, 16, 16), 1U);
  EXPECT_EQ(contents(disk).substr(0, 64), of('2', 16) + of('1', 16) + of('2', 32));
  synced.sync(synced.mark());
  EXPECT_EQ(synced.damage(MediumFault::stale_read, 16, 16), 1U);
  EXPECT_EQ(get(synced, 16, 16), of('b', 16));
}

TEST_F(DiskMedium, ABlockThatWasNeverWrittenHasNothingStale) {
  Disk fresh(kSmall, 1, 128);
  EXPECT_EQ(fresh.damage(MediumFault::stale_read, 0, 128), 0U);
  put(fresh, 64, of('x', 64));
  EXPECT_EQ(fresh.damage(MediumFault::stale_read, 0, 128), 4U);
  EXPECT_EQ(contents(fresh), of('\0', 128));
}

TEST_F(DiskMedium, ALostWriteShowsTheOldBytesUntilOneArrives) {
  put(disk, 8, of('x', 16), {WriteFault::lost});
  EXPECT_EQ(contents(disk), text);
  put(disk, 16, of('y', 16));
  EXPECT_EQ(contents(disk), of('a', 16) + of('y', 16) + text.substr(32));
}

TEST_F(DiskMedium, ATornWriteArrivesInSectors) {
  put(disk, 0, of('x', 64), {WriteFault::torn_first, 1});
  EXPECT_EQ(contents(disk), of('x', 16) + text.substr(16));
  put(disk, 64, of('y', 64), {WriteFault::torn_last, 3});
  EXPECT_EQ(contents(disk).substr(64), of('e', 16) + of('y', 48));
  disk.lift();
  EXPECT_EQ(contents(disk), of('x', 64) + of('y', 64));
}

TEST_F(DiskMedium, ARandomlyTornWriteFollowsItsSeed) {
  std::vector<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    Disk one = disk;
    Disk again = disk;
    put(one, 0, of('x', 128), {WriteFault::torn_random, seed});
    put(again, 0, of('x', 128), {WriteFault::torn_random, seed});
    outcomes.push_back(contents(one));
    EXPECT_EQ(contents(again), outcomes.back());
    for (std::size_t i = 0; i < 128; i += 16) {
      EXPECT_THAT(outcomes.back().substr(i, 16), testing::AnyOf(of('x', 16), text.substr(i, 16)));
    }
  }
  EXPECT_GT(std::set<std::string>(outcomes.begin(), outcomes.end()).size(), 8U);
}

TEST_F(DiskMedium, PiecesOfOneTornWriteAreTornAsTheWhole) {
  Disk pieces = disk;
  const std::string data = of('x', 128);
  put(disk, 0, data, {WriteFault::torn_first, 5});
  const WriteFate whole{WriteFault::torn_first, 5, 0, 128};
  pieces.write(0, std::as_bytes(std::span(data)).first(64), whole);
  pieces.write(64, std::as_bytes(std::span(data)).last(64), whole);
  EXPECT_EQ(contents(pieces), contents(disk));
}

TEST_F(DiskMedium, AMisdirectedWriteLandsElsewhereAndNotWhereItShould) {
  put(disk, 0, of('x', 32), {WriteFault::misdirected, 64});
  EXPECT_EQ(contents(disk), text.substr(0, 64) + of('x', 32) + text.substr(96));
  disk.lift();
  EXPECT_EQ(contents(disk), of('x', 32) + text.substr(32));
}

TEST_F(DiskMedium, AMisdirectedWriteBeyondTheEndIsOnlyLost) {
  put(disk, 0, of('x', 32), {WriteFault::misdirected, 112});
  EXPECT_EQ(contents(disk), text.substr(0, 112) + of('x', 16));
  EXPECT_EQ(disk.size(), 128U);
}

TEST_F(DiskMedium, WritingAPartOfAWrongSectorCarriesTheRestAlong) {
  disk.damage(MediumFault::misdirected_read, 0, 16, 96);
  put(disk, 4, "xxxx");
  EXPECT_EQ(sector(0), "ggggxxxxgggggggg");
  disk.lift();
  EXPECT_EQ(sector(0), "aaaaxxxxaaaaaaaa");
}

TEST_F(DiskMedium, LiftingGivesThePristineBytesBackWhereItIsAsked) {
  disk.damage(MediumFault::bit_rot, 0, 128);
  disk.damage(MediumFault::latent_sector_error, 32, 16);
  disk.lift(0, 48);
  EXPECT_EQ(get(disk, 0, 48), text.substr(0, 48));
  EXPECT_NE(get(disk, 48, 16), of('d', 16));
  EXPECT_EQ(disk.readable(0, 128, 16), 128U);
  disk.lift();
  EXPECT_EQ(contents(disk), text);
}

TEST_F(DiskMedium, FaultsOutlastAPowerCutAndASync) {
  disk.damage(MediumFault::bit_rot, 0, 16);
  disk.damage(MediumFault::latent_sector_error, 16, 16);
  const std::string seen = sector(0);
  disk.sync(disk.mark());
  cut(disk);
  EXPECT_EQ(sector(0), seen);
  EXPECT_EQ(disk.readable(0, 128, 16), 16U);
}

TEST_F(DiskMedium, DamageBeyondTheEndIsNone) {
  EXPECT_EQ(disk.damage(MediumFault::bit_rot, 112, 1000), 1U);
  EXPECT_EQ(disk.damage(MediumFault::bit_rot, 128, 16), 0U);
  EXPECT_EQ(disk.damage(MediumFault::bit_rot, 0, 0), 0U);
}

}  // namespace
}  // namespace aioemu::sim
