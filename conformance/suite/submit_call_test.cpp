// io_submit as a call: its own arguments, how far it gets, what it leaves alone (K32-K36, K48-K50).
#include <limits>

#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(Submit);

constexpr long kLongMin = std::numeric_limits<long>::min();
constexpr long kLongMax = std::numeric_limits<long>::max();

iocb** array_at(void* address) { return static_cast<iocb**>(address); }

AIO_TEST(Submit, NegativeCountIsEinval, "K32") {
  const Context context = setup();
  iocb request = pread_of(zero_device(), nullptr, 0, 0);
  iocb* list[] = {&request};
  EXPECT_THAT(io_submit(context, -1, list), FailsWith(EINVAL));
  EXPECT_THAT(io_submit(context, kLongMin, list), FailsWith(EINVAL));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Submit, NegativeCountOfOnlyTheLowerHalfIsAHugeCount, "K32") {
  const Context context = setup();
  EXPECT_THAT(io_submit(context, 0xffffffffL, nullptr), FailsWith(EFAULT));
}

AIO_TEST(Submit, NegativeCountIsEinvalBeforeTheArrayIsRead, "K32 K35") {
  const Context context = setup();
  EXPECT_THAT(io_submit(context, -1, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_submit(context, -1, array_at(kernel_address())), FailsWith(EINVAL));
}

AIO_TEST(Submit, InvalidContextIsEinvalBeforeTheArrayIsRead, "K32 K35") {
  EXPECT_THAT(io_submit(0, 1, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_submit(1, 1, array_at(unmapped_address())), FailsWith(EINVAL));
}

AIO_TEST(Submit, InvalidContextIsEinvalBeforeAnyIocbIsLookedAt, "K32 K41") {
  iocb request = pread_of(-1, nullptr, 0, 0);
  request.aio_key = kUntouchedKey;
  EXPECT_THAT(submit(0, request), FailsWith(EINVAL));
  EXPECT_EQ(request.aio_key, kUntouchedKey);
}

AIO_TEST(Submit, ZeroCountReturnsZero, "K33") {
  const Context context = setup();
  iocb request = pread_of(zero_device(), nullptr, 0, 0);
  iocb* list[] = {&request};
  EXPECT_THAT(io_submit(context, 0, list), Returns(0));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Submit, ZeroCountNeverTouchesTheArray, "K33") {
  const Context context = setup();
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
  EXPECT_THAT(io_submit(context, 0, array_at(unmapped_address())), Returns(0));
  EXPECT_THAT(io_submit(context, 0, array_at(kernel_address())), Returns(0));
}

AIO_TEST(Submit, ZeroCountWithInvalidContextIsEinval, "K33") {
  EXPECT_THAT(io_submit(0, 0, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Submit, ZeroCountOnAFullRingReturnsZero, "K33") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
}

AIO_TEST(Submit, BadDescriptorInTheFirstIocbIsEbadf, "K34 K41") {
  const Context context = setup();
  char buffer[16];
  iocb good = pread_of(zero_device(), buffer, sizeof buffer, 0);
  iocb bad = pread_of(closed_descriptor(), buffer, sizeof buffer, 0);
  EXPECT_THAT(submit_all(context, {&bad, &good}), FailsWith(EBADF));
}

AIO_TEST(Submit, BadSecondElementReturnsOne, "K34") {
  const Context context = setup();
  char buffer[16];
  iocb good = pread_of(zero_device(), buffer, sizeof buffer, 0, 1);
  iocb bad = pread_of(closed_descriptor(), buffer, sizeof buffer, 0, 2);
  ASSERT_THAT(submit_all(context, {&good, &bad}), Returns(1));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&good, 16)));
}

AIO_TEST(Submit, ElementsAfterTheFailingOneAreUntouched, "K34") {
  const Context context = setup();
  const int zero = zero_device();
  char buffer[16];
  iocb first = pread_of(zero, buffer, 1, 0, 1);
  iocb second = pread_of(zero, buffer, 2, 0, 2);
  iocb bad = pread_of(closed_descriptor(), buffer, 3, 0, 3);
  iocb last = pread_of(zero, buffer, 4, 0, 4);
  last.aio_key = kUntouchedKey;
  ASSERT_THAT(submit_all(context, {&first, &second, &bad, &last}), Returns(2));
  EXPECT_EQ(last.aio_key, kUntouchedKey);
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&first, 1), Completes(&second, 2)));
}

