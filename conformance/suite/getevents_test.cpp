// io_getevents when it need not sleep: the order of its checks, counts, timeouts that end, and
// the buffer for the events (K102-K107, K113-K116). Sleeping is getevents_wait_test.cpp.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <climits>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Getevents);

// Nearly at once. Not zero: a library that peeks at the ring answers a zero timeout by itself
// (K144), and the tests of errors ask the kernel.
timespec at_once() { return timeout_of(0, 1); }

timespec* unreadable_timeout() { return static_cast<timespec*>(unmapped_address()); }
io_event* unmapped_events() { return static_cast<io_event*>(unmapped_address()); }

// ---- order of the checks ----

AIO_TEST(Getevents, UnreadableTimeoutIsEfault, "K102") {
  Context context = setup(8);
  io_event event;
  EXPECT_THAT(io_getevents(context, 0, 1, &event, unreadable_timeout()), FailsWith(EFAULT));
}

AIO_TEST(Getevents, TimeoutInTheKernelHalfIsEfault, "K102") {
  Context context = setup(8);
  io_event event;
  EXPECT_THAT(io_getevents(context, 0, 1, &event, static_cast<timespec*>(kernel_address())),
              FailsWith(EFAULT));
}

AIO_TEST(Getevents, TimeoutStraddlingIntoAnUnmappedPageIsEfault, "K102") {
  Context context = setup(8);
  Pages page(1);
  io_event event;
  EXPECT_THAT(io_getevents(context, 0, 1, &event, reinterpret_cast<timespec*>(page.tail(8))),
              FailsWith(EFAULT));
}

AIO_TEST(Getevents, UnreadableTimeoutWinsOverABadContext, "K102") {
  io_event event;
  EXPECT_THAT(io_getevents(0, 0, 1, &event, unreadable_timeout()), FailsWith(EFAULT));
}

AIO_TEST(Getevents, UnreadableTimeoutWinsOverMinAboveNr, "K102") {
  Context context = setup(8);
  io_event event;
  EXPECT_THAT(io_getevents(context, 2, 1, &event, unreadable_timeout()), FailsWith(EFAULT));
}

AIO_TEST(Getevents, UnreadableTimeoutWinsOverEventsThatAreThere, "K102") {
  Context context = setup(8);
  queue_events(backend(), context, 1);
  io_event event;
  EXPECT_THAT(io_getevents(context, 1, 1, &event, unreadable_timeout()), FailsWith(EFAULT));
  EXPECT_THAT(drain(context), testing::SizeIs(1));
}

AIO_TEST(Getevents, BadContextIsEinval, "K102") {
  io_event event;
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(0, 0, 1, &event, &soon), FailsWith(EINVAL));
  EXPECT_THAT(io_getevents(0, 0, 0, nullptr, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Getevents, BadContextWinsOverAnUnmappedEventsBuffer, "K102") {
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(0, 1, 1, unmapped_events(), &soon), FailsWith(EINVAL));
}

AIO_TEST(Getevents, NegativeMinIsEinval, "K102") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(context, -1, 1, &event, &soon), FailsWith(EINVAL));
  EXPECT_THAT(io_getevents(context, LONG_MIN, 1, &event, &soon), FailsWith(EINVAL));
}

AIO_TEST(Getevents, MinAboveNrIsEinval, "K102") {
  Context context = setup(8);
  std::array<io_event, 2> events;
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(context, 2, 1, events.data(), &soon), FailsWith(EINVAL));
  EXPECT_THAT(io_getevents(context, 1, 0, events.data(), &soon), FailsWith(EINVAL));
}

AIO_TEST(Getevents, NegativeNrIsEinval, "K102") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(context, 0, -1, &event, &soon), FailsWith(EINVAL));
  EXPECT_THAT(io_getevents(context, -1, -1, &event, &soon), FailsWith(EINVAL));
}

AIO_TEST(Getevents, MinAboveNrWinsOverAnUnmappedEventsBuffer, "K102") {
  Context context = setup(8);
  queue_events(backend(), context, 1);
  EXPECT_THAT(io_getevents(context, 2, 1, unmapped_events(), nullptr), FailsWith(EINVAL));
  EXPECT_THAT(drain(context), testing::SizeIs(1));
}

