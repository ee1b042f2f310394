// io_getevents asleep: what wakes it, what it takes, signals, destruction (K104, K106, K108-K112,
// K115, K117, K118, K124).
#include <fcntl.h>
#include <poll.h>

#include <array>
#include <climits>
#include <csignal>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Waiting);

// ---- timeouts that never end ----

// Declares `waiter`, which waits for one event with `timeout`, sleeps, and gets the one event that
// then comes.
void expect_waits_for_an_event(Backend& backend, Context context, timespec timeout,
                               std::unique_ptr<PendingCall> waiter) {
  EXPECT_TRUE(waiter->blocked()) << timeout.tv_sec << "s " << timeout.tv_nsec << "ns";
  queue_events(backend, context, 1);
  EXPECT_THAT(waiter->finish(), Returns(1)) << timeout.tv_sec << "s " << timeout.tv_nsec << "ns";
}

AIO_TEST(Waiting, NoTimeoutWaitsForAnEvent, "K104") {
  Context context = setup(8);
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 9);
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(event.data, 9u);
}

AIO_TEST(Waiting, ANegativeTimeoutWaitsForever, "K104") {
  Context context = setup(8);
  io_event event;
  for (timespec timeout : {timeout_of(-1, 0), timeout_of(0, -1), timeout_of(0, INT64_MIN),
                           timeout_of(-5, kSecond), timeout_of(-1, -kSecond)}) {
    CALL_MAY_SLEEP(waiter,
                   [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, &timeout); });
    expect_waits_for_an_event(backend(), context, timeout, std::move(waiter));
  }
}

AIO_TEST(Waiting, ASumBeyondTheRangeOfNanosecondsWaitsForever, "K104") {
  Context context = setup(8);
  io_event event;
  for (timespec timeout : {timeout_of(1, INT64_MAX), timeout_of(-9223372037, 0)}) {
    CALL_MAY_SLEEP(waiter,
                   [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, &timeout); });
    expect_waits_for_an_event(backend(), context, timeout, std::move(waiter));
  }
}

AIO_TEST(Waiting, HugeSecondsWaitForever, "K104") {
  Context context = setup(8);
  io_event event;
  for (timespec timeout : {timeout_of(9223372036, 0), timeout_of(9223372036, -kSecond),
                           timeout_of(INT64_MAX, 0), timeout_of(INT64_MAX, INT64_MAX)}) {
    CALL_MAY_SLEEP(waiter,
                   [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, &timeout); });
    expect_waits_for_an_event(backend(), context, timeout, std::move(waiter));
  }
}

AIO_TEST(Waiting, NegativeTimeoutStillReturnsEventsThatAreThere, "K104 K105") {
  Context context = setup(8);
  queue_events(backend(), context, 1);
  io_event event;
  timespec timeout = timeout_of(-1, 0);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &timeout), Returns(1));
}

// ---- reaching min_nr ----

AIO_TEST(Waiting, TheSleeperReturnsWhenMinIsReached, "K106 K107") {
  Context context = setup(8);
  std::array<io_event, 8> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 3, 8, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 2, 1);
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 3);
  EXPECT_THAT(waiter->finish(), Returns(3));
  EXPECT_EQ(events[0].data, 1u);
  EXPECT_EQ(events[1].data, 2u);
  EXPECT_EQ(events[2].data, 3u);
}

AIO_TEST(Waiting, ACompletionFromElsewhereWakesTheSleeper, "K106") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 4);
  ASSERT_THAT(submit(context, request), Returns(1));
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  put(files(), pipe.writer, "x");
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_THAT(event, Completes(&request, 0x41));
}

AIO_TEST(Waiting, ACancelledPollWakesTheSleeper, "K106 K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 4);
  ASSERT_THAT(submit(context, request), Returns(1));
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_THAT(event, Completes(&request, 0));
}

AIO_TEST(Waiting, EventsPresentAtTheBeginningAreTakenAtOnce, "K108") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  std::array<io_event, 2> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 2, 2, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_EQ(ring_of(context).head, 1u);
  EXPECT_THAT(drain(context), testing::IsEmpty());
  queue_events(backend(), context, 1, 2);
  EXPECT_THAT(waiter->finish(), Returns(2));
  EXPECT_EQ(events[0].data, 1u);
  EXPECT_EQ(events[1].data, 2u);
}

AIO_TEST(Waiting, FewerEventsThanNeededCanBeStolenFromASleeper, "K109") {
  Context context = setup(8);
  std::array<io_event, 3> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 3, 3, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 1);
  EXPECT_TRUE(waiter->blocked());
  // Where every completion wakes the sleeper (D1), it has taken the event already.
  const std::size_t left = facts().wakes_on_enough ? 1 : 0;
  EXPECT_THAT(drain(context), testing::SizeIs(left));
  queue_events(backend(), context, 2 + left, 2);
  EXPECT_THAT(waiter->finish(), Returns(3));
  EXPECT_EQ(events[2].data, left == 1 ? 4u : 3u);
}

