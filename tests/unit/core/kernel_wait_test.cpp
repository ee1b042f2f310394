#include <gtest/gtest.h>

#include <limits>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

class KernelWaitTest : public testing::Test {
 protected:
  explicit KernelWaitTest(const KernelProfile& profile = {}) : world_(profile) {
    world_.files.add(3, FileKind::regular);
    ctx_ = world_.setup();
    for (Request*& request : in_flight_) {
      EXPECT_EQ(world_.submit(ctx_, iocb_), 1);
      request = world_.step.request;
    }
  }
  ~KernelWaitTest() override {
    for (Request* request : in_flight_) {
      if (request != nullptr) world_.kernel.complete(*request, 0);
    }
  }
  WaitStatus begin(Wait& wait, long min_nr, long nr, const abi::Timespec* timeout = nullptr) {
    return world_.kernel.getevents_begin(wait, ctx_, min_nr, nr, FakeWorld::address(events_),
                                         FakeWorld::address(timeout));
  }
  Completion complete_one() {
    Request* const request = in_flight_[done_];
    in_flight_[done_++] = nullptr;
    return world_.kernel.complete(*request, 0);
  }

  FakeWorld world_;
  UserAddress ctx_ = 0;
  abi::Iocb iocb_ = iocb_of(abi::Opcode::pread, 3);
  Request* in_flight_[4] = {};
  std::size_t done_ = 0;
  abi::IoEvent events_[8] = {};
};

class OldKernelWaitTest : public KernelWaitTest {
 protected:
  OldKernelWaitTest() : KernelWaitTest(*profile_named("linux-6.1")) {}
};

TEST_F(KernelWaitTest, AWaiterSleepsUntilTheRingHoldsWhatItNeeds) {
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 8).blocked);
  EXPECT_EQ(complete_one().woken, nullptr);
  EXPECT_EQ(complete_one().woken, &wait);
  const WaitStatus status = world_.kernel.getevents_resume(wait, WakeReason::woken);
  EXPECT_FALSE(status.blocked);
  EXPECT_EQ(status.result, 2);
}

TEST_F(OldKernelWaitTest, AWaiterIsWokenByEveryCompletionAndDrains) {
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 8).blocked);
  EXPECT_EQ(complete_one().woken, &wait);
  EXPECT_TRUE(world_.kernel.getevents_resume(wait, WakeReason::woken).blocked);
  abi::IoEvent stolen{};
  EXPECT_EQ(world_.reap(ctx_, &stolen, 1), 0);
  EXPECT_EQ(complete_one().woken, &wait);
  EXPECT_EQ(world_.kernel.getevents_resume(wait, WakeReason::woken).result, 2);
}

TEST_F(KernelWaitTest, TheMostRecentWaiterIsWokenFirst) {
  Wait first;
  Wait second;
  ASSERT_TRUE(begin(first, 1, 8).blocked);
  ASSERT_TRUE(begin(second, 1, 8).blocked);
  const Completion completion = complete_one();
  ASSERT_EQ(completion.woken, &second);
  ASSERT_EQ(second.next_woken, &first);
  EXPECT_EQ(world_.kernel.getevents_resume(second, WakeReason::woken).result, 1);
  EXPECT_TRUE(world_.kernel.getevents_resume(first, WakeReason::woken).blocked);
  EXPECT_EQ(world_.kernel.getevents_resume(first, WakeReason::interrupted).result, -EINTR);
}

TEST_F(KernelWaitTest, ATimeoutGivesWhatThereIs) {
  Wait wait;
  const abi::Timespec timeout{0, 1500000000};
  ASSERT_TRUE(begin(wait, 2, 8, &timeout).blocked);
  EXPECT_FALSE(wait.forever);
  EXPECT_EQ(wait.timeout_ns, 1500000000U);
  complete_one();
  EXPECT_EQ(world_.kernel.getevents_resume(wait, WakeReason::timed_out).result, 1);
}

