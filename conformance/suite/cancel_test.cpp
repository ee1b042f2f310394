// io_cancel: the order of its checks, what can be cancelled, and what then happens (K125-K130).
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <array>

#include "conformance/suite/contexts.h"
#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Cancel);

iocb* unmapped_iocb() { return static_cast<iocb*>(unmapped_address()); }

// ---- order of the checks ----

AIO_TEST(Cancel, UnreadableIocbIsEfault, "K125") {
  Context context = setup(8);
  EXPECT_THAT(io_cancel(context, unmapped_iocb(), nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_cancel(context, nullptr, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_cancel(context, static_cast<iocb*>(kernel_address()), nullptr), FailsWith(EFAULT));
}

AIO_TEST(Cancel, UnreadableIocbWinsOverABadContext, "K125") {
  EXPECT_THAT(io_cancel(0, unmapped_iocb(), nullptr), FailsWith(EFAULT));
}

AIO_TEST(Cancel, TwelveReadableBytesAreEnough, "K125") {
  Context context = setup(8);
  Pages page(1);
  EXPECT_THAT(io_cancel(context, reinterpret_cast<iocb*>(page.tail(12)), nullptr),
              FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(context, reinterpret_cast<iocb*>(page.tail(11)), nullptr),
              FailsWith(EFAULT));
}

AIO_TEST(Cancel, OnlyTheKeyIsRead, "K125") {
  Context context = setup(8);
  Pages pages(2);
  pages.protect_page(0, PROT_NONE);
  char* key_first_on_its_page = pages.data() + pages.size() / 2 - 8;
  EXPECT_THAT(io_cancel(context, reinterpret_cast<iocb*>(key_first_on_its_page), nullptr),
              FailsWith(EINVAL));
}

AIO_TEST(Cancel, NonzeroKeyIsEinval, "K125") {
  Context context = setup(8);
  iocb request = poll_of(0, POLLIN);
  request.aio_key = 1;
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(0, &request, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Cancel, BadContextIsEinval, "K125") {
  iocb request = poll_of(0, POLLIN);
  EXPECT_THAT(io_cancel(0, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(~Context{0}, &request, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Cancel, AnIocbNeverSubmittedIsEinval, "K125 K126") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
}

// ---- what cannot be cancelled ----

AIO_TEST(Cancel, AReapedRequestIsEinval, "K126") {
  Context context = setup(8);
  iocb request = pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Cancel, ACompletedUnreapedRequestIsEinvalAndKeepsItsEvent, "K126") {
  Context context = setup(8);
  iocb request = pread_of(files().open("/dev/null", O_RDONLY), nullptr, 0, 0);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Cancel, AnFsyncIsEinvalAndCompletesNormally, "K126 K79") {
  Context context = setup(8);
  iocb request = fsync_of(files().create(512, O_RDWR));
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Cancel, AReadInFlightIsEinvalAndCompletesNormally, "K126 K69") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  char byte = 0;
  iocb request = pread_of(pipe.reader, &byte, 1, 0);
  iocb* pointer = &request;
  CALL_MAY_SLEEP(submitter, [&](Backend& b) { return b.io_submit(context, 1, &pointer); });
  EXPECT_TRUE(submitter->blocked());
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_TRUE(submitter->blocked());
  put(files(), pipe.writer, "x");
  EXPECT_THAT(submitter->finish(), Returns(1));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 1)));
}

AIO_TEST(Cancel, APollRefusedAtSubmitIsEinval, "K126") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, 0x10000);
  ASSERT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Cancel, APollOfAnotherContextIsEinval, "K126") {
  Context context = setup(8);
  Context other = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(other, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
}

AIO_TEST(Cancel, ACopyOfTheIocbIsEinval, "K126") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  iocb copy = request;
  EXPECT_THAT(io_cancel(context, &copy, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
}

AIO_TEST(Cancel, APollAfterADestroyedContextIsEinval, "K125") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
}

// ---- a pending poll ----

AIO_TEST(Cancel, APendingPollIsEinprogressAndCompletesWithZero, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 0x1234567890abcdef);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Cancel, TheResultIsNotWritten, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  io_event result{1, 2, 3, 4};
  EXPECT_THAT(io_cancel(context, &request, &result), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  EXPECT_EQ(result.data, 1u);
  EXPECT_EQ(result.obj, 2u);
  EXPECT_EQ(result.res, 3);
  EXPECT_EQ(result.res2, 4);
}

AIO_TEST(Cancel, TheResultPointerIsNotLookedAt, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  Pages page(1);
  page.protect(PROT_NONE);
  for (io_event* result :
       {static_cast<io_event*>(nullptr), reinterpret_cast<io_event*>(std::uintptr_t{8}),
        static_cast<io_event*>(kernel_address()), reinterpret_cast<io_event*>(page.data())}) {
    iocb request = poll_of(pipe.reader, POLLIN);
    ASSERT_THAT(submit(context, request), Returns(1));
    EXPECT_THAT(io_cancel(context, &request, result), FailsWith(EINPROGRESS));
    EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
  }
}

AIO_TEST(Cancel, ACancelledPollNoLongerListens, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  put(files(), pipe.writer, "x");
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Cancel, TheIocbOfACancelledPollCanBeSubmittedAgain, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

AIO_TEST(Cancel, OneOfTwoPollsOnAPipeIsCancelled, "K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb kept = poll_of(pipe.reader, POLLIN, 1);
  iocb dropped = poll_of(pipe.reader, POLLIN, 2);
  ASSERT_THAT(submit_all(context, {&kept, &dropped}), Returns(2));
  EXPECT_THAT(io_cancel(context, &dropped, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&dropped, 0)));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&kept, 0x41)));
}

