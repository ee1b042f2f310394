// Which of several polls a wake-up completes.
#include <gtest/gtest.h>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

constexpr int kPipe = 5;

class PollWakeTest : public testing::Test {
 protected:
  PollWakeTest() {
    world_.files.add(kPipe, FileKind::pipe);
    ctx_ = world_.setup();
  }
  void arm(abi::Iocb& poll, std::uint32_t events) {
    poll = iocb_of(abi::Opcode::poll, kPipe);
    poll.buf = events;
    ASSERT_EQ(world_.submit(ctx_, poll), 1);
    ASSERT_EQ(world_.step.kind, Step::Kind::poll);
  }
  // The address of the poll that this wake-up completes, 0 for none.
  UserAddress wake(std::uint32_t carried, std::uint32_t state) {
    int completed = 0;
    world_.kernel.poll_wake(world_.files.queues[FileRef{kPipe}], {carried, state}, completed);
    abi::IoEvent event{};
    const long reaped = world_.reap(ctx_, &event, 1);
    EXPECT_EQ(reaped, completed);
    res_ = event.res;
    return event.obj;
  }

  FakeWorld world_;
  UserAddress ctx_ = 0;
  std::int64_t res_ = 0;
};

TEST_F(PollWakeTest, AnOlderPollIsReachedPastOneThatIsNotConcerned) {
  abi::Iocb older;
  abi::Iocb newer;
  arm(older, abi::kPollIn);
  arm(newer, abi::kPollPri);
  EXPECT_EQ(wake(0x41, 0x41), FakeWorld::address(&older));
  EXPECT_EQ(wake(0x41, 0x41), 0U);
  EXPECT_EQ(wake(abi::kPollPri, abi::kPollPri), FakeWorld::address(&newer));
}

TEST_F(PollWakeTest, AMaskSaysAllThereIsToSay) {
  abi::Iocb poll;
  arm(poll, abi::kPollPri);
  EXPECT_EQ(wake(0x41, 0x41 | abi::kPollPri), 0U);
  EXPECT_EQ(wake(0, 0x41 | abi::kPollPri), FakeWorld::address(&poll));
  EXPECT_EQ(res_, abi::kPollPri);
}

TEST_F(PollWakeTest, AMaskIsReportedWholeAndAStateAsAskedFor) {
  abi::Iocb poll;
  arm(poll, abi::kPollIn);
  EXPECT_EQ(wake(0x41, 0), FakeWorld::address(&poll));
  EXPECT_EQ(res_, 0x41);
  arm(poll, abi::kPollIn);
  EXPECT_EQ(wake(0, 0x41), FakeWorld::address(&poll));
  EXPECT_EQ(res_, abi::kPollIn);
}

// What a wake-up of each kind carries (K83).
TEST(PollClasses, NewDataAndNewRoomCarryWhatTheirKindSays) {
  EXPECT_EQ(rules_of(FileKind::pipe).wake_in, 0x41U);
  EXPECT_EQ(rules_of(FileKind::pipe).wake_out, 0x104U);
  EXPECT_EQ(rules_of(FileKind::socket).wake_in, 0xc3U);
  EXPECT_EQ(rules_of(FileKind::socket).wake_out, 0x304U);
  EXPECT_EQ(rules_of(FileKind::eventfd).wake_in, 0x1U);
  EXPECT_EQ(rules_of(FileKind::eventfd).wake_out, 0x4U);
}

TEST_F(PollWakeTest, ADuePollIsTheCallersToComplete) {
  abi::Iocb poll;
  arm(poll, abi::kPollIn);
  PollQueue& queue = world_.files.queues[FileRef{kPipe}];
  EXPECT_EQ(world_.kernel.poll_due(queue, {abi::kPollPri, 0}).request, nullptr);
  const DuePoll due = world_.kernel.poll_due(queue, {0x41, 0x41});
  ASSERT_NE(due.request, nullptr);
  EXPECT_EQ(due.res, 0x41);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(world_.kernel.cancel(ctx_, FakeWorld::address(&poll)).result, -EINVAL);
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 0);
  world_.kernel.complete(*due.request, due.res);
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 1);
}

TEST_F(PollWakeTest, AReadyPollIsHandedOutWhenTheOwnerWantsIt) {
  world_.files.ready = abi::kPollIn;
  abi::Iocb poll = iocb_of(abi::Opcode::poll, kPipe);
  poll.buf = abi::kPollIn;
  abi::Iocb* list[] = {&poll};
  Submission submission;
  submission.hands_out_ready_polls = true;
  world_.kernel.submit_begin(submission, ctx_, 1, FakeWorld::address(list));
  const Step step = world_.kernel.submit_next(submission, world_.segments);
  ASSERT_EQ(step.kind, Step::Kind::ready);
  EXPECT_EQ(step.completion.res, abi::kPollIn);
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 0);
  world_.kernel.complete(*step.request, step.completion.res);
  EXPECT_EQ(world_.kernel.submit_end(submission).result, 1);
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 1);
}

}  // namespace
}  // namespace aioemu::core
