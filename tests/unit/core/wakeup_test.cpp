// Who is woken by a completion, and what a sleeper finds when it wakes.
#include <gtest/gtest.h>

#include <vector>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

class WakeUpTest : public testing::Test {
 protected:
  WakeUpTest() {
    world_.files.add(3, FileKind::regular);
    ctx_ = world_.setup();
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(world_.submit(ctx_, iocb_), 1);
      in_flight_.push_back(world_.step.request);
    }
  }
  ~WakeUpTest() override {
    while (!in_flight_.empty()) complete_one();
  }

  abi::RingHeader& header() { return *reinterpret_cast<abi::RingHeader*>(ctx_); }
  WaitStatus begin(Wait& wait, std::int64_t min_nr, std::int64_t nr) {
    return world_.kernel.getevents_begin(wait, ctx_, min_nr, nr, FakeWorld::address(events_), 0);
  }
  WaitStatus resume(Wait& wait, WakeReason reason = WakeReason::woken) {
    return world_.kernel.getevents_resume(wait, reason);
  }
  Completion complete_one() {
    Request* const request = in_flight_.back();
    in_flight_.pop_back();
    return world_.kernel.complete(*request, 0);
  }
  // Lets a waiter that will get nothing more go.
  void dismiss(Wait& wait) { EXPECT_FALSE(resume(wait, WakeReason::timed_out).blocked); }

  FakeWorld world_;
  UserAddress ctx_ = 0;
  abi::Iocb iocb_ = iocb_of(abi::Opcode::pread, 3);
  std::vector<Request*> in_flight_;
  abi::IoEvent events_[256] = {};
};

TEST_F(WakeUpTest, AWokenWaiterIsMarkedAndASleepingOneIsNot) {
  Wait wait;
  ASSERT_TRUE(begin(wait, 1, 8).blocked);
  EXPECT_FALSE(wait.woken);
  EXPECT_EQ(complete_one().woken, &wait);
  EXPECT_TRUE(wait.woken);
  abi::IoEvent stolen{};
  ASSERT_EQ(world_.reap(ctx_, &stolen, 1), 1);
  ASSERT_TRUE(resume(wait).blocked);
  EXPECT_FALSE(wait.woken) << "it sleeps again";
  EXPECT_EQ(complete_one().woken, &wait);
  EXPECT_EQ(resume(wait).result, 1);
}

TEST_F(WakeUpTest, WhatAWaiterHasAlreadyCounts) {
  complete_one();
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 8).blocked);
  EXPECT_EQ(complete_one().woken, &wait) << "one in hand, one in the ring";
  EXPECT_EQ(resume(wait).result, 2);
}

TEST_F(WakeUpTest, AWaiterThatNeedsLessIsWokenPastOneThatNeedsMore) {
  Wait modest;
  Wait greedy;
  ASSERT_TRUE(begin(modest, 1, 8).blocked);
  ASSERT_TRUE(begin(greedy, 3, 8).blocked);
  const Completion completion = complete_one();
  EXPECT_EQ(completion.woken, &modest);
  EXPECT_EQ(modest.next_woken, nullptr);
  EXPECT_EQ(resume(modest).result, 1);
  dismiss(greedy);
}

TEST_F(WakeUpTest, NoMoreIsTakenThanTheArrayHasRoomFor) {
  complete_one();
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 2).blocked);
  complete_one();
  complete_one();
  EXPECT_EQ(resume(wait).result, 2);
  EXPECT_EQ(events_[2], abi::IoEvent{});
  abi::IoEvent left{};
  EXPECT_EQ(world_.reap(ctx_, &left, 1), 1);
}

TEST_F(WakeUpTest, ASleeperThatWokeForNothingIsInTheQueueOnce) {
  Wait older;
  Wait wait;
  ASSERT_TRUE(begin(older, 3, 8).blocked);
  ASSERT_TRUE(begin(wait, 1, 8).blocked);
  ASSERT_TRUE(resume(wait).blocked);
  EXPECT_EQ(complete_one().woken, &wait);
  EXPECT_EQ(wait.next_woken, nullptr);
  EXPECT_EQ(resume(wait).result, 1);
  dismiss(older);
}

// Any one of three leaves; the other two are woken, newest first.
TEST_F(WakeUpTest, AWaiterThatLeavesTakesNobodyAlong) {
  for (int leaver = 0; leaver < 3; ++leaver) {
    Wait waits[3];
    for (Wait& wait : waits) ASSERT_TRUE(begin(wait, 1, 8).blocked);
    EXPECT_EQ(resume(waits[leaver], WakeReason::timed_out).result, 0);
    Wait* const newer = &waits[leaver == 2 ? 1 : 2];
    Wait* const older = &waits[leaver == 0 ? 1 : 0];
    EXPECT_EQ(complete_one().woken, newer) << leaver;
    EXPECT_EQ(newer->next_woken, older) << leaver;
    EXPECT_EQ(older->next_woken, nullptr) << leaver;
    EXPECT_EQ(resume(*newer).result, 1);
    dismiss(*older);
  }
}

TEST_F(WakeUpTest, ACallThatDoesNotSleepDisturbsNoSleeper) {
  Wait sleeper;
  ASSERT_TRUE(begin(sleeper, 2, 8).blocked);
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 0);
  EXPECT_EQ(complete_one().woken, nullptr);
  EXPECT_EQ(complete_one().woken, &sleeper);
  EXPECT_EQ(resume(sleeper).result, 2);
}

TEST_F(WakeUpTest, DestroyWakesAllNewestFirstAndMarksThem) {
  Wait first;
  Wait second;
  ASSERT_TRUE(begin(first, 1, 8).blocked);
  ASSERT_TRUE(begin(second, 1, 8).blocked);
  const DestroyStart start = world_.kernel.destroy_begin(ctx_);
  ASSERT_EQ(start.woken, &second);
  EXPECT_EQ(second.next_woken, &first);
  EXPECT_TRUE(first.woken);
  EXPECT_TRUE(second.woken);
  EXPECT_EQ(complete_one().woken, nullptr) << "nobody is asleep any more";
  EXPECT_EQ(resume(second).result, 1) << "events in hand win over the dying context";
  EXPECT_EQ(resume(first).result, -EINVAL);
  while (!in_flight_.empty()) complete_one();
  EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
}

// ---- what the program writes into the ring's head while somebody sleeps ----

TEST_F(WakeUpTest, AHeadWhereTheTailArrivesMakesTheRingLookFull) {
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 8).blocked);
  header().head = 1;
  EXPECT_EQ(complete_one().woken, &wait);
  dismiss(wait);
}

TEST_F(WakeUpTest, AHeadAheadOfTheTailCountsRoundTheRing) {
  const std::int64_t count = std::int64_t{header().nr} - 4;
  Wait enough;
  Wait too_few;
  ASSERT_TRUE(begin(enough, count, 256).blocked);
  ASSERT_TRUE(begin(too_few, count + 1, 256).blocked);
  header().head = 5;  // and the tail comes to 1
  EXPECT_EQ(complete_one().woken, &enough);
  header().head = header().tail;
  dismiss(enough);
  dismiss(too_few);
}

TEST_F(WakeUpTest, AHeadOutsideTheRingCountsAsItStands) {
  Wait wait;
  ASSERT_TRUE(begin(wait, std::int64_t{header().nr} - 1, 256).blocked);
  header().head = header().nr + 5;  // less than nothing is a lot, in 32 bits
  EXPECT_EQ(complete_one().woken, &wait);
  header().head = header().tail;
  dismiss(wait);
}

}  // namespace
}  // namespace aioemu::core
