// What is wrong with one iocb, and which error wins when two things are (K37-K47).
//
// The order: iocb unreadable, aio_reserved2, aio_nbytes, no slot, descriptor, eventfd, key not
// writable, opcode; then the operation's own checks. Every pair of neighbours whose errors differ
// has a test in which both are wrong. Pairs within the operation's own checks are in
// transfer_precedence_test.cpp.
#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(SubmitOrder);

constexpr std::uint64_t kNegative = std::uint64_t{1} << 63;
constexpr std::uint16_t kBadOpcode = 6;
constexpr std::uint32_t kUnknownRwFlag = 0x40000000;

iocb with_opcode(iocb request, std::uint16_t opcode) {
  request.aio_lio_opcode = opcode;
  return request;
}

iocb with_reserved(iocb request) {
  request.aio_reserved2 = 1;
  return request;
}

// An iocb that completes at once with 0.
iocb harmless(int fd) { return pread_of(fd, nullptr, 0, 0); }

// ---- one thing wrong ----

AIO_TEST(SubmitOrder, UnreadableIocbIsEfault, "K37") {
  const Context context = setup();
  EXPECT_THAT(submit_at(context, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(submit_at(context, unmapped_address()), FailsWith(EFAULT));
  EXPECT_THAT(submit_at(context, kernel_address()), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, ProtectedIocbIsEfault, "K37") {
  const Context context = setup();
  Pages pages(1);
  put(harmless(null_device()), pages.data());
  pages.protect(PROT_NONE);
  EXPECT_THAT(submit_at(context, pages.data()), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, IocbThatLacksOneByteIsEfault, "K37") {
  const Context context = setup();
  Pages pages(1);
  char* place = pages.tail(sizeof(iocb) - 1);
  const iocb request = harmless(null_device());
  std::memcpy(place, &request, sizeof request - 1);
  EXPECT_THAT(submit_at(context, place), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, IocbAtTheVeryEndOfAPageIsAccepted, "K37") {
  const Context context = setup();
  Pages pages(1);
  EXPECT_THAT(submit_at(context, put(harmless(null_device()), pages.tail(sizeof(iocb)))),
              Returns(1));
}

AIO_TEST(SubmitOrder, IocbMayBeUnaligned, "K37") {
  const Context context = setup();
  Pages pages(1);
  for (const int shift : {1, 2, 4, 7}) {
    iocb* request = put(harmless(null_device()), pages.data() + 64 + shift);
    EXPECT_THAT(submit_at(context, request), Returns(1)) << shift;
    const std::vector<io_event> events = reap(context, 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(request));
  }
}

AIO_TEST(SubmitOrder, ReservedFieldSetIsEinval, "K38") {
  const Context context = setup();
  iocb request = harmless(null_device());
  for (const std::uint64_t value : {std::uint64_t{1}, kNegative, ~std::uint64_t{0}}) {
    request.aio_reserved2 = value;
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << value;
  }
}

AIO_TEST(SubmitOrder, NegativeLengthIsEinval, "K39") {
  const Context context = setup();
  const int fd = null_device();
  for (const std::uint64_t length : {kNegative, ~std::uint64_t{0}}) {
    iocb request = pwrite_of(fd, unmapped_address(), length, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << length;
  }
}

AIO_TEST(SubmitOrder, NegativeLengthIsEinvalForVectorsToo, "K39") {
  const Context context = setup();
  iocb request = preadv_of(null_device(), nullptr, kNegative, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, LongestPositiveLengthIsAccepted, "K39 K55") {
  const Context context = setup();
  iocb request = pwrite_of(null_device(), unmapped_address(), kNegative - 1, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer));
}

AIO_TEST(SubmitOrder, FullRingIsEagain, "K40") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = harmless(null_device());
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, FullRingIsEagainForEveryOperation, "K40") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  const int fd = file();
  iocb poll = poll_of(fd, POLLIN);
  iocb sync = fsync_of(fd);
  iocb vector = preadv_of(fd, nullptr, 0, 0);
  EXPECT_THAT(submit(context, poll), FailsWith(EAGAIN));
  EXPECT_THAT(submit(context, sync), FailsWith(EAGAIN));
  EXPECT_THAT(submit(context, vector), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, DescriptorThatIsNotOpenIsEbadf, "K41") {
  const Context context = setup();
  for (const int fd : {closed_descriptor(), -1, -100, 0x7fffffff}) {
    iocb request = harmless(fd);
    EXPECT_THAT(submit(context, request), FailsWith(EBADF)) << fd;
  }
}

AIO_TEST(SubmitOrder, PathDescriptorIsEbadf, "K41") {
  const Context context = setup();
  iocb request = harmless(opened(".", O_PATH));
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, DescriptorIsCheckedForEveryOperation, "K41") {
  const Context context = setup();
  const int fd = closed_descriptor();
  for (const int opcode : {IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC,
                           IOCB_CMD_POLL, IOCB_CMD_PREADV, IOCB_CMD_PWRITEV}) {
    iocb request = make_iocb(opcode, fd, nullptr, 0, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EBADF)) << opcode;
  }
}

AIO_TEST(SubmitOrder, EventfdThatIsNotOpenIsEbadf, "K42") {
  const Context context = setup();
  const int fd = null_device();
  for (const int eventfd : {closed_descriptor(), -1}) {
    iocb request = with_eventfd(harmless(fd), eventfd);
    EXPECT_THAT(submit(context, request), FailsWith(EBADF)) << eventfd;
  }
}

AIO_TEST(SubmitOrder, EventfdOfAnotherKindIsEinval, "K42") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  for (const int other : {null_device(), ends[1], file()}) {
    iocb request = with_eventfd(harmless(null_device()), other);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << other;
  }
}

AIO_TEST(SubmitOrder, PathDescriptorAsEventfdIsEbadf, "K42") {
  const Context context = setup();
  iocb request = with_eventfd(harmless(null_device()), opened(".", O_PATH));
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, AcceptedIocbHasItsKeySetToZero, "K43") {
  const Context context = setup();
  iocb request = harmless(null_device());
  request.aio_key = kUntouchedKey;
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(request.aio_key, 0U);
}

AIO_TEST(SubmitOrder, NothingButTheKeyIsWrittenBack, "K43") {
  const Context context = setup();
  iocb request = harmless(null_device());
  request.aio_data = 77;
  request.aio_resfd = 88;
  request.aio_reqprio = 99;
  const iocb before = request;
  request.aio_key = kUntouchedKey;
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(std::memcmp(&request, &before, sizeof request), 0);
}

AIO_TEST(SubmitOrder, ReadOnlyIocbIsEfaultThoughItsKeyIsZero, "K43") {
  const Context context = setup();
  Pages pages(1);
  iocb* request = put(harmless(null_device()), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EFAULT));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(SubmitOrder, NoopIsEinval, "K44") {
  const Context context = setup();
  iocb request = make_iocb(IOCB_CMD_NOOP, null_device(), nullptr, 0, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, UnknownOpcodesAreEinval, "K44") {
  const Context context = setup();
  const int fd = null_device();
  for (const int opcode : {4, 6, 9, 10, 255, 256, 0x7fff, 0x8000, 0xffff}) {
    iocb request = with_opcode(harmless(fd), static_cast<std::uint16_t>(opcode));
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode;
  }
}

AIO_TEST(SubmitOrder, TheSevenOpcodesAreAccepted, "K44") {
  const Context context = setup();
  const int fd = file();
  for (const int opcode : {IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC,
                           IOCB_CMD_PREADV, IOCB_CMD_PWRITEV}) {
    iocb request = make_iocb(opcode, fd, nullptr, 0, 0);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << opcode;
  }
  iocb poll = poll_of(fd, POLLIN);
  EXPECT_THAT(complete(context, poll), Completes(&poll, POLLIN));
}

// ---- the key tells how far the checks came ----

AIO_TEST(SubmitOrder, KeyIsKeptWhenAnEarlyCheckFails, "K45") {
  const OneCpu pinned;
  const Context context = setup();
  const int fd = null_device();
  const iocb good = harmless(fd);
  EXPECT_EQ(key_after(context, with_reserved(good), EINVAL), kUntouchedKey);
  EXPECT_EQ(key_after(context, pread_of(fd, nullptr, kNegative, 0), EINVAL), kUntouchedKey);
  EXPECT_EQ(key_after(context, harmless(-1), EBADF), kUntouchedKey);
  EXPECT_EQ(key_after(context, with_eventfd(good, -1), EBADF), kUntouchedKey);
  EXPECT_EQ(key_after(context, with_eventfd(good, fd), EINVAL), kUntouchedKey);
}

AIO_TEST(SubmitOrder, KeyIsKeptWhenTheRingIsFull, "K45") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  EXPECT_EQ(key_after(context, harmless(null_device()), EAGAIN), kUntouchedKey);
}

AIO_TEST(SubmitOrder, KeyIsZeroAfterABadOpcode, "K45") {
  const Context context = setup();
  EXPECT_EQ(key_after(context, with_opcode(harmless(null_device()), kBadOpcode), EINVAL), 0U);
}

AIO_TEST(SubmitOrder, KeyIsZeroAfterAFailedTransferCheck, "K45") {
  const Context context = setup();
  const int fd = null_device();
  EXPECT_EQ(key_after(context, with_rw_flags(harmless(fd), kUnknownRwFlag), EOPNOTSUPP), 0U);
  EXPECT_EQ(key_after(context, pread_of(fd, kernel_address(), 1, 0), EFAULT), 0U);
  EXPECT_EQ(key_after(context, pread_of(fd, nullptr, 0, -1), EINVAL), 0U);
  EXPECT_EQ(key_after(context, harmless(opened("/dev/null", O_WRONLY)), EBADF), 0U);
}

AIO_TEST(SubmitOrder, KeyIsZeroAfterAFailedSyncOrPollCheck, "K45") {
  const Context context = setup();
  const int fd = null_device();
  EXPECT_EQ(key_after(context, fsync_of(fd), EINVAL), 0U);
  EXPECT_EQ(key_after(context, poll_of(fd, 0x10000), EINVAL), 0U);
}

// ---- two things wrong: the earlier one wins ----

AIO_TEST(SubmitOrder, UnreadableIocbComesBeforeReservedField, "K37 K38") {
  const Context context = setup();
  Pages pages(1);
  // Readable as far as aio_reserved2, and no further.
  char* place = pages.tail(sizeof(iocb) - 8);
  const iocb request = with_reserved(harmless(null_device()));
  std::memcpy(place, &request, sizeof request - 8);
  EXPECT_THAT(submit_at(context, place), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, UnreadableIocbComesBeforeFullRing, "K37 K40") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  EXPECT_THAT(submit_at(context, nullptr), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, ReservedFieldComesBeforeFullRing, "K38 K40") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = with_reserved(harmless(null_device()));
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, NegativeLengthComesBeforeFullRing, "K39 K40") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = pread_of(null_device(), nullptr, kNegative, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, ReservedFieldComesBeforeBadDescriptor, "K38 K41") {
  const Context context = setup();
  iocb request = with_reserved(harmless(-1));
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, NegativeLengthComesBeforeBadDescriptor, "K39 K41") {
  const Context context = setup();
  iocb request = pread_of(-1, nullptr, kNegative, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, FullRingComesBeforeBadDescriptor, "K40 K41") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = harmless(-1);
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, FullRingComesBeforeBadEventfd, "K40 K42") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = with_eventfd(harmless(null_device()), -1);
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, FullRingComesBeforeReadOnlyIocb, "K40 K43") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  Pages pages(1);
  iocb* request = put(harmless(null_device()), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, FullRingComesBeforeBadOpcode, "K40 K44") {
  const OneCpu pinned;
  const Context context = setup();
  fill(context);
  iocb request = with_opcode(harmless(null_device()), kBadOpcode);
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(SubmitOrder, BadDescriptorComesBeforeEventfdOfAnotherKind, "K41 K42") {
  const Context context = setup();
  iocb request = with_eventfd(harmless(-1), null_device());
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, BadDescriptorComesBeforeReadOnlyIocb, "K41 K43 K46") {
  const Context context = setup();
  Pages pages(1);
  iocb* request = put(harmless(-1), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, BadDescriptorComesBeforeBadOpcode, "K41 K44 K46") {
  const Context context = setup();
  iocb request = with_opcode(harmless(-1), kBadOpcode);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, EventfdOfAnotherKindComesBeforeReadOnlyIocb, "K42 K43 K46") {
  const Context context = setup();
  Pages pages(1);
  const int fd = null_device();
  iocb* request = put(with_eventfd(harmless(fd), fd), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, ClosedEventfdComesBeforeReadOnlyIocb, "K42 K43") {
  const Context context = setup();
  Pages pages(1);
  iocb* request = put(with_eventfd(harmless(null_device()), -1), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, ClosedEventfdComesBeforeBadOpcode, "K42 K44 K46") {
  const Context context = setup();
  iocb request = with_opcode(with_eventfd(harmless(null_device()), -1), kBadOpcode);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(SubmitOrder, ReadOnlyIocbComesBeforeBadOpcode, "K43 K44 K46") {
  const Context context = setup();
  Pages pages(1);
  iocb* request = put(with_opcode(harmless(null_device()), kBadOpcode), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, ReadOnlyIocbComesBeforeBadOffset, "K43 K58") {
  const Context context = setup();
  Pages pages(1);
  iocb* request = put(pread_of(null_device(), nullptr, 0, -1), pages.data());
  pages.protect(PROT_READ);
  EXPECT_THAT(submit_at(context, request), FailsWith(EFAULT));
}

AIO_TEST(SubmitOrder, BadOpcodeComesBeforeRealtimePriority, "K44 K51") {
  const Context context = setup();
  iocb request = with_ioprio(with_opcode(harmless(null_device()), kBadOpcode), 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, BadOpcodeComesBeforeUnknownRwFlag, "K44 K52") {
  const Context context = setup();
  iocb request = with_rw_flags(with_opcode(harmless(null_device()), kBadOpcode), kUnknownRwFlag);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, BadOpcodeComesBeforeWrongOpenMode, "K44 K53") {
  const Context context = setup();
  iocb request = with_opcode(harmless(opened("/dev/null", O_WRONLY)), kBadOpcode);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(SubmitOrder, BadOpcodeComesBeforeKernelBuffer, "K44 K55") {
  const Context context = setup();
  iocb request = with_opcode(pread_of(null_device(), kernel_address(), 1, 0), kBadOpcode);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

// ---- fields that nobody looks at ----

AIO_TEST(SubmitOrder, UnknownFlagBitsAreIgnored, "K47") {
  const Context context = setup();
  iocb request = harmless(null_device());
  request.aio_flags = 0xfffffffc;
  request.aio_resfd = 0xffffffff;
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(SubmitOrder, EventfdWithoutItsFlagIsIgnored, "K47") {
  const Context context = setup();
  const int counter = event_counter();
  iocb request = harmless(null_device());
  request.aio_resfd = static_cast<std::uint32_t>(counter);
  ASSERT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_EQ(counter_of(counter), 0U);
}

AIO_TEST(SubmitOrder, PriorityWithoutItsFlagIsIgnored, "K47") {
  const Context context = setup();
  iocb request = harmless(null_device());
  request.aio_reqprio = -1;
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

}  // namespace
}  // namespace conformance
