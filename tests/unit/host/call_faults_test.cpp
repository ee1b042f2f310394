// What rules do to the calls themselves: io_setup, io_submit's length, waits, cancels, and eventfds
// that come late.

#include <signal.h>

#include <array>
#include <chrono>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class CallsTest : public RuntimeTest {
 protected:
  explicit CallsTest(const char* plan) : RuntimeTest({.plan = plan}) {}
  void start(iocb& block) { ASSERT_EQ(submit(block), 1); }
  long wait(long min_nr, long nr, const timespec* timeout = nullptr) {
    return runtime_.io_getevents(ctx_, min_nr, nr, events_.data(), timeout);
  }
  void submit_zeroes(long count) {
    iocb block = request(IOCB_CMD_PREAD, zero_, &byte_, 1);
    std::array<iocb*, 8> list{};
    list.fill(&block);
    ASSERT_EQ(runtime_.io_submit(ctx_, count, list.data()), count);
  }
  long cancel(iocb& block) { return runtime_.io_cancel(ctx_, &block, nullptr); }

  const Fd zero_{open("/dev/zero", O_RDONLY)};
  char byte_ = 0;
  std::array<io_event, 8> events_{};
};

// ---- io_setup ----

class SetupFaultTest : public CallsTest {
 protected:
  SetupFaultTest() : CallsTest("scarce: setup when=2..3 errno EAGAIN") {}
};

TEST_F(SetupFaultTest, FailsAndLeavesNothing) {
  aio_context_t other = 0;
  EXPECT_EQ(runtime_.io_setup(0, &other), -EINVAL);
  const std::uint64_t charged = runtime_.aio_nr();
  EXPECT_EQ(runtime_.io_setup(4, &other), -EAGAIN);
  EXPECT_EQ(runtime_.io_setup(4, &other), -EAGAIN);
  EXPECT_EQ(other, 0U);
  EXPECT_EQ(runtime_.aio_nr(), charged);
  EXPECT_EQ(runtime_.io_setup(4, &other), 0);
  EXPECT_EQ(runtime_.io_destroy(other), 0);
  EXPECT_EQ(runtime_.fired("scarce"), 2U);
}

// ---- io_submit ----

class BlockTest : public CallsTest {
 protected:
  BlockTest() : CallsTest("slow: submit when=1 block 20ms") {}
};

TEST_F(BlockTest, TheCallTakesThatLongAndItsEventsAreThere) {
  const auto before = steady_clock::now();
  submit_zeroes(2);
  EXPECT_GE(steady_clock::now() - before, milliseconds(20));
  EXPECT_EQ(events_now().size(), 2U);
  EXPECT_EQ(runtime_.fired("slow"), 1U);
}

class EarlyCompletionTest : public CallsTest {
 protected:
  EarlyCompletionTest() : CallsTest("soon: submit complete_early") {}
};

TEST_F(EarlyCompletionTest, AnFsyncIsOverWhenTheSubmitReturns) {
  const Fd file = file_with("data");
  iocb read = request(IOCB_CMD_PREAD, file, &byte_, 1);
  iocb sync = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  iocb* list[] = {&sync, &read, &sync};
  ASSERT_EQ(runtime_.io_submit(ctx_, 3, list), 3);
  EXPECT_EQ(events_now().size(), 3U);
  EXPECT_EQ(runtime_.fired("soon"), 1U);
}

TEST_F(EarlyCompletionTest, MakesNoDifferenceToWhatCompletesAtOnce) {
  submit_zeroes(2);
  EXPECT_EQ(runtime_.fired("soon"), 0U);
}

class EarlyButDelayedTest : public CallsTest {
 protected:
  EarlyButDelayedTest()
      : CallsTest("soon: submit complete_early; late: complete op=read delay 3600s") {}
};

TEST_F(EarlyButDelayedTest, WhatARuleDelaysStaysLate) {
  const Fd file = file_with("data");
  iocb read = request(IOCB_CMD_PREAD, file, &byte_, 1);
  iocb sync = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  iocb* list[] = {&read, &sync};
  ASSERT_EQ(runtime_.io_submit(ctx_, 2, list), 2);
  EXPECT_EQ(events_now().size(), 1U);
  EXPECT_EQ(runtime_.fired("soon"), 1U);
  EXPECT_EQ(runtime_.fired("late"), 1U);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 1);
}

