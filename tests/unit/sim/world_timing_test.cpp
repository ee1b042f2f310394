// When requests complete: delay, stall, hang, order, block, complete_early, eventfd_late.
#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <set>

#include "plan_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

// ---- delay ----

TEST(Delay, TheEventComesSoMuchLaterAndTheBytesWithIt) {
  WithPlan in("slow: complete op=read delay 5ms");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
  in.world.advance(5 * kMs - 1);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
  EXPECT_EQ(in.buffers[0][0], 'b');
  in.world.advance(1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.buffers[0][0], 'f');
  EXPECT_EQ(in.world.fired("slow"), 1U);
}

TEST(Delay, AWaitTakesVirtualTimeOnly) {
  WithPlan in("complete delay 3s");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.wait_for(1), ElementsAre(512));
  EXPECT_EQ(in.world.now(), 3000 * kMs);
}

TEST(Delay, AProgramThatPollsGetsThereToo) {
  WithPlan in("complete delay 1ms");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  int looks = 0;
  while (in.drain().empty() && looks < 1000) ++looks;
  EXPECT_GT(looks, 10);
  EXPECT_LT(looks, 1000);
}

TEST(Delay, AWritesBytesAreTakenWhenItCompletes) {
  WithPlan in("complete op=write delay 1ms");
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  in.buffers[0].fill('n');
  EXPECT_EQ(in.sector(0), "f");
  EXPECT_THAT(in.wait_for(1), ElementsAre(512));
  EXPECT_EQ(in.sector(0), "n");
}

TEST(Delay, ALaterRequestOvertakes) {
  WithPlan in("complete when=1 delay 1ms");
  in.buffers[1].fill('2');
  in.writes[1].aio_offset = 0;
  EXPECT_EQ(in.submit({&in.writes[0], &in.writes[1]}), 2);
  EXPECT_THAT(in.reap(2), ElementsAre(2, 1));
  EXPECT_EQ(in.sector(0), "b");
}

TEST(Delay, IsDrawnFromItsRangeAndTheSeed) {
  std::set<std::int64_t> moments;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WithPlan one({.plan = "complete delay 1ms..2ms", .seed = seed});
    WithPlan other({.plan = "complete delay 1ms..2ms", .seed = seed});
    for (WithPlan* in : {&one, &other}) {
      EXPECT_EQ(in->submit({&in->reads[0]}), 1);
      EXPECT_THAT(in->wait_for(1), ElementsAre(512));
      EXPECT_GE(in->world.now(), kMs);
      EXPECT_LE(in->world.now(), 2 * kMs);
    }
    EXPECT_EQ(one.world.now(), other.world.now());
    moments.insert(one.world.now());
  }
  EXPECT_GT(moments.size(), 15U);
}

TEST(Delay, TheFileStaysThoughItsDescriptorIsClosed) {
  WithPlan in("complete delay 1ms");
  EXPECT_EQ(in.submit({&in.writes[0]}), 1);
  EXPECT_EQ(in.world.close(in.fd), 0);
  EXPECT_THAT(in.wait_for(1), ElementsAre(512));
  in.fd = in.world.open("data", O_RDONLY);
  EXPECT_EQ(in.sector(0), "b");
}

TEST(Delay, AnFsyncDoesNotWaitForIt) {
  WithPlan in("complete op=write delay 1ms");
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.fd, nullptr, 0, 0, 9);
  EXPECT_EQ(in.submit({&in.writes[0], &sync}), 2);
  EXPECT_THAT(in.reap(2), ElementsAre(9, 1));
}

TEST(Delay, WithAnErrorGoesTogether) {
  WithPlan in("complete continue delay 1ms; complete errno EIO");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.wait_for(1), ElementsAre(-EIO));
  EXPECT_EQ(in.world.now(), kMs);
  EXPECT_EQ(in.buffers[0][0], 'b');
}

