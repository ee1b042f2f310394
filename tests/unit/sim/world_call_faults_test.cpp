// Faults of io_setup, of waits and of io_cancel.
#include <poll.h>

#include <cerrno>
#include <optional>

#include "plan_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ---- setup ----

TEST(SetupFault, FailsAndLeavesTheHandleAlone) {
  World world({.plan = "busy: setup when=1..2 errno EAGAIN"});
  aio_context_t ctx = 0;
  EXPECT_EQ(world.io_setup(8, &ctx), -EAGAIN);
  EXPECT_EQ(ctx, 0U);
  EXPECT_EQ(world.aio_nr(), 0U);
  EXPECT_EQ(world.io_setup(8, &ctx), -EAGAIN);
  EXPECT_EQ(world.io_setup(8, &ctx), 0);
  EXPECT_EQ(world.fired("busy"), 2U);
}

TEST(SetupFault, WrongArgumentsAreNotAsked) {
  World world({.plan = "no: setup errno ENOSYS"});
  aio_context_t ctx = 1;
  EXPECT_EQ(world.io_setup(8, &ctx), -EINVAL);
  ctx = 0;
  EXPECT_EQ(world.io_setup(0, &ctx), -EINVAL);
  EXPECT_EQ(world.fired("no"), 0U);
  EXPECT_EQ(world.io_setup(8, &ctx), -ENOSYS);
}

TEST(SetupFault, MatchesTheEventsAskedForAndTheContext) {
  World world({.plan = "setup nr>100 errno ENOMEM; setup ctx=2 times=1 errno EAGAIN"});
  aio_context_t ctx = 0;
  aio_context_t other = 0;
  EXPECT_EQ(world.io_setup(101, &ctx), -ENOMEM);
  EXPECT_EQ(world.io_setup(100, &ctx), 0);
  EXPECT_EQ(world.io_setup(1, &other), -EAGAIN);
  EXPECT_EQ(world.io_setup(1, &other), 0);
}

// ---- wait errno EINTR ----

TEST(WaitEintr, EndsAWaitThatHasNothing) {
  WithPlan in({.plan = "wait when=1 errno EINTR", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  io_event event{};
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event), -EINTR);
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event), 1);
  EXPECT_EQ(in.world.fired("wait"), 1U);
}

TEST(WaitEintr, NeverWhereNothingWouldBeWaitedForOrSomethingIsThere) {
  WithPlan in("int: wait errno EINTR");
  io_event event{};
  const timespec now{0, 0};
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event, &now), 0);
  EXPECT_EQ(in.world.io_getevents(in.ctx, 0, 1, &event), 0);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event), 1);
  EXPECT_EQ(in.world.fired("int"), 0U);
}

TEST(WaitEintr, AMaskThatBlocksEverySignalKeepsItAway) {
  WithPlan in({.plan = "int: wait errno EINTR", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  const std::uint64_t all = ~std::uint64_t{0};
  const std::array<std::uint64_t, 2> usig{reinterpret_cast<std::uint64_t>(&all), 8};
  io_event event{};
  EXPECT_EQ(in.world.io_pgetevents(in.ctx, 1, 1, &event, nullptr, usig.data()), 1);
  EXPECT_EQ(in.world.fired("int"), 0U);
}

// ---- wait early ----

TEST(WaitEarly, ReturnsFewerThanMinNrAndLosesNothing) {
  WithPlan in("few: wait min_nr>1 when=1 early 1");
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  io_event events[3];
  EXPECT_EQ(in.world.io_getevents(in.ctx, 3, 3, events), 1);
  EXPECT_EQ(events[0].data, 1U);
  EXPECT_EQ(in.world.io_getevents(in.ctx, 2, 3, events), 2);
  EXPECT_EQ(in.world.fired("few"), 1U);
}

TEST(WaitEarly, WaitsForAsManyAsItReturns) {
  WithPlan in({.plan = "wait early 2", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  io_event events[3];
  EXPECT_EQ(in.world.io_getevents(in.ctx, 3, 3, events), 2);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
}

// ---- cancel ----

class Cancel : public testing::Test {
 protected:
  void start(const WorldOptions& options) {
    in.emplace(options);
    EXPECT_EQ(in->world.pipe(ends), 0);
    poll = poll_of(ends[0], POLLIN, 5);
    EXPECT_EQ(in->submit({&poll}), 1);
  }
  long cancel(iocb& request) { return in->world.io_cancel(in->ctx, &request, nullptr); }

  std::optional<WithPlan> in;
  int ends[2]{};
  iocb poll{};
};

TEST_F(Cancel, EinvalLetsTheRequestGoOn) {
  start({.plan = "no: cancel when=1 einval"});
  EXPECT_EQ(cancel(poll), -EINVAL);
  EXPECT_EQ(in->world.write(ends[1], "x", 1), 1);
  EXPECT_THAT(in->drain(), ElementsAre(POLLIN | 0x40));
  EXPECT_EQ(in->world.fired("no"), 1U);
}

TEST_F(Cancel, InprogressDoneBringsTheNaturalResult) {
  start({.plan = "cancel inprogress_done"});
  EXPECT_EQ(cancel(poll), -EINPROGRESS);
  EXPECT_THAT(in->drain(), IsEmpty());
  EXPECT_EQ(in->world.write(ends[1], "x", 1), 1);
  EXPECT_THAT(in->drain(), ElementsAre(POLLIN | 0x40));
}

TEST_F(Cancel, InprogressCanceledIsWhatPollsDo) {
  start({.plan = "cancel inprogress_canceled"});
  EXPECT_EQ(cancel(poll), -EINPROGRESS);
  EXPECT_THAT(in->drain(), ElementsAre(0));
}

TEST_F(Cancel, InprogressCanceledEndsATransferThatIsHeld) {
  start({.plan = "cancel op=read inprogress_canceled", .order = CompletionOrder::scripted});
  EXPECT_EQ(in->submit({&in->reads[0]}), 1);
  EXPECT_EQ(cancel(in->reads[0]), -EINPROGRESS);
  EXPECT_THAT(in->drain(), ElementsAre(-ECANCELED));
  EXPECT_EQ(in->buffers[0][0], 'b');
  EXPECT_EQ(in->world.in_flight().size(), 1U);
}

TEST_F(Cancel, InprogressDoneOfATransferThatIsHeldChangesNothing) {
  start({.plan = "cancel op=read inprogress_done; complete op=read delay 1s"});
  EXPECT_EQ(in->submit({&in->reads[0]}), 1);
  EXPECT_EQ(cancel(in->reads[0]), -EINPROGRESS);
  EXPECT_THAT(in->wait_for(1), ElementsAre(512));
}

// K126: kernels know how to cancel polls only.
TEST_F(Cancel, WithoutARuleTransfersCannotBeCancelled) {
  start({.plan = "no: cancel op=write einval; complete op=read delay 1s"});
  EXPECT_EQ(in->submit({&in->reads[0]}), 1);
  EXPECT_EQ(cancel(in->reads[0]), -EINVAL);
  EXPECT_EQ(in->world.fired("no"), 0U);
  EXPECT_THAT(in->wait_for(1), ElementsAre(512));
}

TEST_F(Cancel, WhatIsNotInFlightIsNotAsked) {
  start({.plan = "no: cancel inprogress_done"});
  EXPECT_EQ(cancel(in->reads[0]), -EINVAL);
  EXPECT_EQ(in->world.fired("no"), 0U);
}

}  // namespace
}  // namespace aioemu
