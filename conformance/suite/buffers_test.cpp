// Where the data comes from and goes to: what submit checks about buffers and segments, and what
// only the transfer finds out (K55-K57, K59, K60).
#include <limits>

#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(Buffers);

constexpr std::size_t kLongestLength = std::numeric_limits<ssize_t>::max();
constexpr std::uint64_t kTwoToThe32 = std::uint64_t{1} << 32;
constexpr std::size_t kPage = 4096;

// An address in the user half from which 0x7ffff000 bytes run out of it.
void* last_user_address() { return reinterpret_cast<void*>(std::uintptr_t{0x7ffffffffffff000}); }

iovec segment_at(void* base, std::size_t length) { return iovec{base, length}; }

// ---- K55: one buffer ----

AIO_TEST(Buffers, KernelBufferIsEfault, "K55") {
  const Context context = setup();
  iocb read = pread_of(zero_device(), kernel_address(), 16, 0);
  iocb write = pwrite_of(null_device(), kernel_address(), 16, 0);
  EXPECT_THAT(submit(context, read), FailsWith(EFAULT));
  EXPECT_THAT(submit(context, write), FailsWith(EFAULT));
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(Buffers, KernelBufferIsEfaultThoughItsLengthIsZero, "K55") {
  const Context context = setup();
  iocb read = pread_of(zero_device(), kernel_address(), 0, 0);
  iocb write = pwrite_of(null_device(), kernel_address(), 0, 0);
  EXPECT_THAT(submit(context, read), FailsWith(EFAULT));
  EXPECT_THAT(submit(context, write), FailsWith(EFAULT));
}

AIO_TEST(Buffers, RangeThatLeavesTheUserHalfIsEfault, "K55") {
  const Context context = setup();
  iocb request = pwrite_of(null_device(), last_user_address(), kLongestLength, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

AIO_TEST(Buffers, LengthIsCutBeforeTheRangeIsChecked, "K55") {
  const Context context = setup();
  // Uncut, it would end in the kernel half.
  iocb request = pwrite_of(null_device(), unmapped_address(), kLongestLength, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer));
}

AIO_TEST(Buffers, LengthJustBelowTheCutIsKept, "K55") {
  const Context context = setup();
  iocb request = pwrite_of(null_device(), unmapped_address(), kLongestTransfer - 1, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer - 1));
}

AIO_TEST(Buffers, NullBufferOfNoBytesIsFine, "K55 K63") {
  const Context context = setup();
  iocb request = pread_of(file(), nullptr, 0, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

// ---- K56: vectors ----

AIO_TEST(Buffers, NoSegmentsGiveZeroAndThePointerIsNotLookedAt, "K56") {
  const Context context = setup();
  for (void* address : {static_cast<void*>(nullptr), unmapped_address(), kernel_address()}) {
    iocb read = preadv_of(file(), address, 0, 0);
    iocb write = pwritev_of(file(), address, 0, 0);
    EXPECT_THAT(complete(context, read), Completes(&read, 0)) << address;
    EXPECT_THAT(complete(context, write), Completes(&write, 0)) << address;
  }
}

AIO_TEST(Buffers, SegmentCountIsTruncatedTo32Bits, "K56") {
  const Context context = setup();
  char buffer[8];
  const iovec segment = segment_at(buffer, sizeof buffer);
  iocb none = preadv_of(zero_device(), nullptr, kTwoToThe32, 0);
  iocb one = preadv_of(zero_device(), &segment, kTwoToThe32 + 1, 0);
  EXPECT_THAT(complete(context, none), Completes(&none, 0));
  EXPECT_THAT(complete(context, one), Completes(&one, 8));
}

AIO_TEST(Buffers, SegmentsAreUsedInTheirOrder, "K56") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "abcdef", 6, 0), 6);
  char first[3] = {};
  char second[5] = {};
  const iovec segments[] = {segment_at(first, 2), segment_at(nullptr, 0), segment_at(second, 4)};
  iocb request = preadv_of(fd, segments, 3, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 6));
  EXPECT_STREQ(first, "ab");
  EXPECT_STREQ(second, "cdef");
}