AIO_TEST(Waiting, WhatWasTakenCountsTowardsWhatIsNeeded, "K109 K108") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  std::array<io_event, 3> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 3, 3, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 3);
  EXPECT_THAT(waiter->finish(), Returns(3));
  EXPECT_EQ(events[2].data, 3u);
}

AIO_TEST(Waiting, ATimeoutTakesTheEventsThatWereTooFew, "K109 K106") {
  Context context = setup(8);
  std::array<io_event, 3> events;
  // A busy machine may let the time run out before the events are there: then once more, longer.
  for (std::int64_t patience = 50 * kMillisecond; patience < 10 * kSecond; patience *= 4) {
    timespec timeout = timeout_of(0, patience);
    CALL_MAY_SLEEP(
        waiter, [&](Backend& b) { return b.io_getevents(context, 3, 3, events.data(), &timeout); });
    const bool slept_before = waiter->blocked();
    queue_events(backend(), context, 2, 1);
    const bool slept_after = waiter->blocked();
    const long result = waiter->finish();
    const std::size_t left = drain(context).size();
    if (!slept_before || !slept_after) continue;
    EXPECT_THAT(result, Returns(2));
    EXPECT_EQ(events[0].data, 1u);
    EXPECT_EQ(events[1].data, 2u);
    EXPECT_EQ(left, 0u);
    return;
  }
  BROKEN("the machine is too busy to fall asleep");
}

AIO_TEST(Waiting, AMinAboveTheCapacityIsNeverReached, "K110") {
  Context context = setup(8);
  const std::uint32_t nr = ring_of(context).nr;
  std::vector<io_event> events(nr);
  CALL_MAY_SLEEP(waiter, [&](Backend& b) {
    return b.io_getevents(context, static_cast<long>(nr), static_cast<long>(nr), events.data(),
                          nullptr);
  });
  EXPECT_TRUE(waiter->blocked());
  iocb request = pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0);
  const std::int64_t give_up = backend().now_ns() + 10 * kSecond;
  long submitted = 0;
  while (submitted < nr && backend().now_ns() < give_up) {
    if (submit(context, request) == 1) {
      ++submitted;
    } else if (facts().wakes_on_enough) {
      break;
    } else {
      backend().breathe();  // the sleeper is taking events, and gives their slots back
    }
  }
  if (facts().wakes_on_enough) {
    EXPECT_LT(submitted, static_cast<long>(nr));
    EXPECT_TRUE(waiter->blocked());
    waiter->interrupt();
  } else {
    EXPECT_EQ(submitted, static_cast<long>(nr));
  }
  EXPECT_THAT(waiter->finish(), Returns(submitted));
}

// ---- two sleepers ----

AIO_TEST(Waiting, OneEventEndsOneOfTwoSleepers, "K111") {
  Context context = setup(8);
  std::array<io_event, 2> events;
  CALL_MAY_SLEEP(older,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &events[0], nullptr); });
  EXPECT_TRUE(older->blocked());
  CALL_MAY_SLEEP(newer,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &events[1], nullptr); });
  EXPECT_TRUE(newer->blocked());
  queue_events(backend(), context, 1);
  UNSPECIFIED(
      "which of two woken threads takes the event: both run for it, the newer usually wins");
  const bool older_sleeps = older->blocked();
  EXPECT_NE(older_sleeps, newer->blocked());
  queue_events(backend(), context, 1);
  EXPECT_THAT(older->finish(), Returns(1));
  EXPECT_THAT(newer->finish(), Returns(1));
}

AIO_TEST(Waiting, TheSleeperWhoNeedsLessIsServedFirst, "K109 K111") {
  Context context = setup(8);
  std::array<io_event, 3> many;
  io_event one;
  CALL_MAY_SLEEP(modest, [&](Backend& b) { return b.io_getevents(context, 1, 1, &one, nullptr); });
  EXPECT_TRUE(modest->blocked());
  CALL_MAY_SLEEP(greedy,
                 [&](Backend& b) { return b.io_getevents(context, 3, 3, many.data(), nullptr); });
  EXPECT_TRUE(greedy->blocked());
  if (facts().wakes_on_enough) {
    queue_events(backend(), context, 1, 1);
    EXPECT_THAT(modest->finish(), Returns(1));
    EXPECT_EQ(one.data, 1u);
    EXPECT_TRUE(greedy->blocked());
    queue_events(backend(), context, 3, 2);
    EXPECT_THAT(greedy->finish(), Returns(3));
    return;
  }
  queue_events(backend(), context, 4, 1);
  EXPECT_THAT(modest->finish(), Returns(1));
  EXPECT_THAT(greedy->finish(), Returns(3));
}

// ---- a head moved by the user ----

AIO_TEST(Waiting, StaleSlotsCountForWakingWhenTheHeadIsMovedBack, "K112") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  ASSERT_THAT(drain(context), testing::SizeIs(2));
  std::array<io_event, 3> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 3, 3, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  ring_of(context).head = 0;
  queue_events(backend(), context, 1, 3);
  EXPECT_THAT(waiter->finish(), Returns(3));
  EXPECT_EQ(events[0].data, 1u);
  EXPECT_EQ(events[1].data, 2u);
  EXPECT_EQ(events[2].data, 3u);
}