class EarlyButStalledTest : public CallsTest {
 protected:
  EarlyButStalledTest()
      : CallsTest("order fifo; submit complete_early; complete op=write stall 3600s") {}
};

TEST_F(EarlyButStalledTest, NoSubmitWaitsForAStall) {
  const Fd file = file_with("data");
  iocb read = request(IOCB_CMD_PREAD, file, &byte_, 1);
  iocb write = request(IOCB_CMD_PWRITE, file, "x", 1);
  iocb* list[] = {&read, &write, &read};
  ASSERT_EQ(runtime_.io_submit(ctx_, 3, list), 3);
  EXPECT_TRUE(events_now().empty());
  runtime_.finish_all();
  EXPECT_EQ(events_now().size(), 3U);
}

class EarlyInOrderTest : public CallsTest {
 protected:
  EarlyInOrderTest() : CallsTest("order lifo; soon: submit complete_early") {}
};

TEST_F(EarlyInOrderTest, LetsGoWhatTheOrderHolds) {
  const Fd bell(eventfd(0, EFD_NONBLOCK));
  iocb block = request(IOCB_CMD_PREAD, zero_, &byte_, 1);
  notify(block, bell);
  iocb* list[] = {&block, &block};
  ASSERT_EQ(runtime_.io_submit(ctx_, 2, list), 2);
  EXPECT_EQ(runtime_.statistics().completed, 2U);
  EXPECT_EQ(runtime_.fired("soon"), 1U);
}

// ---- waits ----

class InterruptedWaitTest : public CallsTest {
 protected:
  InterruptedWaitTest() : CallsTest("signal: wait errno EINTR") {}
};

TEST_F(InterruptedWaitTest, OnlyWhereItWouldSleepOnNothing) {
  const timespec none{0, 0};
  EXPECT_EQ(wait(0, 1), 0);
  EXPECT_EQ(wait(1, 1, &none), 0);
  EXPECT_EQ(runtime_.fired("signal"), 0U);
  EXPECT_EQ(wait(1, 1), -EINTR);
  submit_zeroes(1);
  EXPECT_EQ(wait(1, 1), 1);
  EXPECT_EQ(runtime_.fired("signal"), 1U);
}