AIO_TEST(Cancel, SeveralCancelsEachBringTheirEvent, "K127 K88") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  std::array<iocb, 3> requests;
  for (std::uint64_t i = 0; i < 3; ++i) {
    requests[i] = poll_of(pipe.reader, POLLIN, i);
    ASSERT_THAT(submit(context, requests[i]), Returns(1));
  }
  for (std::size_t i : {std::size_t{1}, std::size_t{0}, std::size_t{2}}) {
    EXPECT_THAT(io_cancel(context, &requests[i], nullptr), FailsWith(EINPROGRESS));
    EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&requests[i], 0)));
  }
}

AIO_TEST(Cancel, CancelledPollsCompleteInTheOrderOfTheCancels, "K88 K127") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  std::array<iocb, 3> requests;
  for (std::uint64_t i = 0; i < 3; ++i) {
    requests[i] = poll_of(pipe.reader, POLLIN, i);
    ASSERT_THAT(submit(context, requests[i]), Returns(1));
  }
  // One CPU, one worker: its queue is the order.
  CpuHopper one_cpu;
  for (std::size_t i : {std::size_t{1}, std::size_t{0}, std::size_t{2}}) {
    EXPECT_THAT(io_cancel(context, &requests[i], nullptr), FailsWith(EINPROGRESS));
  }
  EXPECT_THAT(data_of(reap(context, 3)), testing::ElementsAre(1, 0, 2));
}

AIO_TEST(Cancel, AnyThreadMayCancel, "K127 K139") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  CALL_MAY_SLEEP(other, [&](Backend& b) { return b.io_cancel(context, &request, nullptr); });
  EXPECT_THAT(other->finish(), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

// ---- twice, late, and with the iocb changed ----

AIO_TEST(Cancel, TheSecondCancelIsEinval, "K128") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 1), testing::SizeIs(1));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Cancel, AnIocbPolledTwiceCanBeCancelledTwice, "K128") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 5);
  ASSERT_THAT(submit_all(context, {&request, &request}), Returns(2));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 2),
              testing::ElementsAre(Completes(&request, 0), Completes(&request, 0)));
}

AIO_TEST(Cancel, APollThatHasFiredIsEinval, "K129") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  put(files(), pipe.writer, "x");
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0x41)));
}

AIO_TEST(Cancel, AnUnmappedIocbInFlightIsEfaultAndThePollLivesOn, "K130") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  Pages page(1);
  iocb request = poll_of(pipe.reader, POLLIN, 3);
  std::memcpy(page.data(), &request, sizeof request);
  iocb* in_page = reinterpret_cast<iocb*>(page.data());
  ASSERT_THAT(submit(context, *in_page), Returns(1));
  page.protect(PROT_NONE);
  EXPECT_THAT(io_cancel(context, in_page, nullptr), FailsWith(EFAULT));
  page.protect(PROT_READ);
  EXPECT_THAT(io_cancel(context, in_page, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(in_page, 0)));
}

AIO_TEST(Cancel, AnOverwrittenKeyIsEinvalUntilItIsZeroAgain, "K130") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  request.aio_key = 9;
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  request.aio_key = 0;
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Cancel, TheOtherFieldsOfTheIocbDoNotMatter, "K130 K125") {
  Context context = setup(8);
  Ends pipe = make_pipe(files());
  iocb request = poll_of(pipe.reader, POLLIN, 7);
  ASSERT_THAT(submit(context, request), Returns(1));
  std::memset(&request, 0xff, sizeof request);
  request.aio_key = 0;
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].data, 7u);
  EXPECT_THAT(events[0], HasRes(0));
}

}  // namespace
}  // namespace conformance