TEST(Delay, OfAPollCountsFromWhenItFindsSomething) {
  WithPlan in("complete op=poll delay 1ms");
  int ends[2];
  EXPECT_EQ(in.world.pipe(ends), 0);
  iocb armed = poll_of(ends[0], POLLIN, 1);
  EXPECT_EQ(in.submit({&armed}), 1);
  in.world.advance(10 * kMs);
  EXPECT_EQ(in.world.write(ends[1], "x", 1), 1);
  EXPECT_EQ(in.world.io_cancel(in.ctx, &armed, nullptr), -EINVAL);
  EXPECT_EQ(in.reap(1), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(in.world.now(), 11 * kMs);
  iocb ready = poll_of(ends[0], POLLIN, 2);
  EXPECT_EQ(in.submit({&ready}), 1);
  EXPECT_EQ(in.reap(1), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(in.world.now(), 12 * kMs);
}

// The call that submitted it has returned: the transfer waits in flight for what it needs.
TEST(Delay, OfAReadOnAnEmptyPipeWaitsForBytes) {
  WithPlan in("complete delay 1ms");
  int ends[2];
  EXPECT_EQ(in.world.pipe(ends), 0);
  iocb read = read_of(ends[0], in.buffers[0].data(), 512, 0, 1);
  EXPECT_EQ(in.submit({&read}), 1);
  in.world.advance(2 * kMs);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
  EXPECT_EQ(in.world.write(ends[1], "abc", 3), 3);
  EXPECT_THAT(in.wait_for(1), ElementsAre(3));
  EXPECT_EQ(in.buffers[0][0], 'a');
}

// ---- stall ----

TEST(Stall, HoldsEverythingOfItsFileAndNothingElse) {
  WithPlan in("stop: complete when=2 stall 2s");
  const int other = in.world.create_file("other", 4096);
  iocb elsewhere = read_of(other, in.buffers[2].data(), 512, 0, 3);
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &elsewhere}), 3);
  EXPECT_THAT(in.drain(), ElementsAre(512, 512));
  in.world.advance(1000 * kMs);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), IsEmpty());
  EXPECT_THAT(in.reap(2), ElementsAre(2, 1));
  EXPECT_EQ(in.world.now(), 2000 * kMs);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.world.fired("stop"), 1U);
}

