// IOCB_CMD_POLL: what is accepted, what a poll completes with, and in which order (K80-K90).
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Poll);

constexpr short kRdHup = 0x2000;

// ---- what is accepted ----

AIO_TEST(Poll, MaskBeyondSixteenBitsIsEinval, "K80") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, 0x10000);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Poll, MaskWithAHighBitIsEinvalAlthoughTheLowBitsAreReady, "K80") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  put(files(), pipe.writer, "x");
  iocb request = poll_of(pipe.reader, 0x8000000000000000u | POLLIN);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Poll, NonzeroNbytesIsEinval, "K80") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  request.aio_nbytes = 1;
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Poll, NonzeroOffsetIsEinval, "K80") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  request.aio_offset = 1;
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Poll, NonzeroRwFlagsIsEinval, "K80") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  request.aio_rw_flags = kRwfHipri;
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Poll, ClosedDescriptorWinsOverABadMask, "K80") {
  Context context = setup(8);
  iocb request = poll_of(-1, 0x10000);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(Poll, ClosedEventfdWinsOverABadMask, "K80 K42") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, 0x10000);
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(-1);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(Poll, ReadOnlyIocbWinsOverABadMask, "K80 K43") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  Pages page(1);
  iocb request = poll_of(pipe.reader, 0x10000);
  std::memcpy(page.data(), &request, sizeof request);
  page.protect(PROT_READ);
  EXPECT_THAT(submit(context, *reinterpret_cast<iocb*>(page.data())), FailsWith(EFAULT));
}

AIO_TEST(Poll, ABadMaskHasZeroedTheKeyAlready, "K80 K45") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, 0x10000);
  request.aio_key = 0x1234;
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_EQ(request.aio_key, 0u);
}

AIO_TEST(Poll, AFailedPollLeavesTheNextElementAlone, "K80 K34") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb good = poll_of(pipe.writer, POLLOUT);
  iocb bad = poll_of(pipe.reader, 0x10000);
  iocb never = poll_of(pipe.writer, POLLOUT);
  EXPECT_THAT(submit_all(context, {&good, &bad, &never}), Returns(1));
  std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_THAT(events[0], Completes(&good, POLLOUT));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

// ---- ERR and HUP come unasked ----

AIO_TEST(Poll, EmptyMaskOnAHungUpPipeCompletesWithHup, "K81 K82") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  files().close(pipe.writer);
  iocb request = poll_of(pipe.reader, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLHUP));
}

AIO_TEST(Poll, EmptyMaskOnAPipeWithoutReaderCompletesWithErr, "K81 K82") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  files().close(pipe.reader);
  iocb request = poll_of(pipe.writer, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLERR));
}

AIO_TEST(Poll, EmptyMaskWaitsForTheHangupThroughAWrite, "K81 K84") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, 0);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(drain(context), testing::IsEmpty());
  files().close(pipe.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLHUP)));
}

// ---- ready at submit ----

AIO_TEST(Poll, AReadyPollIsInTheRingWhenSubmitReturns, "K82") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  put(files(), pipe.writer, "x");
  iocb request = poll_of(pipe.reader, POLLIN, 77);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&request, POLLIN)));
}

AIO_TEST(Poll, AReadyPipeReportsOnlyTheBitsAskedFor, "K82") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  put(files(), pipe.writer, "x");
  iocb normal = poll_of(pipe.reader, POLLRDNORM);
  EXPECT_THAT(complete(context, normal), Completes(&normal, POLLRDNORM));
  iocb both = poll_of(pipe.reader, POLLIN | POLLRDNORM | POLLPRI);
  EXPECT_THAT(complete(context, both), Completes(&both, POLLIN | POLLRDNORM));
  iocb all = poll_of(pipe.reader, 0xffff);
  EXPECT_THAT(complete(context, all), Completes(&all, POLLIN | POLLRDNORM));
}

AIO_TEST(Poll, ReadyDataAndHangupAreReportedTogether, "K82 K81") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  put(files(), pipe.writer, "x");
  files().close(pipe.writer);
  iocb request = poll_of(pipe.reader, POLLIN);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLIN | POLLHUP));
}

AIO_TEST(Poll, AnEmptyPipeIsReadyForWriting, "K82") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.writer, POLLOUT);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLOUT));
}

AIO_TEST(Poll, ASocketWithDataIsReadyBothWays, "K82") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  put(files(), pair.writer, "x");
  iocb request = poll_of(pair.reader, POLLIN | POLLOUT);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLIN | POLLOUT));
}

