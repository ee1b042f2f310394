// IOCB_FLAG_RESFD: when an eventfd is signalled, and what the event says (K91-K94).
#include <fcntl.h>
#include <poll.h>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Eventfd);

// Lets work go on until `fd` has one of `events`; gives up after some ten seconds.
bool becomes_ready(Backend& backend, int fd, short events) {
  const std::int64_t give_up = backend.now_ns() + 10 * kSecond;
  while (backend.now_ns() < give_up) {
    if ((backend.files().poll(fd, events) & events) != 0) return true;
    backend.breathe();
  }
  return false;
}

// ---- who counts ----

AIO_TEST(Eventfd, ASynchronousCompletionCountsBeforeSubmitReturns, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  const int null = files().open("/dev/null", O_RDONLY);
  char buffer[8];
  iocb request = with_eventfd(pread_of(null, buffer, sizeof buffer, 0), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, EachElementOfABatchCountsOne, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files(), 10);
  const int null = files().open("/dev/null", O_RDONLY);
  iocb a = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  iocb b = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  iocb c = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  ASSERT_THAT(submit_all(context, {&a, &b, &c}), Returns(3));
  EXPECT_EQ(take_awaited(backend(), eventfd, 13), 13u);
}

AIO_TEST(Eventfd, EachElementSignalsItsOwnEventfd, "K91") {
  Context context = setup(8);
  const int one = make_eventfd(files());
  const int two = make_eventfd(files());
  const int null = files().open("/dev/null", O_RDONLY);
  iocb a = with_eventfd(pread_of(null, nullptr, 0, 0), one);
  iocb b = pread_of(null, nullptr, 0, 0);
  iocb c = with_eventfd(pread_of(null, nullptr, 0, 0), two);
  iocb d = with_eventfd(pread_of(null, nullptr, 0, 0), two);
  ASSERT_THAT(submit_all(context, {&a, &b, &c, &d}), Returns(4));
  EXPECT_EQ(take_awaited(backend(), one, 1), 1u);
  EXPECT_EQ(take_awaited(backend(), two, 2), 2u);
}

AIO_TEST(Eventfd, ATransferThatFailsCountsToo, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  const int file = files().create(4096, O_RDWR);
  iocb request = with_eventfd(pread_of(file, unmapped_address(), 512, 0), eventfd);
  EXPECT_THAT(complete(context, request), Completes(&request, -EFAULT));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, AReadyPollCounts, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  iocb request = with_eventfd(poll_of(pipe.writer, POLLOUT), eventfd);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLOUT));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, APendingPollCountsWhenItFires, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  iocb request = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(take_from(files(), eventfd), 0u);
  put(files(), pipe.writer, "x");
  EXPECT_TRUE(becomes_ready(backend(), eventfd, POLLIN));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, ACancelledPollCounts, "K91 K127") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  iocb request = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_TRUE(becomes_ready(backend(), eventfd, POLLIN));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, AnFsyncCounts, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  iocb request = with_eventfd(fsync_of(files().create(512, O_RDWR)), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_TRUE(becomes_ready(backend(), eventfd, POLLIN));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

AIO_TEST(Eventfd, PollsTornDownByDestroyCount, "K91 K133") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  iocb a = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
  iocb b = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
  ASSERT_THAT(submit_all(context, {&a, &b}), Returns(2));
  ASSERT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(take_awaited(backend(), eventfd, 2), 2u);
}

AIO_TEST(Eventfd, ASemaphoreGivesOneCompletionPerRead, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files(), 0, EFD_SEMAPHORE);
  const int null = files().open("/dev/null", O_RDONLY);
  iocb a = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  iocb b = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  ASSERT_THAT(submit_all(context, {&a, &b}), Returns(2));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
  EXPECT_EQ(take_from(files(), eventfd), 0u);
}

AIO_TEST(Eventfd, ReapingDoesNotTouchTheCounter, "K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  const int null = files().open("/dev/null", O_RDONLY);
  iocb request = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
}

// ---- who does not ----

AIO_TEST(Eventfd, ARefusedElementDoesNotCount, "K48 K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  iocb request = with_eventfd(poll_of(pipe.reader, 0x10000), eventfd);
  ASSERT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_EQ(take_from(files(), eventfd), 0u);
}

AIO_TEST(Eventfd, WithoutTheFlagTheDescriptorIsIgnored, "K47 K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  iocb request = pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0);
  request.aio_resfd = static_cast<std::uint32_t>(eventfd);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_EQ(take_from(files(), eventfd), 0u);
}

