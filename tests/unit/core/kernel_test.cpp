#include "core/kernel.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

using abi::Opcode;

class KernelTest : public testing::Test {
 protected:
  KernelTest() {
    world_.files.add(3, FileKind::regular);
    world_.files.add(4, FileKind::eventfd);
    world_.files.add(5, FileKind::pipe);
  }
  FakeWorld world_;
  char buffer_[64] = {};

  abi::Iocb read_iocb() {
    abi::Iocb iocb = iocb_of(Opcode::pread, 3);
    iocb.buf = FakeWorld::address(buffer_);
    iocb.nbytes = sizeof buffer_;
    return iocb;
  }
};

TEST_F(KernelTest, AfterSetupNothingIsAllocatedOnSubmitCompleteAndReap) {
  const UserAddress ctx = world_.setup();
  const int before = world_.pages.allocations;
  abi::Iocb iocb = read_iocb();
  abi::IoEvent event{};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(world_.submit(ctx, iocb), 1);
    world_.kernel.complete(*world_.step.request, 64);
    ASSERT_EQ(world_.reap(ctx, &event, 1), 1);
  }
  EXPECT_EQ(event, (abi::IoEvent{0, FakeWorld::address(&iocb), 64, 0}));
  EXPECT_EQ(world_.pages.allocations, before);
}

TEST_F(KernelTest, AFailedSetupLeavesNothingCharged) {
  world_.pages.rings_left = 0;
  EXPECT_EQ(world_.setup(), 0U);
  EXPECT_EQ(world_.last, -ENOMEM);
  EXPECT_EQ(world_.system.charged, 0U);
  EXPECT_EQ(world_.kernel.first_context(), 0U);
}

TEST_F(KernelTest, WithoutMemoryForTheContextOrTheTableSetupIsEnomem) {
  for (const int allocations : {0, 1}) {  // the context's block, then the first table
    world_.pages.allocations_left = allocations;
    EXPECT_EQ(world_.setup(), 0U);
    EXPECT_EQ(world_.last, -ENOMEM);
    EXPECT_EQ(world_.system.charged, 0U);
  }
  world_.pages.allocations_left = 1000;
  EXPECT_NE(world_.setup(), 0U);
}

TEST_F(KernelTest, AFifthContextNeedsALargerTable) {
  for (int i = 0; i < 4; ++i) EXPECT_NE(world_.setup(), 0U);
  world_.pages.allocations_left = 1;
  EXPECT_EQ(world_.setup(), 0U);
  EXPECT_EQ(world_.last, -ENOMEM);
  EXPECT_EQ(world_.system.charged, 32U);
  EXPECT_EQ(world_.kernel.counts().contexts, 4U);
}

TEST_F(KernelTest, TheTableGrowsAndFillsItsGaps) {
  std::vector<UserAddress> contexts;
  for (int i = 0; i < 20; ++i) contexts.push_back(world_.setup());
  world_.destroy(contexts[3]);
  world_.destroy(contexts[1]);
  for (const int id : {1, 3, 20}) {
    const UserAddress ctx = world_.setup();
    EXPECT_EQ(*reinterpret_cast<const std::uint32_t*>(ctx), static_cast<std::uint32_t>(id));
  }
}

TEST_F(KernelTest, AMovedRingIsFoundAtItsNewAddress) {
  const UserAddress ctx = world_.setup();
  alignas(64) std::uint32_t copy[8] = {0};  // its first word is the id, 0
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(FakeWorld::address(copy), &event, 1), -EINVAL);
  world_.pages.moved_to = FakeWorld::address(copy);
  EXPECT_EQ(world_.reap(FakeWorld::address(copy), &event, 1), 0);
  world_.pages.moved_to = ctx;
  EXPECT_EQ(world_.reap(ctx, &event, 1), 0);
}

TEST_F(KernelTest, ARefusedElementLeavesNoTrace) {
  const UserAddress ctx = world_.setup();
  abi::Iocb iocb = read_iocb();
  iocb.flags = abi::kFlagResfd;
  iocb.resfd = 4;
  abi::Iocb* list[] = {&iocb};
  for (int i = 0; i < 1000; ++i) {
    Submission submission;
    world_.kernel.submit_begin(submission, ctx, 1, FakeWorld::address(list));
    const Step step = world_.kernel.submit_next(submission, world_.segments);
    ASSERT_EQ(step.kind, Step::Kind::transfer);
    world_.kernel.refuse(submission, *step.request, Errno{EBADF});
    ASSERT_EQ(world_.kernel.submit_next(submission, world_.segments).kind, Step::Kind::finished);
    ASSERT_EQ(world_.kernel.submit_end(submission).result, -EBADF);
  }
  EXPECT_EQ(world_.files.eventfds_held, 0);
  EXPECT_EQ(world_.kernel.counts().in_flight, 0U);
  EXPECT_EQ(world_.kernel.counts().unreaped, 0U);
}

