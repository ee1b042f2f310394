// What a plan does to the disk: the medium, fsync, space, power.
#include <fcntl.h>

#include <cerrno>

#include "plan_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> read_again(WithPlan& in, std::size_t which = 0) {
  EXPECT_EQ(in.submit({&in.reads[which]}), 1);
  return in.drain();
}

// ---- the medium ----

TEST(LatentSectorError, CannotBeReadUntilItIsRewritten) {
  WithPlan in("lse: medium op=read when=1 latent_sector_error");
  EXPECT_THAT(read_again(in), ElementsAre(-EIO));
  EXPECT_THAT(read_again(in), ElementsAre(-EIO));
  EXPECT_EQ(in.buffers[0][0], 'b');
  EXPECT_EQ(in.world.fired("lse"), 1U);
  std::array<char, WithPlan::kBytes> whole{};
  EXPECT_EQ(in.world.pwrite(in.fd, whole.data(), whole.size(), 0), 4096);
  EXPECT_THAT(read_again(in), ElementsAre(512));
}

TEST(LatentSectorError, TransientIsGoneAtTheNextAccess) {
  WithPlan in("medium when=1 persist=transient latent_sector_error");
  EXPECT_THAT(read_again(in), ElementsAre(-EIO));
  EXPECT_THAT(read_again(in), ElementsAre(512));
}

TEST(LatentSectorError, TransientLeavesEarlierOnesAlone) {
  WithPlan in("medium when=1 persist=transient bit_rot");
  EXPECT_EQ(in.world.damage(in.fd, MediumFault::latent_sector_error, 512, 512), 1);
  EXPECT_THAT(read_again(in, 2), ElementsAre(-EIO));
  EXPECT_THAT(read_again(in, 1), ElementsAre(-EIO));
}

TEST(BitRot, ReadsTheSameWrongBitEachTimeAndCanBeLifted) {
  WithPlan in("medium when=1 bit_rot");
  EXPECT_THAT(read_again(in), ElementsAre(512));
  const auto wrong = in.buffers[0];
  EXPECT_NE(std::count(wrong.begin(), wrong.end(), 'f'), 512);
  EXPECT_THAT(read_again(in), ElementsAre(512));
  EXPECT_EQ(in.buffers[0], wrong);
  EXPECT_NE(in.sector(0), "f");
  EXPECT_EQ(in.world.lift_faults(in.fd), 0);
  EXPECT_EQ(in.sector(0), "f");
}

// Eight sectors with a letter each.
class Lettered : public WithPlan {
 public:
  explicit Lettered(const char* plan) : WithPlan(plan) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::string letter(512, static_cast<char>('0' + i));
      EXPECT_EQ(world.pwrite(fd, letter.data(), 512, static_cast<off_t>(512 * i)), 512);
    }
  }
  std::string all() {
    std::string letters;
    for (std::size_t i = 0; i < 8; ++i) letters += sector(i);
    return letters;
  }
};

TEST(MisdirectedRead, BringsAnotherSectorsBytesEachTime) {
  Lettered in("medium op=read when=1 misdirected_read");
  EXPECT_THAT(read_again(in, 1), ElementsAre(512));
  const char first = in.buffers[1][0];
  EXPECT_NE(first, '1');
  EXPECT_GE(first, '0');
  EXPECT_LE(first, '7');
  EXPECT_THAT(read_again(in, 1), ElementsAre(512));
  EXPECT_EQ(in.buffers[1][0], first);
}

TEST(MisdirectedRead, OnADiskOfOneSectorMakesNoDifference) {
  WithPlan in("one: medium op=read misdirected_read");
  in.fd = in.world.create_file("small", 512);
  in.reads[0].aio_fildes = static_cast<std::uint32_t>(in.fd);
  EXPECT_THAT(read_again(in), ElementsAre(512));
  EXPECT_EQ(in.world.fired("one"), 0U);
}

TEST(StaleRead, GivesWhatWasThereBefore) {
  WithPlan in("medium op=read when=1 stale_read");
  EXPECT_EQ(in.world.fsync(in.fd), 0);
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  in.buffers[0].fill('?');
  EXPECT_THAT(read_again(in), ElementsAre(512));
  EXPECT_EQ(in.buffers[0][0], 'f');
}