TEST_F(InterruptedWaitTest, ForPgeteventsOnlyWhereAHandlerCouldRun) {
  const timespec moment{0, 1};
  std::uint64_t everything = ~std::uint64_t{0};
  const struct {
    const void* mask;
    std::size_t size;
  } blocked{&everything, sizeof everything};
  EXPECT_EQ(runtime_.io_pgetevents(ctx_, 1, 1, events_.data(), &moment, &blocked), 0);
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  EXPECT_EQ(runtime_.io_pgetevents(ctx_, 1, 1, events_.data(), &moment, nullptr), -EINTR);
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

class EarlyWaitTest : public CallsTest {
 protected:
  EarlyWaitTest() : CallsTest("few: wait early 1") {}
};

TEST_F(EarlyWaitTest, ReturnsWithFewerThanItNeeds) {
  submit_zeroes(3);
  EXPECT_EQ(wait(3, 8), 1);
  EXPECT_EQ(runtime_.fired("few"), 1U);
  EXPECT_EQ(wait(1, 8), 2);
  EXPECT_EQ(runtime_.fired("few"), 1U);
}

TEST_F(EarlyWaitTest, WaitsForTheFirst) {
  const timespec moment{0, 1};
  EXPECT_EQ(wait(2, 2, &moment), 0);
  EXPECT_EQ(runtime_.fired("few"), 0U);
}

// ---- eventfds ----

class LateEventfdTest : public CallsTest {
 protected:
  LateEventfdTest() : CallsTest("mute: wait eventfd_late 3600s") {}
};

TEST_F(LateEventfdTest, TheEventIsThereAndTheSignalIsNot) {
  Fd bell(eventfd(0, EFD_NONBLOCK));
  const Fd ear(dup(bell));
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  const Fd file = file_with("data");
  iocb read_block = request(IOCB_CMD_PREAD, zero_, &byte_, 1);
  iocb sync = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  iocb poll = poll_request(ends.out, POLLIN);
  for (iocb* const block : {&read_block, &sync, &poll}) {
    notify(*block, bell);
    start(*block);
  }
  bell.reset();
  EXPECT_EQ(wait(3, 3), 3);
  std::uint64_t value = 0;
  EXPECT_EQ(result_of(read(ear, &value, sizeof value)), -EAGAIN);
  runtime_.finish_all();
  EXPECT_EQ(read(ear, &value, sizeof value), 8);
  EXPECT_EQ(value, 3U);
  EXPECT_EQ(runtime_.fired("mute"), 3U);
}

class ShortLateEventfdTest : public CallsTest {
 protected:
  ShortLateEventfdTest() : CallsTest("mute: wait eventfd_late") {}
};

TEST_F(ShortLateEventfdTest, ComesByItself) {
  const Fd bell(eventfd(0, 0));
  iocb block = request(IOCB_CMD_PREAD, zero_, &byte_, 1);
  notify(block, bell);
  const auto before = steady_clock::now();
  start(block);
  EXPECT_EQ(events_now().size(), 1U);
  std::uint64_t value = 0;
  EXPECT_EQ(read(bell, &value, sizeof value), 8);
  EXPECT_GE(steady_clock::now() - before, milliseconds(5));
}

// ---- io_cancel ----

class CancelTest : public CallsTest {
 protected:
  explicit CancelTest(const char* action)
      : CallsTest((std::string("held: complete op=read delay 3600s; rule: cancel ") + action +
                   "; complete op=write delay 3600s")
                      .c_str()) {}
  // A read in flight.
  void hold() {
    block_ = request(IOCB_CMD_PREAD, zero_, &byte_, 1);
    start(block_);
  }
  void arm() {
    block_ = poll_request(ends_.out, POLLIN);
    start(block_);
  }
  void fire() { ASSERT_EQ(write(ends_.in, "x", 1), 1); }

  PipeEnds ends_ = make_pipe();
  iocb block_{};
};

class CancelEinvalTest : public CancelTest {
 protected:
  CancelEinvalTest() : CancelTest("einval") {}
};

TEST_F(CancelEinvalTest, ThePollGoesOn) {
  arm();
  EXPECT_EQ(cancel(block_), -EINVAL);
  fire();
  EXPECT_EQ(reap(), 0x41);
  EXPECT_EQ(runtime_.fired("rule"), 1U);
}

TEST_F(CancelEinvalTest, MakesNoDifferenceToARead) {
  hold();
  EXPECT_EQ(cancel(block_), -EINVAL);
  EXPECT_EQ(runtime_.fired("rule"), 0U);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 1);
}

class CancelDoneTest : public CancelTest {
 protected:
  CancelDoneTest() : CancelTest("inprogress_done") {}
};

TEST_F(CancelDoneTest, TheNaturalResultArrives) {
  arm();
  EXPECT_EQ(cancel(block_), -EINPROGRESS);
  fire();
  EXPECT_EQ(reap(), 0x41);
  hold();
  EXPECT_EQ(cancel(block_), -EINPROGRESS);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 1);
  EXPECT_EQ(runtime_.fired("rule"), 2U);
}

class CancelCanceledTest : public CancelTest {
 protected:
  CancelCanceledTest() : CancelTest("inprogress_canceled") {}
};

TEST_F(CancelCanceledTest, AReadEndsAsCancelled) {
  byte_ = 'k';
  hold();
  EXPECT_EQ(cancel(block_), -EINPROGRESS);
  EXPECT_EQ(reap(), -ECANCELED);
  EXPECT_EQ(byte_, 'k');
  EXPECT_EQ(runtime_.fired("rule"), 1U);
}

TEST_F(CancelCanceledTest, APollDoesThatAnyway) {
  arm();
  EXPECT_EQ(cancel(block_), -EINPROGRESS);
  EXPECT_EQ(reap(), 0);
  EXPECT_EQ(runtime_.fired("rule"), 0U);
}

TEST_F(CancelCanceledTest, WhatIsNotInFlightIsNotFound) {
  hold();
  iocb other = block_;
  EXPECT_EQ(cancel(other), -EINVAL);
  block_.aio_key = 1;
  EXPECT_EQ(cancel(block_), -EINVAL);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 1);
  EXPECT_EQ(runtime_.fired("rule"), 0U);
}

}  // namespace
}  // namespace aioemu
