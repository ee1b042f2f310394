// A context between io_destroy's first step and its last, with threads inside.
#include <gtest/gtest.h>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

class DyingContextTest : public testing::Test {
 protected:
  DyingContextTest() {
    world_.files.add(3, FileKind::regular);
    world_.files.add(5, FileKind::pipe);
    ctx_ = world_.setup();
  }
  // A thread inside io_submit with one element.
  void enter(Submission& submission) {
    world_.kernel.submit_begin(submission, ctx_, 1, FakeWorld::address(list_));
  }
  Step next(Submission& submission) {
    return world_.kernel.submit_next(submission, world_.segments);
  }
  WaitStatus leave(Submission& submission) { return world_.kernel.submit_end(submission); }

  FakeWorld world_;
  UserAddress ctx_ = 0;
  abi::Iocb poll_ = iocb_of(abi::Opcode::poll, 5);
  abi::Iocb* list_[1] = {&poll_};
};

TEST_F(DyingContextTest, APollArmedByABatchUnderWayIsCancelledWhenItsThreadHasLeft) {
  Submission inside;
  enter(inside);
  ASSERT_EQ(next(inside).kind, Step::Kind::poll);
  const DestroyStart start = world_.kernel.destroy_begin(ctx_);
  ASSERT_EQ(start.result, 0);
  EXPECT_EQ(world_.kernel.destroy_next_poll(*start.context), nullptr);
  EXPECT_FALSE(world_.kernel.destroy_finish(*start.context));
  EXPECT_TRUE(leave(inside).drained);
  Request* const poll = world_.kernel.destroy_next_poll(*start.context);
  ASSERT_NE(poll, nullptr);
  EXPECT_FALSE(world_.kernel.destroy_finish(*start.context)) << "its event is still to come";
  EXPECT_TRUE(world_.kernel.complete(*poll, 0).drained);
  EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
}

TEST_F(DyingContextTest, OnlyTheLastThreadToLeaveDrainsIt) {
  Submission first;
  Submission second;
  enter(first);
  enter(second);
  const DestroyStart start = world_.kernel.destroy_begin(ctx_);
  EXPECT_FALSE(leave(first).drained);
  EXPECT_FALSE(world_.kernel.destroy_finish(*start.context));
  EXPECT_TRUE(leave(second).drained);
  EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
}

TEST_F(DyingContextTest, LeavingALiveContextDrainsNothing) {
  Submission submission;
  enter(submission);
  EXPECT_FALSE(leave(submission).drained);
}

TEST_F(DyingContextTest, ItsPollsAreCancelledOldestFirstWhicheverHaveGone) {
  for (std::size_t gone = 0; gone < 3; ++gone) {
    ctx_ = world_.setup();
    abi::Iocb polls[3] = {poll_, poll_, poll_};
    for (abi::Iocb& poll : polls) ASSERT_EQ(world_.submit(ctx_, poll), 1);
    const CancelOutcome cancelled = world_.kernel.cancel(ctx_, FakeWorld::address(&polls[gone]));
    ASSERT_EQ(cancelled.result, -EINPROGRESS);
    world_.kernel.complete(*cancelled.request, 0);
    ASSERT_EQ(world_.submit(ctx_, poll_), 1);
    const DestroyStart start = world_.kernel.destroy_begin(ctx_);
    for (const std::size_t left : {std::size_t{gone == 0}, std::size_t{gone == 2 ? 1U : 2U}}) {
      Request* const poll = world_.kernel.destroy_next_poll(*start.context);
      ASSERT_NE(poll, nullptr);
      EXPECT_EQ(poll->obj, FakeWorld::address(&polls[left])) << gone;
      world_.kernel.complete(*poll, 0);
    }
    Request* const last = world_.kernel.destroy_next_poll(*start.context);
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->obj, FakeWorld::address(&poll_));
    world_.kernel.complete(*last, 0);
    EXPECT_EQ(world_.kernel.destroy_next_poll(*start.context), nullptr);
    EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
  }
}

}  // namespace
}  // namespace aioemu::core