AIO_TEST(Buffers, VectoredWriteJoinsItsSegments, "K56") {
  const Context context = setup();
  const int fd = file(0);
  char first[] = "one ";
  char second[] = "two";
  const iovec segments[] = {segment_at(first, 4), segment_at(second, 3)};
  iocb request = pwritev_of(fd, segments, 2, 1);
  EXPECT_THAT(complete(context, request), Completes(&request, 7));
  char buffer[9] = {};
  ASSERT_EQ(files().pread(fd, buffer, 8, 0), 8);
  EXPECT_STREQ(buffer + 1, "one two");
}

AIO_TEST(Buffers, ThousandAndTwentyFourSegmentsAreAccepted, "K56") {
  const Context context = setup();
  char byte = 0;
  const std::vector<iovec> segments(1024, segment_at(&byte, 1));
  iocb read = preadv_of(zero_device(), segments.data(), segments.size(), 0);
  iocb write = pwritev_of(null_device(), segments.data(), segments.size(), 0);
  EXPECT_THAT(complete(context, read), Completes(&read, 1024));
  EXPECT_THAT(complete(context, write), Completes(&write, 1024));
}

AIO_TEST(Buffers, OneSegmentMoreIsEinval, "K56") {
  const Context context = setup();
  char byte = 0;
  const std::vector<iovec> segments(1025, segment_at(&byte, 1));
  iocb read = preadv_of(zero_device(), segments.data(), segments.size(), 0);
  iocb write = pwritev_of(null_device(), segments.data(), segments.size(), 0);
  EXPECT_THAT(submit(context, read), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, write), FailsWith(EINVAL));
}

AIO_TEST(Buffers, UnreadableSegmentArrayIsEfault, "K56") {
  const Context context = setup();
  for (void* address : {static_cast<void*>(nullptr), unmapped_address(), kernel_address()}) {
    for (const std::uint64_t count : {1U, 2U, 100U}) {
      iocb request = preadv_of(zero_device(), address, count, 0);
      EXPECT_THAT(submit(context, request), FailsWith(EFAULT)) << address << " " << count;
    }
  }
}

AIO_TEST(Buffers, SegmentArrayThatEndsTooSoonIsEfault, "K56") {
  const Context context = setup();
  Pages pages(1);
  auto* segments = reinterpret_cast<iovec*>(pages.tail(2 * sizeof(iovec)));
  segments[0] = segment_at(pages.data(), 1);
  segments[1] = segment_at(pages.data(), 1);
  iocb enough = preadv_of(zero_device(), segments, 2, 0);
  iocb too_few = preadv_of(zero_device(), segments, 3, 0);
  EXPECT_THAT(complete(context, enough), Completes(&enough, 2));
  EXPECT_THAT(submit(context, too_few), FailsWith(EFAULT));
}

AIO_TEST(Buffers, SegmentArrayIsCopiedAtSubmit, "K49 K56") {
  const Context context = setup();
  const int fd = file(0);
  Pages pages(1);
  std::memcpy(pages.data(), "copied", 6);
  auto* segment = reinterpret_cast<iovec*>(pages.tail(sizeof(iovec)));
  *segment = segment_at(pages.data(), 6);
  iocb request = pwritev_of(fd, segment, 1, 0);
  ASSERT_THAT(submit(context, request), Returns(1));
  *segment = segment_at(nullptr, 99);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 6)));
}

AIO_TEST(Buffers, NegativeSegmentLengthIsEinval, "K56") {
  const Context context = setup();
  char byte = 0;
  for (const std::size_t length : {kLongestLength + 1, ~std::size_t{0}}) {
    const iovec alone = segment_at(&byte, length);
    const iovec later[] = {segment_at(&byte, 1), alone};
    iocb one = preadv_of(zero_device(), &alone, 1, 0);
    iocb two = preadv_of(zero_device(), later, 2, 0);
    EXPECT_THAT(submit(context, one), FailsWith(EINVAL)) << length;
    EXPECT_THAT(submit(context, two), FailsWith(EINVAL)) << length;
  }
}

AIO_TEST(Buffers, KernelSegmentIsEfault, "K56") {
  const Context context = setup();
  char byte = 0;
  const iovec alone = segment_at(kernel_address(), 1);
  const iovec later[] = {segment_at(&byte, 1), alone};
  iocb one = preadv_of(zero_device(), &alone, 1, 0);
  iocb two = preadv_of(zero_device(), later, 2, 0);
  EXPECT_THAT(submit(context, one), FailsWith(EFAULT));
  EXPECT_THAT(submit(context, two), FailsWith(EFAULT));
}