AIO_TEST(Submit, FailingFirstElementLeavesTheRestUntouched, "K34") {
  const Context context = setup();
  char buffer[16];
  iocb bad = pread_of(zero_device(), buffer, 1, -1);
  iocb good = pread_of(zero_device(), buffer, 1, 0);
  good.aio_key = kUntouchedKey;
  ASSERT_THAT(submit_all(context, {&bad, &good}), FailsWith(EINVAL));
  EXPECT_EQ(good.aio_key, kUntouchedKey);
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Submit, TheLostErrorComesBackWhenTheRestIsSubmittedAgain, "K34") {
  const Context context = setup();
  char buffer[16];
  iocb good = pread_of(zero_device(), buffer, 1, 0);
  iocb bad = pread_of(closed_descriptor(), buffer, 1, 0);
  iocb* list[] = {&good, &bad};
  ASSERT_THAT(io_submit(context, 2, list), Returns(1));
  EXPECT_THAT(io_submit(context, 1, list + 1), FailsWith(EBADF));
}

AIO_TEST(Submit, NullIocbAfterAGoodOneReturnsOne, "K34 K37") {
  const Context context = setup();
  char buffer[16];
  iocb good = pread_of(zero_device(), buffer, 1, 0);
  EXPECT_THAT(submit_all(context, {&good, nullptr}), Returns(1));
}

AIO_TEST(Submit, UnreadableArrayIsEfault, "K35") {
  const Context context = setup();
  EXPECT_THAT(io_submit(context, 1, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_submit(context, 1, array_at(unmapped_address())), FailsWith(EFAULT));
  EXPECT_THAT(io_submit(context, 1, array_at(kernel_address())), FailsWith(EFAULT));
}

AIO_TEST(Submit, ProtectedArrayIsEfault, "K35") {
  const Context context = setup();
  Pages pages(1);
  pages.protect(PROT_NONE);
  EXPECT_THAT(io_submit(context, 1, array_at(pages.data())), FailsWith(EFAULT));
}

AIO_TEST(Submit, ReadOnlyArrayIsEnough, "K35") {
  const Context context = setup();
  iocb request = pread_of(null_device(), nullptr, 0, 0);
  Pages pages(1);
  *array_at(pages.data()) = &request;
  pages.protect(PROT_READ);
  EXPECT_THAT(io_submit(context, 1, array_at(pages.data())), Returns(1));
}

AIO_TEST(Submit, ArrayThatEndsTooSoonReturnsTheElementsBefore, "K35") {
  const Context context = setup();
  char buffer[16];
  iocb first = pread_of(zero_device(), buffer, 1, 0, 1);
  iocb second = pread_of(zero_device(), buffer, 2, 0, 2);
  Pages pages(1);
  iocb** list = array_at(pages.tail(2 * sizeof(iocb*)));
  list[0] = &first;
  list[1] = &second;
  ASSERT_THAT(io_submit(context, 3, list), Returns(2));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&first, 1), Completes(&second, 2)));
}

AIO_TEST(Submit, PointerCutByAPageEndIsEfault, "K35") {
  const Context context = setup();
  Pages pages(1);
  EXPECT_THAT(io_submit(context, 1, array_at(pages.tail(sizeof(iocb*) - 1))), FailsWith(EFAULT));
}

AIO_TEST(Submit, ArrayMayBeUnaligned, "K35") {
  const Context context = setup();
  char buffer[16];
  iocb first = pread_of(zero_device(), buffer, 1, 0, 1);
  iocb second = pread_of(zero_device(), buffer, 2, 0, 2);
  iocb* list[] = {&first, &second};
  char bytes[sizeof list + 3];
  std::memcpy(bytes + 3, list, sizeof list);
  ASSERT_THAT(io_submit(context, 2, array_at(bytes + 3)), Returns(2));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&first, 1), Completes(&second, 2)));
}