TEST(Stall, TakesWhatAnOrderHoldsAlong) {
  WithPlan in({.plan = "complete when=2 stall 1s", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_THAT(in.reap(2), ElementsAre(1, 2));
  EXPECT_EQ(in.world.now(), 1000 * kMs);
}

TEST(Stall, IsOfTheFileWhateverDescriptorItHas) {
  WithPlan in("complete when=1 stall 1s");
  in.reads[1].aio_fildes = static_cast<std::uint32_t>(in.world.open("data", O_RDONLY));
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_THAT(in.drain(), IsEmpty());
}

// ---- hang ----

TEST(Hang, AWaitForItIsReportedAtOnceWithTheRule) {
  WithPlan in("dead: complete when=1 hang");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  io_event event{};
  try {
    in.world.io_getevents(in.ctx, 1, 1, &event);
    FAIL() << "nothing can end this wait";
  } catch (const CertainHang& hang) {
    EXPECT_THAT(hang.what(), HasSubstr("#1 pread"));
    EXPECT_THAT(hang.what(), HasSubstr("which the rule 'dead' hangs"));
  }
  EXPECT_EQ(in.buffers[0][0], 'b');
  EXPECT_EQ(in.world.fired("dead"), 1U);
}

TEST(Hang, ATimeoutStillEndsTheWait) {
  WithPlan in("complete when=1 hang");
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  io_event events[2];
  const timespec second{1, 0};
  EXPECT_EQ(in.world.io_getevents(in.ctx, 2, 2, events, &second), 1);
  EXPECT_EQ(events[0].data, 2U);
}

TEST(Hang, DestroyWaitsForEver) {
  WithPlan in("complete when=1 hang");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THROW(in.world.io_destroy(in.ctx), CertainHang);
}

TEST(Hang, TheTestMayEndIt) {
  WithPlan in("complete when=1 hang");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_TRUE(in.world.complete(in.world.in_flight().at(0).id));
  EXPECT_THAT(in.drain(), ElementsAre(512));
}

// ---- order ----

std::vector<std::uint64_t> order_of(const char* plan, std::uint64_t seed = 0) {
  WithPlan in({.plan = plan, .seed = seed});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  EXPECT_EQ(in.buffers[0][0], in.world.in_flight().empty() ? 'f' : 'b');
  return in.reap(3);
}

TEST(PlannedOrder, IsWhatThePlanSays) {
  EXPECT_THAT(order_of("order inline"), ElementsAre(1, 2, 3));
  EXPECT_THAT(order_of("order fifo"), ElementsAre(1, 2, 3));
  EXPECT_THAT(order_of("order lifo"), ElementsAre(3, 2, 1));
}

TEST(PlannedOrder, BeatsTheOneOfTheOptions) {
  WithPlan in({.plan = "order inline", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
}

TEST(PlannedOrder, RandomAndPctReachEveryOrderAndRepeatThemselves) {
  for (const char* plan : {"order random", "order pct depth=1", "order pct depth=3 steps=4"}) {
    std::set<std::vector<std::uint64_t>> orders;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const std::vector<std::uint64_t> order = order_of(plan, seed);
      EXPECT_EQ(order, order_of(plan, seed)) << plan << " seed " << seed;
      orders.insert(order);
    }
    EXPECT_EQ(orders.size(), 6U) << plan;
  }
}

// ---- block ----

TEST(Block, TheCallReturnsSoMuchLater) {
  WithPlan in("slow: submit when=1 block 7ms");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.world.now(), 7 * kMs);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.world.now(), 7 * kMs);
}

TEST(Block, OthersGoOnMeanwhileAndNoSignalEndsIt) {
  WithPlan in("submit when=1 block 7ms");
  iocb* list[] = {&in.reads[0]};
  World::Pending submit = in.world.begin_submit(in.ctx, 1, list);
  EXPECT_TRUE(submit.blocked());
  submit.interrupt();
  EXPECT_TRUE(submit.blocked());
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(submit.finish(), 1);
  EXPECT_EQ(in.world.now(), 7 * kMs);
}

TEST(Block, DestroyWaitsForTheThreadInside) {
  WithPlan in("submit when=1 block 7ms");
  iocb* list[] = {&in.reads[0]};
  World::Pending submit = in.world.begin_submit(in.ctx, 1, list);
  EXPECT_EQ(in.world.io_destroy(in.ctx), 0);
  EXPECT_FALSE(submit.blocked());
  EXPECT_EQ(in.world.now(), 7 * kMs);
}

TEST(Block, TheWorldMayEndMeanwhile) {
  WithPlan in("submit when=1 block 7ms");
  iocb* list[] = {&in.reads[0]};
  EXPECT_TRUE(in.world.begin_submit(in.ctx, 1, list).blocked());
}

// ---- complete_early ----

TEST(CompleteEarly, TheEventsAreThereBeforeTheCallReturns) {
  WithPlan in({.plan = "submit when=2 complete_early", .order = CompletionOrder::fifo});
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.fd, nullptr, 0, 0, 9);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.submit({&in.reads[1], &sync}), 2);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
  EXPECT_THAT(in.drain(), ElementsAre(512, 0));
  EXPECT_EQ(in.world.fired("submit"), 1U);
}

TEST(CompleteEarly, AnFsyncTooWithoutAnOrder) {
  WithPlan in("submit complete_early");
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.fd, nullptr, 0, 0, 9);
  EXPECT_EQ(in.submit({&sync}), 1);
  EXPECT_THAT(in.world.in_flight(), IsEmpty());
}

// ---- eventfd_late ----

TEST(EventfdLate, TheEventIsInTheRingOnTimeAndTheCounterIsNot) {
  WithPlan in("late: wait when=1 eventfd_late 3ms");
  const int counter = in.world.eventfd(0, O_NONBLOCK);
  in.reads[0].aio_flags = IOCB_FLAG_RESFD;
  in.reads[0].aio_resfd = static_cast<std::uint32_t>(counter);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  std::uint64_t count = 0;
  EXPECT_EQ(in.world.read(counter, &count, 8), -EAGAIN);
  in.world.advance(3 * kMs);
  EXPECT_EQ(in.world.read(counter, &count, 8), 8);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(in.world.fired("late"), 1U);
}

TEST(EventfdLate, ABlockedReadOfTheCounterEndsThen) {
  WithPlan in("wait eventfd_late");
  const int counter = in.world.eventfd(0);
  in.reads[0].aio_flags = IOCB_FLAG_RESFD;
  in.reads[0].aio_resfd = static_cast<std::uint32_t>(counter);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  std::uint64_t count = 0;
  EXPECT_EQ(in.world.read(counter, &count, 8), 8);
  EXPECT_EQ(in.world.now(), 5 * kMs);
}

}  // namespace
}  // namespace aioemu