AIO_TEST(Buffers, KernelSegmentOfNoBytesIsEfault, "K56") {
  const Context context = setup();
  char byte = 0;
  const iovec segments[] = {segment_at(&byte, 1), segment_at(kernel_address(), 0)};
  iocb request = preadv_of(zero_device(), segments, 2, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

AIO_TEST(Buffers, KernelSegmentBehindTheLongestTransferIsEfault, "K56 K57") {
  const Context context = setup();
  const iovec segments[] = {segment_at(unmapped_address(), kLongestTransfer),
                            segment_at(kernel_address(), 1)};
  iocb request = pwritev_of(null_device(), segments, 2, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

// ---- K57: the sum is cut ----

AIO_TEST(Buffers, SumOfSegmentsIsCutToTheLongestTransfer, "K57") {
  const Context context = setup();
  const iovec segments[] = {segment_at(unmapped_address(), kLongestTransfer),
                            segment_at(unmapped_address(), kLongestTransfer)};
  iocb request = pwritev_of(null_device(), segments, 2, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer));
}

AIO_TEST(Buffers, LastSegmentIsCutToWhatIsLeft, "K57") {
  const Context context = setup();
  const iovec segments[] = {segment_at(unmapped_address(), kLongestTransfer - 10),
                            segment_at(unmapped_address(), 100)};
  iocb request = pwritev_of(null_device(), segments, 2, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer));
}

AIO_TEST(Buffers, LongestSingleSegmentIsCutWhereTheKernelCutsIt, "K57") {
  const Context context = setup();
  const iovec segment = segment_at(unmapped_address(), kLongestLength);
  iocb request = pwritev_of(null_device(), &segment, 1, 0);
  if (facts().clamps_single_segment) {
    EXPECT_THAT(complete(context, request), Completes(&request, kLongestTransfer));
  } else {
    EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
  }
}

AIO_TEST(Buffers, LongestSegmentOfTwoIsEfault, "K57") {
  const Context context = setup();
  const iovec segments[] = {segment_at(unmapped_address(), kLongestLength),
                            segment_at(unmapped_address(), 1)};
  iocb request = pwritev_of(null_device(), segments, 2, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EFAULT));
}

// ---- K59: what only the transfer finds out ----

AIO_TEST(Buffers, NullBufferIsAnEventWithEfault, "K59") {
  const Context context = setup();
  const int fd = file();
  iocb read = pread_of(fd, nullptr, 16, 0);
  iocb write = pwrite_of(fd, nullptr, 16, 0);
  EXPECT_THAT(complete(context, read), Completes(&read, -EFAULT));
  EXPECT_THAT(complete(context, write), Completes(&write, -EFAULT));
}

AIO_TEST(Buffers, UnmappedBufferIsAnEventWithEfault, "K59") {
  const Context context = setup();
  iocb read = pread_of(file(), unmapped_address(), 16, 0);
  iocb device = pread_of(zero_device(), unmapped_address(), 16, 0);
  EXPECT_THAT(complete(context, read), Completes(&read, -EFAULT));
  EXPECT_THAT(complete(context, device), Completes(&device, -EFAULT));
}

AIO_TEST(Buffers, ProtectedBufferIsAnEventWithEfault, "K59") {
  const Context context = setup();
  const int fd = file();
  Pages pages(1);
  pages.protect(PROT_NONE);
  iocb read = pread_of(fd, pages.data(), 16, 0);
  iocb write = pwrite_of(fd, pages.data(), 16, 0);
  EXPECT_THAT(complete(context, read), Completes(&read, -EFAULT));
  EXPECT_THAT(complete(context, write), Completes(&write, -EFAULT));
}

AIO_TEST(Buffers, ReadIntoReadOnlyMemoryIsAnEventWithEfault, "K59") {
  const Context context = setup();
  Pages pages(1);
  pages.protect(PROT_READ);
  iocb request = pread_of(file(), pages.data(), 16, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, -EFAULT));
}

AIO_TEST(Buffers, WriteFromReadOnlyMemoryIsFine, "K59") {
  const Context context = setup();
  Pages pages(1);
  std::memcpy(pages.data(), "safe", 4);
  pages.protect(PROT_READ);
  iocb request = pwrite_of(file(), pages.data(), 4, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 4));
}