TEST_F(KernelTest, ARetriedElementIsDecodedFromTheIocbAsItWas) {
  const UserAddress ctx = world_.setup();
  abi::Iocb iocb = read_iocb();
  abi::Iocb* list[] = {&iocb};
  Submission submission;
  world_.kernel.submit_begin(submission, ctx, 1, FakeWorld::address(list));
  const Step guessed = world_.kernel.submit_next(submission, world_.segments);
  EXPECT_EQ(iocb.key, 0U);
  world_.files.files.clear();  // the truth: there is no such descriptor
  world_.kernel.retry(submission, *guessed.request);
  EXPECT_EQ(world_.kernel.submit_next(submission, world_.segments).kind, Step::Kind::finished);
  EXPECT_EQ(world_.kernel.submit_end(submission).result, -EBADF);
  EXPECT_EQ(iocb.key, 0x1234U);
}

TEST_F(KernelTest, PollsOnOneFileCompleteNewestFirst) {
  const UserAddress ctx = world_.setup();
  abi::Iocb polls[3];
  for (std::size_t i = 0; i < 3; ++i) {
    polls[i] = iocb_of(Opcode::poll, 5);
    polls[i].buf = abi::kPollIn;
    polls[i].data = i;
    ASSERT_EQ(world_.submit(ctx, polls[i]), 1);
  }
  int completed = 1;
  while (completed == 1) {
    world_.kernel.poll_wake(world_.files.queues[FileRef{5}], {0x41, 0x41}, completed);
  }
  abi::IoEvent events[4] = {};
  ASSERT_EQ(world_.reap(ctx, events, 4), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].data, 2 - i);
    EXPECT_EQ(events[i].res, 0x41);
  }
}

TEST_F(KernelTest, AWakeUpForOtherEventsLeavesAPollPending) {
  const UserAddress ctx = world_.setup();
  abi::Iocb poll = iocb_of(Opcode::poll, 5);
  poll.buf = abi::kPollPri;
  ASSERT_EQ(world_.submit(ctx, poll), 1);
  int completed = 1;
  world_.kernel.poll_wake(world_.files.queues[FileRef{5}], {0x41, 0x41}, completed);
  EXPECT_EQ(completed, 0);
  world_.kernel.poll_wake(world_.files.queues[FileRef{5}], {0, abi::kPollHup}, completed);
  EXPECT_EQ(completed, 1);
  abi::IoEvent event{};
  ASSERT_EQ(world_.reap(ctx, &event, 1), 1);
  EXPECT_EQ(event.res, 0x10);
}

TEST_F(KernelTest, DestroyWaitsForWhatIsInFlightAndCancelsPolls) {
  const UserAddress ctx = world_.setup();
  abi::Iocb read = read_iocb();
  ASSERT_EQ(world_.submit(ctx, read), 1);
  Request& in_flight = *world_.step.request;
  abi::Iocb poll = iocb_of(Opcode::poll, 5);
  ASSERT_EQ(world_.submit(ctx, poll), 1);
  const DestroyStart start = world_.kernel.destroy_begin(ctx);
  ASSERT_EQ(start.result, 0);
  EXPECT_EQ(world_.system.charged, 0U);
  EXPECT_EQ(world_.kernel.destroy_begin(ctx).result, -EINVAL);
  Request* const cancelled = world_.kernel.destroy_next_poll(*start.context);
  ASSERT_NE(cancelled, nullptr);
  EXPECT_FALSE(world_.kernel.complete(*cancelled, 0).drained);
  EXPECT_EQ(world_.kernel.destroy_next_poll(*start.context), nullptr);
  EXPECT_FALSE(world_.kernel.destroy_finish(*start.context));
  EXPECT_TRUE(world_.kernel.complete(in_flight, 64).drained);
  EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
}

TEST_F(KernelTest, AForkChildKnowsNoneOfItsParentsContexts) {
  const UserAddress ctx = world_.setup();
  world_.kernel.forget_all();
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(ctx, &event, 1), -EINVAL);
  const UserAddress own = world_.setup();
  EXPECT_EQ(*reinterpret_cast<const std::uint32_t*>(own), 0U);
  std::free(reinterpret_cast<void*>(ctx));
}

TEST_F(KernelTest, SegmentsBeyondEightLiveInTheCallersBuffer) {
  const UserAddress ctx = world_.setup();
  abi::Segment vector[9];
  for (abi::Segment& segment : vector) segment = {FakeWorld::address(buffer_), 7};
  abi::Iocb iocb = iocb_of(Opcode::preadv, 3);
  iocb.buf = FakeWorld::address(vector);
  iocb.nbytes = 9;
  ASSERT_EQ(world_.submit(ctx, iocb), 1);
  EXPECT_EQ(world_.step.request->segments, world_.segments.segments.data());
  EXPECT_EQ(world_.step.request->length, 63U);
  world_.kernel.complete(*world_.step.request, 63);
}

TEST(KernelProfile, OlderKernelsKnowFewerFlags) {
  FakeWorld world(*profile_named("linux-6.1"));
  world.files.add(3, FileKind::regular);
  const UserAddress ctx = world.setup();
  abi::Iocb iocb = iocb_of(Opcode::pread, 3);
  iocb.rw_flags = abi::kRwfNosignal;
  EXPECT_EQ(world.submit(ctx, iocb), -EOPNOTSUPP);
  EXPECT_EQ(profile_named("linux-2.4"), std::nullopt);
}

}  // namespace
}  // namespace aioemu::core
