// Reads and writes: which of two submit errors wins (K51-K58).
//
// The order: priority, RWF flags, open mode, iterator method, buffer, offset. Whatever is wrong
// beyond that is not a submit error any more: it is in the event.
#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(TransferOrder);

constexpr std::uint32_t kUnknownRwFlag = 0x40000000;
constexpr unsigned kNoSuchClass = 5;

AIO_TEST(TransferOrder, BadPriorityComesBeforeUnknownRwFlag, "K51 K52") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(zero_device(), nullptr, 0, 0), kUnknownRwFlag);
  request = with_ioprio(request, kNoSuchClass, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, RealtimeWithoutPrivilegeComesBeforeUnknownRwFlag, "K51 K52") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(zero_device(), nullptr, 0, 0), kUnknownRwFlag);
  request = with_ioprio(request, 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(facts().realtime_io ? EOPNOTSUPP : EPERM));
}

AIO_TEST(TransferOrder, BadPriorityComesBeforeWrongOpenMode, "K51 K53") {
  const Context context = setup();
  iocb request =
      with_ioprio(pread_of(opened("/dev/null", O_WRONLY), nullptr, 0, 0), kNoSuchClass, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, BadPriorityComesBeforeKernelBuffer, "K51 K55") {
  const Context context = setup();
  iocb request = with_ioprio(pread_of(zero_device(), kernel_address(), 1, 0), kNoSuchClass, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, UnknownRwFlagComesBeforeAppendWithNoappend, "K52") {
  const Context context = setup();
  iocb request = with_rw_flags(pwrite_of(null_device(), nullptr, 0, 0),
                               kUnknownRwFlag | kRwfAppend | kRwfNoappend);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, AppendWithNoappendComesBeforeUnsupportedNowait, "K52") {
  const Context context = setup();
  const bool known = (facts().rwf_known & kRwfNoappend) != 0;
  iocb request = with_rw_flags(pwrite_of(files().memfd(0), nullptr, 0, 0),
                               kRwfAppend | kRwfNoappend | kRwfNowait);
  EXPECT_THAT(submit(context, request), FailsWith(known ? EINVAL : EOPNOTSUPP));
}

AIO_TEST(TransferOrder, UnknownRwFlagComesBeforeWrongOpenMode, "K52 K53") {
  const Context context = setup();
  iocb request =
      with_rw_flags(pread_of(opened("/dev/null", O_WRONLY), nullptr, 0, 0), kUnknownRwFlag);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, AppendWithNoappendComesBeforeWrongOpenMode, "K52 K53") {
  const Context context = setup();
  const bool known = (facts().rwf_known & kRwfNoappend) != 0;
  iocb request = with_rw_flags(pwrite_of(opened("/dev/null", O_RDONLY), nullptr, 0, 0),
                               kRwfAppend | kRwfNoappend);
  EXPECT_THAT(submit(context, request), FailsWith(known ? EINVAL : EOPNOTSUPP));
}

AIO_TEST(TransferOrder, UnsupportedNowaitComesBeforeNegativeOffset, "K52 K58") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(files().memfd(0), nullptr, 0, -1), kRwfNowait);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, UnknownRwFlagComesBeforeMissingMethod, "K52 K54") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(opened(".", O_RDONLY), nullptr, 0, 0), kUnknownRwFlag);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, UnknownRwFlagComesBeforeKernelBuffer, "K52 K55") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(zero_device(), kernel_address(), 1, 0), kUnknownRwFlag);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, UnknownRwFlagComesBeforeNegativeOffset, "K52 K58") {
  const Context context = setup();
  iocb request = with_rw_flags(pread_of(zero_device(), nullptr, 0, -1), kUnknownRwFlag);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(TransferOrder, WrongOpenModeComesBeforeMissingMethod, "K53 K54") {
  const Context context = setup();
  iocb request = pwrite_of(opened(".", O_RDONLY), nullptr, 0, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(TransferOrder, WrongOpenModeComesBeforeKernelBuffer, "K53 K55") {
  const Context context = setup();
  iocb request = pread_of(opened("/dev/null", O_WRONLY), kernel_address(), 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(TransferOrder, WrongOpenModeComesBeforeTooManySegments, "K53 K56") {
  const Context context = setup();
  iocb request = preadv_of(opened("/dev/null", O_WRONLY), nullptr, 1025, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(TransferOrder, WrongOpenModeComesBeforeNegativeOffset, "K53 K58") {
  const Context context = setup();
  iocb request = pread_of(opened("/dev/null", O_WRONLY), nullptr, 0, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(TransferOrder, MissingMethodComesBeforeKernelBuffer, "K54 K55") {
  const Context context = setup();
  iocb request = pread_of(opened(".", O_RDONLY), kernel_address(), 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, MissingMethodComesBeforeUnreadableVector, "K54 K56") {
  const Context context = setup();
  iocb request = preadv_of(opened(".", O_RDONLY), nullptr, 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, KernelBufferComesBeforeNegativeOffset, "K55 K58") {
  const Context context = setup();
  iocb request = pread_of(zero_device(), kernel_address(), 1, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

AIO_TEST(TransferOrder, UnreadableVectorComesBeforeNegativeOffset, "K56 K58") {
  const Context context = setup();
  iocb request = preadv_of(zero_device(), nullptr, 1, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

AIO_TEST(TransferOrder, KernelSegmentComesBeforeNegativeOffset, "K56 K58") {
  const Context context = setup();
  const iovec segment{kernel_address(), 1};
  iocb request = preadv_of(zero_device(), &segment, 1, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

AIO_TEST(TransferOrder, TooManySegmentsComesBeforeUnreadableVector, "K56") {
  const Context context = setup();
  iocb request = preadv_of(zero_device(), nullptr, 1025, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, UnreadableVectorComesBeforeNegativeSegmentLength, "K56") {
  const Context context = setup();
  Pages pages(1);
  auto* segments = reinterpret_cast<iovec*>(pages.tail(sizeof(iovec)));
  segments[0] = iovec{pages.data(), ~std::size_t{0}};
  iocb request = preadv_of(zero_device(), segments, 2, 0);
  EXPECT_THAT(submit(context, request),
              OneOf({-EFAULT, -EINVAL},
                    "whether the whole array is copied before its first segment is checked "
                    "depends on the kernel"));
}

AIO_TEST(TransferOrder, NegativeSegmentLengthComesBeforeAnEarlierKernelSegment, "K56") {
  const Context context = setup();
  char byte = 0;
  const iovec segments[] = {{kernel_address(), 1}, {&byte, ~std::size_t{0}}};
  iocb request = preadv_of(zero_device(), segments, 2, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(TransferOrder, NegativeOffsetComesBeforeUnmappedBuffer, "K58 K59") {
  const Context context = setup();
  iocb request = pread_of(file(), unmapped_address(), 16, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(TransferOrder, NegativeOffsetComesBeforeEndOfFile, "K58 K63") {
  const Context context = setup();
  char byte = 0;
  iocb request = pread_of(file(0), &byte, 1, -1);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

}  // namespace
}  // namespace conformance