AIO_TEST(Getevents, TheEventsBufferIsTouchedOnlyWhenThereIsAnEvent, "K102 K103") {
  Context context = setup(8);
  timespec soon = at_once();
  EXPECT_THAT(io_getevents(context, 1, 1, unmapped_events(), &soon), Returns(0));
  queue_events(backend(), context, 1);
  EXPECT_THAT(io_getevents(context, 1, 1, unmapped_events(), &soon), FailsWith(EFAULT));
}

// ---- how many ----

AIO_TEST(Getevents, NrZeroTakesNothing, "K103") {
  Context context = setup(8);
  queue_events(backend(), context, 1);
  timespec zero = timeout_of(0, 0);
  EXPECT_THAT(io_getevents(context, 0, 0, nullptr, nullptr), Returns(0));
  EXPECT_THAT(io_getevents(context, 0, 0, nullptr, &zero), Returns(0));
  EXPECT_THAT(drain(context), testing::SizeIs(1));
}

AIO_TEST(Getevents, NullEventsAndAnEmptyRingWaitOutTheTimeout, "K103") {
  Context context = setup(8);
  timespec timeout = timeout_of(0, 20 * kMillisecond);
  const std::int64_t took = duration_ns(
      backend(), [&] { EXPECT_THAT(io_getevents(context, 1, 1, nullptr, &timeout), Returns(0)); });
  EXPECT_GE(took, 20 * kMillisecond);
}

AIO_TEST(Getevents, TheLargestNrIsFine, "K103") {
  Context context = setup(8);
  queue_events(backend(), context, 2);
  std::array<io_event, 2> events;
  EXPECT_THAT(io_getevents(context, 1, LONG_MAX, events.data()), Returns(2));
}

AIO_TEST(Getevents, MinZeroNeverWaits, "K105") {
  Context context = setup(8);
  io_event event;
  timespec long_time = timeout_of(1000, 0);
  EXPECT_THAT(io_getevents(context, 0, 1, &event, nullptr), Returns(0));
  EXPECT_THAT(io_getevents(context, 0, 1, &event, &long_time), Returns(0));
}

AIO_TEST(Getevents, MinZeroTakesWhatIsThere, "K105") {
  Context context = setup(8);
  queue_events(backend(), context, 3);
  std::array<io_event, 8> events;
  EXPECT_THAT(io_getevents(context, 0, 8, events.data(), nullptr), Returns(3));
}

AIO_TEST(Getevents, AtMostNrEventsAreTaken, "K105 K113") {
  Context context = setup(8);
  queue_events(backend(), context, 5, 10);
  std::array<io_event, 2> events;
  EXPECT_THAT(io_getevents(context, 1, 2, events.data()), Returns(2));
  EXPECT_EQ(events[0].data, 10u);
  EXPECT_EQ(events[1].data, 11u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(12, 13, 14));
}

AIO_TEST(Getevents, AZeroTimeoutReturnsFewerThanMin, "K105") {
  Context context = setup(8);
  queue_events(backend(), context, 2);
  std::array<io_event, 5> events;
  timespec zero = timeout_of(0, 0);
  EXPECT_THAT(io_getevents(context, 5, 5, events.data(), &zero), Returns(2));
  EXPECT_THAT(io_getevents(context, 5, 5, events.data(), &zero), Returns(0));
}

AIO_TEST(Getevents, TheResultMayExceedMin, "K107") {
  Context context = setup(8);
  queue_events(backend(), context, 5);
  std::array<io_event, 10> events;
  EXPECT_THAT(io_getevents(context, 1, 10, events.data()), Returns(5));
}

AIO_TEST(Getevents, BytesBehindTheLastEventAreLeftAlone, "K105") {
  Context context = setup(8);
  queue_events(backend(), context, 1);
  std::array<io_event, 2> events{};
  events[1].data = 0x5555;
  EXPECT_THAT(io_getevents(context, 1, 2, events.data()), Returns(1));
  EXPECT_EQ(events[1].data, 0x5555u);
}

// ---- order ----