AIO_TEST(Submit, LongestCountWithNullArrayIsEfault, "K35") {
  const Context context = setup();
  EXPECT_THAT(io_submit(context, kLongMax, nullptr), FailsWith(EFAULT));
}

AIO_TEST(Submit, LongestCountSubmitsWhatTheArrayHolds, "K32 K35") {
  const Context context = setup();
  char buffer[16];
  iocb request = pread_of(zero_device(), buffer, 5, 0);
  Pages pages(1);
  iocb** list = array_at(pages.tail(sizeof(iocb*)));
  list[0] = &request;
  ASSERT_THAT(io_submit(context, kLongMax, list), Returns(1));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&request, 5)));
}

AIO_TEST(Submit, MoreThanFitReturnsHowManyFitAndThenEagain, "K36") {
  const OneCpu pinned;
  const Context context = setup();
  const std::uint32_t ring_nr = ring_of(context).nr;
  iocb request = pread_of(null_device(), nullptr, 0, 0);
  std::vector<iocb*> many(ring_nr * 2, &request);
  EXPECT_THAT(submit_all(context, many), Returns(capacity(ring_nr)));
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(Submit, WhatFitsIsAtLeastWhatWasAskedForWithoutPinning, "K36") {
  const Context context = setup(8);
  const std::uint32_t ring_nr = ring_of(context).nr;
  iocb request = pread_of(null_device(), nullptr, 0, 0);
  const long count = submit_all(context, std::vector<iocb*>(ring_nr * 2, &request));
  EXPECT_GE(count, 8);
  EXPECT_LE(count, static_cast<long>(ring_nr) - 1);
}

AIO_TEST(Submit, NullPointerBeyondWhatFitsIsNeverNoticed, "K36") {
  const OneCpu pinned;
  const Context context = setup();
  const std::uint32_t ring_nr = ring_of(context).nr;
  iocb request = pread_of(null_device(), nullptr, 0, 0);
  std::vector<iocb*> many(ring_nr, &request);
  many.push_back(nullptr);
  EXPECT_THAT(submit_all(context, many), Returns(capacity(ring_nr)));
}

AIO_TEST(Submit, TwoSubmittedAndTwoAwaited, "K34 K49") {
  const Context context = setup();
  const int fd = file(8192);
  Pages buffers(2);
  iocb first = pread_of(fd, buffers.data(), 4096, 0, 10);
  iocb second = pread_of(fd, buffers.data() + 4096, 4096, 4096, 20);
  ASSERT_THAT(submit_all(context, {&first, &second}), Returns(2));
  EXPECT_THAT(reap(context, 2),
              testing::UnorderedElementsAre(Completes(&first, 4096), Completes(&second, 4096)));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Submit, ThousandFailedElementsTakeNoSlot, "K48") {
  const OneCpu pinned;
  const Context context = setup();
  iocb bad_descriptor = pread_of(-1, nullptr, 0, 0);
  iocb bad_offset = pread_of(null_device(), nullptr, 0, -1);
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(submit(context, bad_descriptor), FailsWith(EBADF));
    ASSERT_THAT(submit(context, bad_offset), FailsWith(EINVAL));
  }
  const std::uint32_t ring_nr = ring_of(context).nr;
  iocb good = pread_of(null_device(), nullptr, 0, 0);
  EXPECT_THAT(submit_all(context, std::vector<iocb*>(ring_nr, &good)), Returns(capacity(ring_nr)));
}

AIO_TEST(Submit, FailedElementQueuesNoEvent, "K48") {
  const Context context = setup();
  iocb bad = pread_of(null_device(), nullptr, 0, -1);
  ASSERT_THAT(submit(context, bad), FailsWith(EINVAL));
  EXPECT_EQ(ring_of(context).tail, 0U);
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Submit, FailedElementDoesNotSignalItsEventfd, "K48") {
  const Context context = setup();
  const int counter = event_counter();
  iocb bad = with_eventfd(pread_of(null_device(), nullptr, 0, -1), counter);
  ASSERT_THAT(submit(context, bad), FailsWith(EINVAL));
  EXPECT_EQ(counter_of(counter), 0U);
}