AIO_TEST(Buffers, ReadIsShortWhereTheBufferEnds, "K59") {
  const Context context = setup();
  const int fd = file(4 * kPage);
  Pages pages(2);
  iocb whole = pread_of(fd, pages.data(), 10000, 0);
  iocb shifted = pread_of(fd, pages.data() + 100, 10000, 0);
  iocb two = pread_of(fd, pages.tail(1), 2, 0);
  EXPECT_THAT(complete(context, whole), Completes(&whole, 8192));
  EXPECT_THAT(complete(context, shifted), Completes(&shifted, 8092));
  EXPECT_THAT(complete(context, two), Completes(&two, 1));
}

AIO_TEST(Buffers, WriteIsShortWhereTheBufferEnds, "K59") {
  const Context context = setup();
  const int fd = file(0);
  Pages pages(2);
  iocb request = pwrite_of(fd, pages.data(), 10000, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 8192));
  EXPECT_EQ(files().size_of(fd), 8192);
}

AIO_TEST(Buffers, VectoredReadStopsAtTheFirstBadSegment, "K59") {
  const Context context = setup();
  const int fd = file();
  char buffer[512];
  const iovec segments[] = {segment_at(buffer, 512), segment_at(unmapped_address(), 512),
                            segment_at(buffer, 512)};
  iocb good_first = preadv_of(fd, segments, 3, 0);
  iocb bad_first = preadv_of(fd, segments + 1, 2, 0);
  EXPECT_THAT(complete(context, good_first), Completes(&good_first, 512));
  EXPECT_THAT(complete(context, bad_first), Completes(&bad_first, -EFAULT));
}

AIO_TEST(Buffers, VectoredWriteStopsAtTheFirstBadSegment, "K59") {
  const Context context = setup();
  const int fd = file(0);
  Pages pages(1);
  const iovec segments[] = {segment_at(pages.data(), kPage), segment_at(unmapped_address(), kPage)};
  iocb good_first = pwritev_of(fd, segments, 2, 0);
  iocb bad_first = pwritev_of(fd, segments + 1, 1, 0);
  EXPECT_THAT(complete(context, good_first), Completes(&good_first, 4096));
  EXPECT_THAT(complete(context, bad_first), Completes(&bad_first, -EFAULT));
  EXPECT_EQ(files().size_of(fd), 4096);
}

AIO_TEST(Buffers, BadBufferDoesNotMatterAtTheEndOfAFile, "K59 K63") {
  const Context context = setup();
  iocb request = pread_of(file(100), unmapped_address(), 16, 100);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(Buffers, BadBufferDoesNotMatterWhereNothingIsCopied, "K59 K72") {
  const Context context = setup();
  iocb write = pwrite_of(null_device(), unmapped_address(), 16, 0);
  iocb read = pread_of(null_device(), unmapped_address(), 16, 0);
  EXPECT_THAT(complete(context, write), Completes(&write, 16));
  EXPECT_THAT(complete(context, read), Completes(&read, 0));
}

// ---- K60: O_DIRECT ----

AIO_TEST(Buffers, DirectWriteFromAPartlyBadBufferMovesNothing, "K60") {
  const Context context = setup();
  const int fd = direct_file(0);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  iocb request = pwrite_of(fd, pages.data(), 3 * kPage, 0);
  const long result = result_of(context, request);
  if (facts().direct_aligned) {
    EXPECT_THAT(result, FailsWith(EFAULT));
    EXPECT_EQ(files().size_of(fd), 0);
  } else {
    EXPECT_THAT(result, OneOf({8192, -EFAULT}, "O_DIRECT is buffered here: as K59, or as K60"));
  }
}

AIO_TEST(Buffers, DirectReadIntoAPartlyBadBufferIsEfault, "K60") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  iocb request = pread_of(fd, pages.data(), 3 * kPage, 0);
  const long result = result_of(context, request);
  if (facts().direct_aligned) {
    EXPECT_THAT(result, FailsWith(EFAULT));
  } else {
    EXPECT_THAT(result, OneOf({8192, -EFAULT}, "O_DIRECT is buffered here: as K59, or as K60"));
  }
}

}  // namespace
}  // namespace conformance