AIO_TEST(Poll, AnEventfdIsReadyAccordingToItsCounter, "K82") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files(), 3);
  iocb in = poll_of(eventfd, POLLIN);
  EXPECT_THAT(complete(context, in), Completes(&in, POLLIN));
  iocb out = poll_of(eventfd, POLLOUT);
  EXPECT_THAT(complete(context, out), Completes(&out, POLLOUT));
}

// ---- becoming ready later: the mask of the wake-up ----

AIO_TEST(Poll, DataArrivingInAPipeCompletesWithTheWakeupsMask, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(drain(context), testing::IsEmpty());
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | POLLRDNORM)));
}

AIO_TEST(Poll, AskingForRdnormGivesTheSameMaskLater, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLRDNORM);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | POLLRDNORM)));
}

AIO_TEST(Poll, SpaceInAFullPipeCompletesWithOutAndWrnorm, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files(), O_NONBLOCK);
  const std::string chunk(4096, 'x');
  while (files().write(pipe.writer, chunk.data(), chunk.size()) > 0) {
  }
  iocb request = poll_of(pipe.writer, POLLOUT);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(drain(context), testing::IsEmpty());
  std::string sink(4096, '\0');
  while (files().read(pipe.reader, sink.data(), sink.size()) > 0) {
  }
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLOUT | POLLWRNORM)));
}

AIO_TEST(Poll, DataArrivingAtAStreamSocketCompletesWithFourBits, "K83") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pair.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0xc3)));
}

AIO_TEST(Poll, DataArrivingAtADatagramSocketCompletesWithFourBits, "K83") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_DGRAM);
  iocb request = poll_of(pair.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pair.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0xc3)));
}

AIO_TEST(Poll, DataThatLayThereBeforeIsNoWakeUpForASocketsPriorityPoll, "K83 K84") {
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  put(files(), pair.writer, "old");
  iocb request = poll_of(pair.reader, POLLPRI);
  const Context context = setup();
  ASSERT_THAT(submit(context, request), Returns(1));
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Poll, DataWakesThoughTheWriterClosesAtOnce, "K83") {
  const Context context = setup();
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  files().close(pipe.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

AIO_TEST(Poll, DataWakesThoughTheSocketsPeerClosesAtOnce, "K83") {
  const Context context = setup();
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pair.writer, "x");
  files().close(pair.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0xc3)));
}

AIO_TEST(Poll, OrdinaryDataFiresAPollForUrgentDataOnASocket, "K83 K84") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLPRI);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pair.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0xc3)));
}

// ---- becoming ready later: wake-ups without a mask, and those that carry one bit ----

AIO_TEST(Poll, TheLastWriterLeavingCompletesWithHupAlone, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(pipe.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLHUP)));
}

AIO_TEST(Poll, AWriterThatIsNotTheLastLeavesThePollPending, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  const int second = files().dup(pipe.writer);
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(second);
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
  files().close(pipe.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLHUP)));
}

AIO_TEST(Poll, TheReaderLeavingAFullPipeCompletesWithErr, "K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files(), O_NONBLOCK);
  const std::string chunk(4096, 'x');
  while (files().write(pipe.writer, chunk.data(), chunk.size()) > 0) {
  }
  iocb request = poll_of(pipe.writer, POLLOUT);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(pipe.reader);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLERR)));
}

AIO_TEST(Poll, APeersShutdownCompletesWithIn, "K83") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(files().shutdown(pair.writer, SHUT_WR), Returns(0));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN)));
}

AIO_TEST(Poll, APeersShutdownReportsRdhupWhenAskedFor, "K83") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLIN | kRdHup);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(files().shutdown(pair.writer, SHUT_WR), Returns(0));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | kRdHup)));
}

AIO_TEST(Poll, APeersCloseCompletesWithInAndHup, "K83 K81") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb request = poll_of(pair.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(pair.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN | POLLHUP)));
}

AIO_TEST(Poll, AnEventfdBecomingPositiveCompletesWithIn, "K83") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  iocb request = poll_of(eventfd, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  add_to(files(), eventfd, 5);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN)));
}

AIO_TEST(Poll, AFullEventfdBeingReadCompletesWithOut, "K83") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  add_to(files(), eventfd, 0xfffffffffffffffe);
  iocb request = poll_of(eventfd, POLLOUT);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(take_from(files(), eventfd), 0xfffffffffffffffe);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLOUT)));
}