TEST_F(KernelWaitTest, TimeoutsWrapAndNegativeOnesAreForEver) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (const abi::Timespec zero : {abi::Timespec{-1, 1000000000}, abi::Timespec{kMin, 0}}) {
    Wait wait;
    EXPECT_FALSE(begin(wait, 1, 1, &zero).blocked);
  }
  for (const abi::Timespec endless :
       {abi::Timespec{-1, 0}, abi::Timespec{0, -1}, abi::Timespec{0, kMin}, abi::Timespec{1, kMax},
        abi::Timespec{0, kMax}, abi::Timespec{9223372036, 0}, abi::Timespec{kMax, kMax}}) {
    Wait wait;
    ASSERT_TRUE(begin(wait, 1, 1, &endless).blocked);
    EXPECT_TRUE(wait.forever);
    world_.kernel.getevents_resume(wait, WakeReason::timed_out);
  }
}

// K120.
TEST_F(KernelWaitTest, ASignalMaskIsReadBeforeTheContextIsLookedUp) {
  const std::uint64_t mask = 0x400;
  abi::SigsetArgument argument{FakeWorld::address(&mask), sizeof mask};
  Wait wait;
  const auto call = [&](UserAddress ctx, UserAddress usig) {
    return world_.kernel.pgetevents_begin(wait, ctx, 1, 1, FakeWorld::address(events_), 0, usig);
  };
  EXPECT_EQ(call(0, 1).result, -EFAULT);
  EXPECT_EQ(call(0, FakeWorld::address(&argument)).result, -EINVAL);
  argument.mask = 1;
  EXPECT_EQ(call(0, FakeWorld::address(&argument)).result, -EFAULT);
  argument.mask = 0;
  argument.size = 4;
  ASSERT_TRUE(call(ctx_, FakeWorld::address(&argument)).blocked);
  EXPECT_FALSE(wait.has_mask);
  world_.kernel.getevents_resume(wait, WakeReason::interrupted);
  argument.mask = FakeWorld::address(&mask);
  EXPECT_EQ(call(ctx_, FakeWorld::address(&argument)).result, -EINVAL);
  argument.size = sizeof mask;
  ASSERT_TRUE(call(ctx_, FakeWorld::address(&argument)).blocked);
  EXPECT_TRUE(wait.has_mask);
  EXPECT_EQ(wait.mask, 0x400U);
  EXPECT_EQ(world_.kernel.getevents_resume(wait, WakeReason::interrupted).result, -EINTR);
}

TEST_F(KernelWaitTest, DestroyEndsEveryWait) {
  Wait empty;
  ASSERT_TRUE(begin(empty, 1, 8).blocked);
  const DestroyStart start = world_.kernel.destroy_begin(ctx_);
  EXPECT_EQ(start.woken, &empty);
  EXPECT_EQ(world_.kernel.destroy_next_poll(*start.context), nullptr);
  const WaitStatus status = world_.kernel.getevents_resume(empty, WakeReason::woken);
  EXPECT_EQ(status.result, -EINVAL);
  EXPECT_TRUE(status.drained);
  for (int i = 0; i < 4; ++i) complete_one();
  EXPECT_TRUE(world_.kernel.destroy_finish(*start.context));
}

TEST_F(KernelWaitTest, AFaultAfterTheFirstPassKeepsTheCount) {
  complete_one();
  Wait wait;
  ASSERT_TRUE(begin(wait, 2, 8).blocked);
  EXPECT_EQ(wait.got, 1);
  complete_one();
  wait.events = 0;  // as if the program had unmapped it
  EXPECT_EQ(world_.kernel.getevents_resume(wait, WakeReason::woken).result, 1);
  abi::IoEvent event{};
  EXPECT_EQ(world_.reap(ctx_, &event, 1), 1);
}

}  // namespace
}  // namespace aioemu::core