TEST(LostWrite, IsReportedAsDoneAndNotThere) {
  WithPlan in("lost: medium op=write when=1 lost_write");
  EXPECT_EQ(in.submit({&in.writes[0], &in.writes[1]}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(512, 512));
  EXPECT_EQ(in.sector(0), "f");
  EXPECT_EQ(in.sector(1), "b");
  EXPECT_EQ(in.world.fired("lost"), 1U);
}

TEST(MisdirectedWrite, ArrivesSomewhereElse) {
  Lettered in("medium op=write when=1 misdirected_write");
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  const std::string after = in.all();
  EXPECT_EQ(after[0], '0');
  EXPECT_EQ(std::count(after.begin(), after.end(), 'b'), 1);
}

TEST(TornWrite, KeepsTheFirstOrTheLastSectors) {
  for (const auto& [plan, expected] :
       {std::pair{"medium when=1 torn_write keep=first:1", "wfffffff"},
        std::pair{"medium when=1 torn_write keep=last:3", "fwww____"}}) {
    WithPlan in(plan);
    std::string data(2048, 'w');
    iocb write = write_of(in.fd, data.data(), 2048, 0);
    EXPECT_EQ(in.submit({&write}), 1);
    EXPECT_THAT(in.drain(), ElementsAre(2048));
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(in.sector(i)[0], expected[i]) << plan << i;
  }
}

TEST(TornWrite, ThatKeepsAllOfItMakesNoDifference) {
  WithPlan in("torn: medium torn_write keep=first:1");
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.world.fired("torn"), 0U);
  EXPECT_EQ(in.sector(0), "b");
}

TEST(TornWrite, IsTornBySectorsOfThePlansSize) {
  WithPlan in("set sector=256 block=1024; medium when=1 torn_write keep=first:1");
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.sector(0), std::string(256, 'b') + std::string(256, 'f'));
}

TEST(Medium, RulesAreAskedOnlyAboutTransfersThatMoveSomething) {
  WithPlan in("rot: medium bit_rot");
  in.reads[0].aio_offset = 4096;
  EXPECT_THAT(read_again(in), ElementsAre(0));
  EXPECT_EQ(in.world.fired("rot"), 0U);
}

TEST(Medium, AFaultMeetsAHeldRequestWhenItsBytesMove) {
  WithPlan in({.plan = "medium op=read after=1ms bit_rot", .order = CompletionOrder::scripted});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_TRUE(in.world.complete_next());
  in.world.advance(2'000'000);
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_THAT(in.drain(), ElementsAre(512, 512));
  EXPECT_EQ(std::count(in.buffers[0].begin(), in.buffers[0].end(), 'f'), 512);
  EXPECT_EQ(std::count(in.buffers[1].begin(), in.buffers[1].end(), 'f'), 511);
}

// ---- fsync ----

// The results of two fsyncs by AIO after a write, and what a power cut leaves of it.
struct Outcome {
  std::vector<std::int64_t> results;
  std::string live;
  std::string durable;
};

Outcome fsync_twice(const std::string& plan) {
  ScriptedChoices loses_all;
  WithPlan in({.plan = plan, .choices = &loses_all});
  EXPECT_EQ(in.world.fsync(in.fd), 0);
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.fd, nullptr, 0, 0);
  Outcome outcome;
  EXPECT_EQ(in.drain().size(), 1U);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(in.submit({&sync}), 1);
    outcome.results.push_back(in.wait_for(1).at(0));
    if (i == 0) outcome.live = in.sector(0);
  }
  EXPECT_EQ(in.world.fired("durability"), 1U);
  in.world.power_cut();
  outcome.durable = in.sector(0);
  return outcome;
}

// The first fsync, which the program makes itself, is the first occasion.
TEST(Fsync, FailsAndLiesAsItsVariantSays) {
  const Outcome clean = fsync_twice("durability op=fsync when=2 fsync eio_clean");
  EXPECT_THAT(clean.results, ElementsAre(-EIO, 0));
  EXPECT_EQ(clean.live, "b");
  EXPECT_EQ(clean.durable, "f");
  const Outcome dirty = fsync_twice("durability op=fsync when=2 fsync eio_dirty");
  EXPECT_THAT(dirty.results, ElementsAre(-EIO, 0));
  EXPECT_EQ(dirty.durable, "b");
  const Outcome revert = fsync_twice("durability op=fsync when=2 fsync eio_revert");
  EXPECT_THAT(revert.results, ElementsAre(-EIO, 0));
  EXPECT_EQ(revert.live, "f");
  const Outcome next = fsync_twice("durability op=fsync when=2 fsync eio_next");
  EXPECT_THAT(next.results, ElementsAre(0, -EIO));
  EXPECT_EQ(next.durable, "f");
  const Outcome lie = fsync_twice("durability op=fsync when=2 fsync lie");
  EXPECT_THAT(lie.results, ElementsAre(0, 0));
  EXPECT_EQ(lie.durable, "b") << "the second, honest one made up for it";
}