// ---- a bad buffer, found late ----

AIO_TEST(Waiting, AFaultAfterTheFirstPassGivesTheCountSoFar, "K115") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  Pages page(1);
  io_event* one = reinterpret_cast<io_event*>(page.tail(sizeof(io_event)));
  CALL_MAY_SLEEP(waiter, [&](Backend& b) { return b.io_getevents(context, 2, 2, one, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 2);
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(one->data, 1u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(2));
}

AIO_TEST(Waiting, AFaultAfterSleepingWithoutAnyEventIsEfault, "K115 K114") {
  Context context = setup(8);
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, nullptr, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 2);
  EXPECT_THAT(waiter->finish(), FailsWith(EFAULT));
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(2));
}

// ---- signals ----

AIO_TEST(Waiting, ASignalWithoutEventsIsEintr, "K117") {
  Context context = setup(8);
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  waiter->interrupt();
  EXPECT_THAT(waiter->finish(), FailsWith(EINTR));
}

AIO_TEST(Waiting, ARestartingHandlerIsEintrToo, "K117") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(100, 0);
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, &timeout); });
  EXPECT_TRUE(waiter->blocked());
  waiter->interrupt(true);
  EXPECT_THAT(waiter->finish(), FailsWith(EINTR));
}

AIO_TEST(Waiting, ASignalAfterSomeEventsGivesTheirCount, "K117 K108") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 6);
  std::array<io_event, 2> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 2, 2, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  waiter->interrupt();
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(events[0].data, 6u);
}

AIO_TEST(Waiting, ASignalTakesTheEventsThatWereTooFew, "K117 K109") {
  Context context = setup(8);
  std::array<io_event, 3> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 3, 3, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 2, 1);
  EXPECT_TRUE(waiter->blocked());
  waiter->interrupt();
  EXPECT_THAT(waiter->finish(), Returns(2));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Waiting, AnIgnoredSignalDoesNotInterrupt, "K118") {
  Context context = setup(8);
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  const bool sent = waiter->disturb(Disturbance::ignored_signal);
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1);
  EXPECT_THAT(waiter->finish(), Returns(1));
  if (!sent) NOT_APPLICABLE("no ignored signals here");
}

AIO_TEST(Waiting, ABlockedPendingSignalDoesNotInterrupt, "K118") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 20 * kMillisecond);
  backend().block_signal(SIGUSR2, true);
  backend().raise_signal(SIGUSR2);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &timeout), Returns(0));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
  backend().block_signal(SIGUSR2, false);
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

// In a child, so that no shell sees its job stop. The child's result: 0 good, 1 not possible here.
int stop_a_sleeper(Backend& backend, long expected) {
  Context context = 0;
  if (backend.io_setup(8, &context) != 0) return 2;
  io_event event;
  auto waiter =
      backend.start([&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  if (!waiter) return 1;
  if (!waiter->blocked()) return 3;
  if (!waiter->disturb(Disturbance::stop_and_continue)) {
    waiter->interrupt();
    waiter->finish();
    return 1;
  }
  return waiter->finish() == expected ? 0 : 4;
}

AIO_TEST(Waiting, StopAndContinueIsEintr, "K118") {
  if (!facts().can_fork) NOT_APPLICABLE("no processes here");
  const int result =
      backend().in_fork([](Backend& child) { return stop_a_sleeper(child, -EINTR); });
  if (result == 1) NOT_APPLICABLE("a process cannot be stopped here");
  EXPECT_EQ(result, 0);
}

// ---- destruction ----

AIO_TEST(Waiting, DestroyWakesASleeperWithEinval, "K124") {
  Context context = setup(8);
  io_event event;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(waiter->finish(), FailsWith(EINVAL));
}

AIO_TEST(Waiting, DestroyGivesASleeperWhatItHasTaken, "K124 K108") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 3);
  std::array<io_event, 2> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 2, 2, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(events[0].data, 3u);
}

AIO_TEST(Waiting, DestroyWakesEverySleeper, "K124") {
  Context context = setup(8);
  std::array<io_event, 2> events;
  timespec timeout = timeout_of(100, 0);
  CALL_MAY_SLEEP(first,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &events[0], nullptr); });
  EXPECT_TRUE(first->blocked());
  CALL_MAY_SLEEP(second,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &events[1], &timeout); });
  EXPECT_TRUE(second->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(first->finish(), FailsWith(EINVAL));
  EXPECT_THAT(second->finish(), FailsWith(EINVAL));
}

AIO_TEST(Waiting, DestroyGivesASleeperTheEventsThatWereTooFew, "K124 K109") {
  Context context = setup(8);
  std::array<io_event, 2> events;
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 2, 2, events.data(), nullptr); });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1);
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(waiter->finish(), Returns(1));
}

}  // namespace
}  // namespace conformance