AIO_TEST(Poll, AnExpiringTimerCompletesWithIn, "K83") {
  Context context = setup(8);
  const int timer = files().timerfd();
  ASSERT_GE(timer, 0);
  iocb request = poll_of(timer, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(files().arm_timer(timer, kMillisecond), Returns(0));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN)));
}

// ---- wake-ups that do not concern the poll ----

AIO_TEST(Poll, APollForUrgentDataSleepsThroughAWriteToItsPipe, "K84") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLPRI);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
  files().close(pipe.writer);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLHUP)));
}

AIO_TEST(Poll, OneWriteFiresOnlyThePollsItConcerns, "K84") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb urgent = poll_of(pipe.reader, POLLPRI, 1);
  iocb ordinary = poll_of(pipe.reader, POLLIN, 2);
  ASSERT_THAT(submit_all(context, {&urgent, &ordinary}), Returns(2));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&ordinary, 0x41)));
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
  EXPECT_THAT(io_cancel(context, &urgent, nullptr), FailsWith(EINPROGRESS));
}

// ---- one shot, order ----

AIO_TEST(Poll, APollFiresOnce, "K88") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  put(files(), pipe.writer, "y");
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Poll, PollsOfOnePipeCompleteLastSubmittedFirst, "K88") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb first = poll_of(pipe.reader, POLLIN, 0);
  iocb second = poll_of(pipe.reader, POLLIN, 1);
  iocb third = poll_of(pipe.reader, POLLIN, 2);
  ASSERT_THAT(submit_all(context, {&first, &second, &third}), Returns(3));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(data_of(reap(context, 3)), testing::ElementsAre(2, 1, 0));
}

AIO_TEST(Poll, PollsOfOneSocketCompleteLastSubmittedFirst, "K88") {
  Context context = setup(8);
  Ends pair = make_socketpair(files(), SOCK_STREAM);
  iocb first = poll_of(pair.reader, POLLIN, 0);
  iocb second = poll_of(pair.reader, POLLIN, 1);
  iocb third = poll_of(pair.reader, POLLIN, 2);
  ASSERT_THAT(submit_all(context, {&first, &second, &third}), Returns(3));
  put(files(), pair.writer, "x");
  EXPECT_THAT(data_of(reap(context, 3)), testing::ElementsAre(2, 1, 0));
}

AIO_TEST(Poll, TheEventOfAPipePollIsUsuallyThereWhenWriteReturns, "K89") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  const long at_once = static_cast<long>(drain(context).size());
  EXPECT_THAT(at_once, OneOf({0, 1}, "a worker takes over when the context's lock is busy"));
  EXPECT_THAT(reap(context, static_cast<std::size_t>(1 - at_once)),
              testing::SizeIs(static_cast<std::size_t>(1 - at_once)));
}

// ---- lifetimes ----

AIO_TEST(Poll, APollOutlivesTheThreadThatSubmittedIt, "K90") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  iocb* pointer = &request;
  CALL_MAY_SLEEP(submitter, [&](Backend& b) { return b.io_submit(context, 1, &pointer); });
  ASSERT_THAT(submitter->finish(), Returns(1));
  submitter.reset();
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

AIO_TEST(Poll, APollOnItsOwnReadyEventfdCountsItself, "K90 K91") {
  Context context = setup(8);
  const int eventfd = make_eventfd(files(), 1);
  iocb request = with_eventfd(poll_of(eventfd, POLLIN), eventfd);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLIN));
  EXPECT_EQ(take_awaited(backend(), eventfd, 2), 2u);
}

AIO_TEST(Poll, APollOnItsOwnEventfdCanWaitForIt, "K90 K91") {
  if (!facts().own_eventfd_polls) {
    UNSPECIFIED("the CPU that writes would hang in this kernel, which takes a lock twice");
    return;
  }
  Context context = setup(8);
  const int eventfd = make_eventfd(files());
  iocb request = with_eventfd(poll_of(eventfd, POLLIN), eventfd);
  ASSERT_THAT(submit(context, request), Returns(1));
  add_to(files(), eventfd, 1);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, POLLIN)));
  EXPECT_EQ(take_awaited(backend(), eventfd, 2), 2u);
}

AIO_TEST(Poll, ClosingTheDescriptorLeavesThePollPending, "K50 K83") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  files().close(pipe.reader);
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

}  // namespace
}  // namespace conformance