AIO_TEST(Getevents, EventsComeInTheOrderOfCompletion, "K113") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb pending = poll_of(pipe.reader, POLLIN, 100);
  ASSERT_THAT(submit(context, pending), Returns(1));
  queue_events(backend(), context, 2, 1);
  put(files(), pipe.writer, "x");
  EXPECT_THAT(data_of(reap(context, 3)), testing::ElementsAre(1, 2, 100));
}

AIO_TEST(Getevents, OrderHoldsAcrossTheEndOfTheRing, "K113 K140") {
  Context context = setup(8);
  const std::uint32_t nr = ring_of(context).nr;
  std::vector<std::uint64_t> seen;
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 0; i < nr + 10; i += 5) {
    queue_events(backend(), context, 5, i);
    for (std::uint64_t data : data_of(drain(context))) seen.push_back(data);
    for (std::uint64_t k = 0; k < 5; ++k) expected.push_back(i + k);
  }
  EXPECT_EQ(seen, expected);
}

// ---- timeouts that end ----

AIO_TEST(Getevents, AZeroTimeoutPolls, "K104") {
  Context context = setup(8);
  io_event event;
  timespec zero = timeout_of(0, 0);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &zero), Returns(0));
}

AIO_TEST(Getevents, FieldsThatAddUpToZeroPoll, "K104") {
  Context context = setup(8);
  io_event event;
  timespec cancelling = timeout_of(-1, kSecond);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &cancelling), Returns(0));
  timespec opposite = timeout_of(1, -kSecond);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &opposite), Returns(0));
  timespec wrapping = timeout_of(INT64_MIN, 0);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &wrapping), Returns(0));
}

AIO_TEST(Getevents, OneNanosecondEnds, "K104 K106") {
  Context context = setup(8);
  io_event event;
  timespec shortest = timeout_of(0, 1);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &shortest), Returns(0));
}

AIO_TEST(Getevents, ATimeoutIsWaitedOut, "K104 K106") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 30 * kMillisecond);
  const std::int64_t took = duration_ns(
      backend(), [&] { EXPECT_THAT(io_getevents(context, 1, 1, &event, &timeout), Returns(0)); });
  EXPECT_GE(took, 30 * kMillisecond);
  EXPECT_LT(took, 10 * kSecond);
}

// How long a call without events takes; of several tries the quickest, since a busy machine may
// add any time.
std::int64_t wait_ns(Backend& backend, Context context, timespec timeout) {
  io_event event;
  std::int64_t quickest = INT64_MAX;
  for (int tries = 0; tries < 5 && quickest > 100 * kMillisecond; ++tries) {
    const std::int64_t took = duration_ns(backend, [&] {
      EXPECT_THAT(backend.io_getevents(context, 1, 1, &event, &timeout), Returns(0));
    });
    quickest = std::min(quickest, took);
  }
  return quickest;
}

AIO_TEST(Getevents, NanosecondsMayExceedASecond, "K104") {
  const std::int64_t took =
      wait_ns(backend(), setup(8), timeout_of(-1, kSecond + 20 * kMillisecond));
  EXPECT_GE(took, 20 * kMillisecond);
  EXPECT_LT(took, 900 * kMillisecond);
}

AIO_TEST(Getevents, NegativeNanosecondsAreSubtracted, "K104") {
  const std::int64_t took = wait_ns(backend(), setup(8), timeout_of(1, -980 * kMillisecond));
  EXPECT_GE(took, 20 * kMillisecond);
  EXPECT_LT(took, 900 * kMillisecond);
}

AIO_TEST(Getevents, ATimeoutReturnsWhatThereIs, "K106") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 5);
  std::array<io_event, 5> events;
  timespec timeout = timeout_of(0, 20 * kMillisecond);
  const std::int64_t took = duration_ns(backend(), [&] {
    EXPECT_THAT(io_getevents(context, 5, 5, events.data(), &timeout), Returns(2));
  });
  EXPECT_GE(took, 20 * kMillisecond);
  EXPECT_EQ(events[0].data, 5u);
  EXPECT_EQ(events[1].data, 6u);
}

AIO_TEST(Getevents, TheTimeoutIsNotWrittenBack, "K104") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 3 * kMillisecond);
  EXPECT_THAT(io_getevents(context, 1, 1, &event, &timeout), Returns(0));
  EXPECT_EQ(timeout.tv_sec, 0);
  EXPECT_EQ(timeout.tv_nsec, 3 * kMillisecond);
}