// ---- lifetimes and order ----

AIO_TEST(Eventfd, ClosingItInFlightStillSignalsADuplicate, "K50 K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  const int duplicate = files().dup(eventfd);
  Ends pipe = make_pipe(files());
  iocb request = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(eventfd);
  put(files(), pipe.writer, "x");
  EXPECT_TRUE(becomes_ready(backend(), duplicate, POLLIN));
  EXPECT_EQ(take_awaited(backend(), duplicate, 1), 1u);
}

AIO_TEST(Eventfd, TheEventIsInTheRingBeforeTheEventfdIsReadable, "K92") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  Ends pipe = make_pipe(files());
  for (int i = 0; i < 20; ++i) {
    iocb request = with_eventfd(poll_of(pipe.reader, POLLIN), eventfd);
    ASSERT_THAT(submit(context, request), Returns(1));
    ASSERT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
    ASSERT_TRUE(becomes_ready(backend(), eventfd, POLLIN));
    EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&request, 0)));
    EXPECT_EQ(take_awaited(backend(), eventfd, 1), 1u);
  }
}

AIO_TEST(Eventfd, ACompletionFiresAPollOnItsEventfd, "K91 K83") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  iocb watcher = poll_of(eventfd, POLLIN, 1);
  ASSERT_THAT(submit(context, watcher), Returns(1));
  iocb request =
      with_eventfd(pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(reap(context, 2),
              testing::ElementsAre(Completes(&request, 0), Completes(&watcher, POLLIN)));
}

// ---- a full counter ----

AIO_TEST(Eventfd, ACounterOneBelowItsLimitStaysReadableAndIsNotWritable, "K93") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  add_to(files(), eventfd, 0xfffffffffffffffd);
  EXPECT_EQ(files().poll(eventfd, POLLIN | POLLOUT), POLLIN | POLLOUT);
  iocb request =
      with_eventfd(pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(files().poll(eventfd, POLLIN | POLLOUT), POLLIN);
}

AIO_TEST(Eventfd, AFullCounterSaturatesWithErr, "K93") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  add_to(files(), eventfd, 0xfffffffffffffffe);
  iocb request =
      with_eventfd(pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0), eventfd);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_EQ(files().poll(eventfd, POLLIN | POLLOUT), POLLIN | POLLERR);
}

AIO_TEST(Eventfd, FurtherCompletionsLeaveASaturatedCounter, "K93") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  add_to(files(), eventfd, 0xfffffffffffffffe);
  const int null = files().open("/dev/null", O_RDONLY);
  for (int i = 0; i < 3; ++i) {
    iocb request = with_eventfd(pread_of(null, nullptr, 0, 0), eventfd);
    EXPECT_THAT(complete(context, request), Completes(&request, 0));
  }
  EXPECT_EQ(take_from(files(), eventfd), 0xffffffffffffffff);
  EXPECT_EQ(take_from(files(), eventfd), 0u);
}

// ---- the fields of an event ----

AIO_TEST(Eventfd, Res2IsZeroInEveryKindOfEvent, "K94") {
  Context context = setup(8);
  const int file = files().create(4096, O_RDWR);
  Ends pipe = make_pipe(files());
  char buffer[512];
  iocb read = pread_of(file, buffer, sizeof buffer, 0, 1);
  EXPECT_THAT(complete(context, read), Completes(&read, 512));
  iocb nothing = pread_of(file, buffer, sizeof buffer, 4096, 2);
  EXPECT_THAT(complete(context, nothing), Completes(&nothing, 0));
  iocb fault = pread_of(file, unmapped_address(), 512, 0, 3);
  EXPECT_THAT(complete(context, fault), Completes(&fault, -EFAULT));
  iocb ready = poll_of(pipe.writer, POLLOUT, 4);
  EXPECT_THAT(complete(context, ready), Completes(&ready, POLLOUT));
  iocb sync = fsync_of(file, 5);
  EXPECT_THAT(complete(context, sync), Completes(&sync, 0));
  iocb cancelled = poll_of(pipe.reader, POLLIN, 6);
  ASSERT_THAT(submit(context, cancelled), Returns(1));
  ASSERT_THAT(io_cancel(context, &cancelled, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&cancelled, 0)));
}

AIO_TEST(Eventfd, APollsMaskArrivesAsAPositiveRes, "K94 K49") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 0xffffffffffffffff);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

}  // namespace
}  // namespace conformance