TEST(Fsync, TheProgramsOwnFailsToo) {
  WithPlan in("durability fsync eio_dirty");
  EXPECT_EQ(in.world.fsync(in.fd), -EIO);
  EXPECT_EQ(in.world.fired("durability"), 1U);
}

// ---- space ----

TEST(Enospc, TheWriteThatCrossesTheBudgetIsShortAndLaterOnesFail) {
  WithPlan in("full: durability path=log enospc budget=8K");
  in.fd = in.world.create_file("log", 0);
  const std::string data(12288, 'd');
  iocb write = write_of(in.fd, data.data(), data.size(), 0);
  EXPECT_EQ(in.submit({&write}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(8192));
  write = write_of(in.fd, data.data(), 4096, 8192);
  EXPECT_EQ(in.submit({&write}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(-ENOSPC));
  write = write_of(in.fd, data.data(), 4096, 0);
  EXPECT_EQ(in.submit({&write}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(4096)) << "these blocks are there already";
  EXPECT_EQ(in.world.fired("full"), 2U);
  EXPECT_EQ(in.world.pwrite(in.fd, data.data(), 4096, 8192), -ENOSPC);
}

TEST(Enospc, SpaceComesBackAfterItsTime) {
  WithPlan in("durability path=log enospc budget=0 refill=4K after=1s");
  in.fd = in.world.create_file("log", 0);
  in.writes[0].aio_fildes = static_cast<std::uint32_t>(in.fd);
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(-ENOSPC));
  in.world.advance(1'000'000'000);
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
}

// ---- power ----

TEST(PlannedPowerCut, IsThrownByTheCallDuringWhichItHappens) {
  ScriptedChoices loses_all;
  WithPlan in(
      {.plan = "cut: durability op=write path=data when=3 power_cut", .choices = &loses_all});
  EXPECT_EQ(in.world.fsync(in.fd), 0);
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  try {
    in.submit({&in.writes[1], &in.writes[2]});
    FAIL() << "the third write cuts the power";
  } catch (const PowerCut& cut) {
    EXPECT_EQ(cut.report.dropped, 1U);
  }
  EXPECT_EQ(in.world.fired("cut"), 1U);
  EXPECT_EQ(in.world.io_destroy(in.ctx), -EINVAL);
  EXPECT_EQ(in.world.aio_nr(), 0U);
  EXPECT_EQ(in.sector(0), "f");
  in.ctx = 0;
  EXPECT_EQ(in.world.io_setup(8, &in.ctx), 0);
  EXPECT_EQ(in.submit({&in.writes[2]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
}

// Of the writes that were on their way all, some or none may have arrived; what was synced is
// there.
TEST(PlannedPowerCut, MayKeepWhatWasOnItsWay) {
  bool kept = false;
  bool lost = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WithPlan in({.plan = "durability op=fsync when=2 power_cut", .seed = seed});
    EXPECT_EQ(in.world.fsync(in.fd), 0);
    EXPECT_EQ(in.submit({&in.writes[0]}), 1);
    EXPECT_THROW(in.world.fsync(in.fd), PowerCut);
    (in.sector(0) == "b" ? kept : lost) = true;
    EXPECT_EQ(in.sector(1), "f");
  }
  EXPECT_TRUE(kept);
  EXPECT_TRUE(lost);
}

TEST(PlannedPowerCut, EndsCallsThatSleepAndRequestsThatAreHeld) {
  WithPlan in({.plan = "durability op=read when=2 power_cut", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  World::Pending waiting = in.world.begin_getevents(in.ctx, 3, 3, nullptr);
  io_event events[3];
  EXPECT_THROW(in.world.io_getevents(in.ctx, 3, 3, events), PowerCut);
  EXPECT_FALSE(waiting.blocked());
  EXPECT_TRUE(in.world.in_flight().empty());
}

TEST(PlannedPowerCut, NothingReachesTheDiskAfterIt) {
  ScriptedChoices loses_all;
  WithPlan in({.plan = "durability op=write when=1 ctx=1 power_cut", .choices = &loses_all});
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.fd, nullptr, 0, 0);
  EXPECT_EQ(in.world.fsync(in.fd), 0);
  EXPECT_THROW(in.submit({&in.writes[0], &in.writes[1], &sync}), PowerCut);
  EXPECT_EQ(in.sector(0), "f");
  EXPECT_EQ(in.sector(1), "f");
}

}  // namespace
}  // namespace aioemu