AIO_TEST(Submit, DataAndIocbAddressComeBackVerbatim, "K49") {
  const Context context = setup();
  const int fd = null_device();
  iocb all_ones = pread_of(fd, nullptr, 0, 0, ~std::uint64_t{0});
  iocb nothing = pread_of(fd, nullptr, 0, 0, 0);
  ASSERT_THAT(submit_all(context, {&all_ones, &nothing}), Returns(2));
  const std::vector<io_event> events = reap(context, 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].data, ~std::uint64_t{0});
  EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(&all_ones));
  EXPECT_EQ(events[1].data, 0U);
  EXPECT_EQ(events[1].obj, reinterpret_cast<std::uint64_t>(&nothing));
}

AIO_TEST(Submit, SameIocbThreeTimesGivesThreeEvents, "K49") {
  const Context context = setup();
  iocb request = pread_of(null_device(), nullptr, 0, 0, 7);
  ASSERT_THAT(submit_all(context, {&request, &request, &request}), Returns(3));
  EXPECT_THAT(reap(context, 3), testing::Each(Completes(&request, 0)));
}

AIO_TEST(Submit, IocbMayBeRewrittenWhileInFlight, "K49") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb request = poll_of(ends[0], POLLIN, 5);
  ASSERT_THAT(submit(context, request), Returns(1));
  std::memset(&request, 0xff, sizeof request);
  ASSERT_EQ(files().write(ends[1], "x", 1), 1);
  const std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, 5U);
  EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(&request));
}

AIO_TEST(Submit, IocbMayBeUnmappedWhileInFlight, "K49") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  Pages pages(1);
  iocb* request = put(poll_of(ends[0], POLLIN, 6), pages.data());
  ASSERT_THAT(submit_at(context, request), Returns(1));
  pages.protect(PROT_NONE);
  ASSERT_EQ(files().write(ends[1], "x", 1), 1);
  const std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, 6U);
  EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(request));
}

AIO_TEST(Submit, ClosedFileStaysOpenForTheRequestInFlight, "K50") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb request = poll_of(ends[0], POLLIN, 1);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(files().close(ends[0]), 0);
  EXPECT_THAT(drain(context), testing::IsEmpty());
  ASSERT_EQ(files().write(ends[1], "x", 1), 1) << "the reading end is still held";
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | POLLRDNORM)));
}

AIO_TEST(Submit, ReusedDescriptorNumberDoesNotMisleadTheRequestInFlight, "K50") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb request = poll_of(ends[0], POLLIN, 1);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(files().close(ends[0]), 0);
  const int ready = event_counter(1);
  EXPECT_THAT(drain(context), testing::IsEmpty());
  ASSERT_EQ(files().write(ends[1], "x", 1), 1);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | POLLRDNORM)));
  EXPECT_EQ(counter_of(ready), 1U);
}

AIO_TEST(Submit, WriteCompletesThoughItsFileIsClosedAtOnce, "K50") {
  const Context context = setup();
  const int fd = file(0, O_RDWR);
  const int other = files().reopen(fd, O_RDONLY);
  iocb request = pwrite_of(fd, "data", 4, 0, 1);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(files().close(fd), 0);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 4)));
  EXPECT_EQ(files().size_of(other), 4);
}

AIO_TEST(Submit, ClosedEventfdIsSignalledThroughItsDuplicate, "K50") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  const int counter = event_counter();
  const int duplicate = files().dup(counter);
  ASSERT_GE(duplicate, 0);
  iocb request = with_eventfd(poll_of(ends[0], POLLIN), counter);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(files().close(counter), 0);
  ASSERT_EQ(files().write(ends[1], "x", 1), 1);
  reap(context, 1);
  await_readable(duplicate);
  EXPECT_EQ(counter_of(duplicate), 1U);
}

}  // namespace
}  // namespace conformance