AIO_TEST(Getevents, TheTimeoutMayLieInReadOnlyMemory, "K104") {
  Context context = setup(8);
  Pages page(1);
  const timespec timeout = timeout_of(0, kMillisecond);
  std::memcpy(page.tail(sizeof timeout), &timeout, sizeof timeout);
  page.protect(PROT_READ);
  io_event event;
  EXPECT_THAT(
      io_getevents(context, 1, 1, &event, reinterpret_cast<timespec*>(page.tail(sizeof timeout))),
      Returns(0));
}

// ---- a bad buffer for the events ----

AIO_TEST(Getevents, ANullBufferIsEfaultAndLosesNothing, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  EXPECT_THAT(io_getevents(context, 1, 2, nullptr), FailsWith(EFAULT));
  EXPECT_EQ(ring_of(context).head, 0u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1, 2));
}

AIO_TEST(Getevents, AReadOnlyBufferIsEfaultAndLosesNothing, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  Pages page(1);
  page.protect(PROT_READ);
  EXPECT_THAT(io_getevents(context, 1, 2, reinterpret_cast<io_event*>(page.data())),
              FailsWith(EFAULT));
  EXPECT_EQ(ring_of(context).head, 0u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1, 2));
}

AIO_TEST(Getevents, ABufferInTheKernelHalfIsEfault, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  EXPECT_THAT(io_getevents(context, 1, 1, static_cast<io_event*>(kernel_address())),
              FailsWith(EFAULT));
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1));
}

AIO_TEST(Getevents, ABufferWithRoomForOneOfTwoEventsLosesNeither, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  Pages page(1);
  io_event* one = reinterpret_cast<io_event*>(page.tail(sizeof(io_event)));
  EXPECT_THAT(io_getevents(context, 1, 2, one), FailsWith(EFAULT));
  UNSPECIFIED("how much of the good part of the buffer was written");
  EXPECT_EQ(ring_of(context).head, 0u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1, 2));
}

AIO_TEST(Getevents, HalfAnEventOfRoomLosesNothing, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  Pages page(1);
  EXPECT_THAT(io_getevents(context, 1, 1, reinterpret_cast<io_event*>(page.tail(16))),
              FailsWith(EFAULT));
  EXPECT_EQ(ring_of(context).head, 0u);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1));
}

AIO_TEST(Getevents, RoomForNrEventsIsNotNeededWhenFewerAreThere, "K114") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  Pages page(1);
  io_event* one = reinterpret_cast<io_event*>(page.tail(sizeof(io_event)));
  EXPECT_THAT(io_getevents(context, 1, 100, one), Returns(1));
  EXPECT_EQ(one->data, 1u);
}

AIO_TEST(Getevents, AFaultBehindTheEndOfTheRingLosesTheFirstRunNeither, "K114") {
  Context context = setup(8);
  const std::uint32_t nr = ring_of(context).nr;
  for (std::uint32_t i = 0; i < nr - 2; ++i) {
    queue_events(backend(), context, 1);
    ASSERT_THAT(drain(context), testing::SizeIs(1));
  }
  queue_events(backend(), context, 5, 1);
  Pages page(1);
  io_event* two = reinterpret_cast<io_event*>(page.tail(2 * sizeof(io_event)));
  EXPECT_THAT(io_getevents(context, 1, 5, two), FailsWith(EFAULT));
  EXPECT_EQ(ring_of(context).head, nr - 2);
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(1, 2, 3, 4, 5));
}

AIO_TEST(Getevents, TheBufferMayBeUnaligned, "K116") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 7);
  std::array<char, 2 * sizeof(io_event) + 1> bytes{};
  EXPECT_THAT(io_getevents(context, 2, 2, reinterpret_cast<io_event*>(bytes.data() + 1)),
              Returns(2));
  std::array<io_event, 2> events;
  std::memcpy(events.data(), bytes.data() + 1, sizeof events);
  EXPECT_EQ(events[0].data, 7u);
  EXPECT_EQ(events[1].data, 8u);
}

}  // namespace
}  // namespace conformance
