// Reads and writes of regular files: offsets, O_DIRECT, ends of files, appends, limits, and when
// the events are there (K58, K61-K63, K65-K67, K73-K75).
#include <sys/socket.h>

#include <limits>

#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(Transfer);

constexpr std::int64_t kLastOffset = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kFirstOffset = std::numeric_limits<std::int64_t>::min();
constexpr std::size_t kPage = 4096;

// The content of a small file, as text.
std::string text_of(Files& files, int fd) {
  std::string text(64, '\0');
  const ssize_t size = files.pread(fd, text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

// ---- K58: offsets ----

AIO_TEST(Transfer, NegativeOffsetOfAFileIsEinval, "K58") {
  const Context context = setup();
  const int fd = file();
  char buffer[16] = {};
  for (const std::int64_t offset : {std::int64_t{-1}, kFirstOffset}) {
    iocb read = pread_of(fd, buffer, 16, offset);
    iocb write = pwrite_of(fd, buffer, 16, offset);
    EXPECT_THAT(submit(context, read), FailsWith(EINVAL)) << offset;
    EXPECT_THAT(submit(context, write), FailsWith(EINVAL)) << offset;
  }
}

AIO_TEST(Transfer, NegativeOffsetOfADeviceIsEinval, "K58") {
  const Context context = setup();
  for (const int fd : {null_device(), zero_device()}) {
    iocb read = pread_of(fd, nullptr, 0, -1);
    iocb write = pwrite_of(fd, nullptr, 0, -1);
    EXPECT_THAT(submit(context, read), FailsWith(EINVAL));
    EXPECT_THAT(submit(context, write), FailsWith(EINVAL));
  }
}

AIO_TEST(Transfer, NegativeOffsetIsEinvalWhereOffsetsMeanNothing, "K58") {
  const Context context = setup();
  int ends[2];
  int sockets[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  ASSERT_EQ(files().socketpair(SOCK_STREAM, sockets), 0);
  char buffer[16] = {};
  iocb pipe = pwrite_of(ends[1], buffer, 1, -1);
  iocb socket = pwrite_of(sockets[0], buffer, 1, -1);
  iocb eventfd = pread_of(event_counter(1), buffer, 8, -1);
  EXPECT_THAT(submit(context, pipe), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, socket), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, eventfd), FailsWith(EINVAL));
}

AIO_TEST(Transfer, NegativeOffsetIsEinvalForAppends, "K58") {
  const Context context = setup();
  iocb opened_so = pwrite_of(file(0, O_RDWR | O_APPEND), "x", 1, -1);
  iocb flagged_so = with_rw_flags(pwrite_of(file(0), "x", 1, -1), kRwfAppend);
  EXPECT_THAT(submit(context, opened_so), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, flagged_so), FailsWith(EINVAL));
}

AIO_TEST(Transfer, NegativeOffsetIsEinvalForVectors, "K58") {
  const Context context = setup();
  iocb read = preadv_of(file(), nullptr, 0, -1);
  EXPECT_THAT(submit(context, read), FailsWith(EINVAL));
}

AIO_TEST(Transfer, RangeBeyondTheLastOffsetIsEinval, "K58") {
  const Context context = setup();
  char buffer[16] = {};
  iocb write = pwrite_of(null_device(), buffer, 2, kLastOffset - 1);
  iocb read = pread_of(file(), buffer, 1, kLastOffset);
  EXPECT_THAT(submit(context, write), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, read), FailsWith(EINVAL));
}

AIO_TEST(Transfer, RangeUpToTheLastOffsetIsAllowed, "K58") {
  const Context context = setup();
  char buffer[16] = {};
  iocb write = pwrite_of(null_device(), buffer, 2, kLastOffset - 2);
  iocb empty = pwrite_of(null_device(), buffer, 0, kLastOffset);
  EXPECT_THAT(complete(context, write), Completes(&write, 2));
  EXPECT_THAT(complete(context, empty), Completes(&empty, 0));
}

AIO_TEST(Transfer, LengthIsCutBeforeTheRangeIsChecked, "K58") {
  const Context context = setup();
  const std::int64_t four_gib = std::int64_t{1} << 32;
  iocb fits_when_cut = pwrite_of(null_device(), unmapped_address(),
                                 static_cast<std::uint64_t>(four_gib), kLastOffset - four_gib + 1);
  iocb still_too_long =
      pwrite_of(null_device(), unmapped_address(), static_cast<std::uint64_t>(four_gib),
                kLastOffset - kLongestTransfer + 1);
  EXPECT_THAT(complete(context, fits_when_cut), Completes(&fits_when_cut, kLongestTransfer));
  EXPECT_THAT(submit(context, still_too_long), FailsWith(EINVAL));
}

// ---- K61, K62: O_DIRECT ----

AIO_TEST(Transfer, DirectWriteThenReadGivesTheSameBytes, "K61 K63") {
  const Context context = setup();
  const int fd = direct_file(0);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  std::memset(pages.data(), 'A', kPage);
  iocb write = pwrite_of(fd, pages.data(), kPage, 0, 1);
  ASSERT_THAT(submit(context, write), Returns(1));
  ASSERT_THAT(reap(context, 1), testing::ElementsAre(Completes(&write, 4096)));
  iocb read = pread_of(fd, pages.data() + kPage, kPage, 0, 2);
  ASSERT_THAT(submit(context, read), Returns(1));
  ASSERT_THAT(reap(context, 1), testing::ElementsAre(Completes(&read, 4096)));
  EXPECT_EQ(std::memcmp(pages.data(), pages.data() + kPage, kPage), 0);
}

AIO_TEST(Transfer, DirectRequestOfOneBlockIsFine, "K61") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  const unsigned block = facts().direct_alignment;
  iocb read = pread_of(fd, pages.data() + block, block, block);
  iocb write = pwrite_of(fd, pages.data() + block, block, block);
  EXPECT_THAT(complete(context, read), Completes(&read, block));
  EXPECT_THAT(complete(context, write), Completes(&write, block));
}

AIO_TEST(Transfer, MisalignedDirectOffsetIsAnEventWithEinval, "K61") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  const long expected = facts().direct_aligned ? -EINVAL : 512;
  for (const std::int64_t offset : {1, 100, 511}) {
    iocb read = pread_of(fd, pages.data(), 512, offset);
    iocb write = pwrite_of(fd, pages.data(), 512, offset);
    EXPECT_THAT(complete(context, read), Completes(&read, expected)) << offset;
    EXPECT_THAT(complete(context, write), Completes(&write, expected)) << offset;
  }
}

AIO_TEST(Transfer, MisalignedDirectLengthIsAnEventWithEinval, "K61") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  for (const std::uint64_t length : {1U, 100U, 513U}) {
    const long expected = facts().direct_aligned ? -EINVAL : static_cast<long>(length);
    iocb read = pread_of(fd, pages.data(), length, 0);
    iocb write = pwrite_of(fd, pages.data(), length, 0);
    EXPECT_THAT(complete(context, read), Completes(&read, expected)) << length;
    EXPECT_THAT(complete(context, write), Completes(&write, expected)) << length;
  }
}

AIO_TEST(Transfer, MisalignedDirectSegmentsAreAnEventWithEinval, "K61") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  const iovec segments[] = {{pages.data(), 101}, {pages.data() + kPage, 411}};
  iocb request = preadv_of(fd, segments, 2, 0);
  EXPECT_THAT(result_of(context, request), Returns(facts().direct_aligned ? -EINVAL : 512));
}

AIO_TEST(Transfer, MisalignedDirectMemoryIsNeverASubmitError, "K61") {
  const Context context = setup();
  const int fd = direct_file(4);
  NEEDS_DIRECT(fd);
  Pages pages(2);
  iocb request = pread_of(fd, pages.data() + 1, 512, 0);
  ASSERT_THAT(submit(context, request), Returns(1));
  const std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(static_cast<long>(events[0].res),
              OneOf({-EINVAL, 512}, "the device says how memory must be aligned"));
}

AIO_TEST(Transfer, DirectReadAtTheEndGivesZeroThoughMisaligned, "K62") {
  const Context context = setup();
  const int fd = direct_file(1);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  for (const std::int64_t offset : {4096, 4097, 8192, 100001}) {
    iocb request = pread_of(fd, pages.data(), 512, offset);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << offset;
  }
}

AIO_TEST(Transfer, DirectRequestOfNoBytesGivesZeroThoughMisaligned, "K62") {
  const Context context = setup();
  const int fd = direct_file(1);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  iocb read = pread_of(fd, pages.data() + 1, 0, 3);
  iocb write = pwrite_of(fd, pages.data() + 1, 0, 3);
  EXPECT_THAT(complete(context, read), Completes(&read, 0));
  EXPECT_THAT(complete(context, write), Completes(&write, 0));
}

AIO_TEST(Transfer, DirectReadOverTheEndGivesTheExactRest, "K62") {
  const Context context = setup();
  const int fd = files().create(10000, O_RDWR | O_DIRECT);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  iocb request = pread_of(fd, pages.data(), kPage, 8192);
  EXPECT_THAT(complete(context, request), Completes(&request, 1808));
}

// ---- K63: ends and zeros ----

AIO_TEST(Transfer, ReadOverTheEndIsShort, "K63") {
  const Context context = setup();
  char buffer[200];
  iocb request = pread_of(file(150), buffer, sizeof buffer, 100);
  EXPECT_THAT(complete(context, request), Completes(&request, 50));
}

AIO_TEST(Transfer, ReadAtOrBeyondTheEndGivesZero, "K63") {
  const Context context = setup();
  const int fd = file(150);
  char buffer[16];
  for (const std::int64_t offset : {150, 151, 1 << 20}) {
    iocb request = pread_of(fd, buffer, sizeof buffer, offset);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << offset;
  }
}

AIO_TEST(Transfer, WriteOfNoBytesBeyondTheEndDoesNotExtend, "K63") {
  const Context context = setup();
  const int fd = file(100);
  iocb request = pwrite_of(fd, "", 0, 5000);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_EQ(files().size_of(fd), 100);
}

AIO_TEST(Transfer, WriteBeyondTheEndLeavesZerosBefore, "K63") {
  const Context context = setup();
  const int fd = file(2);
  iocb request = pwrite_of(fd, "z", 1, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
  EXPECT_EQ(text_of(files(), fd), std::string("\0\0\0\0\0z", 6));
}

// ---- K65, K66: too far ----

AIO_TEST(Transfer, WriteAtAHugeOffsetGivesWhatPwriteGives, "K65") {
  const Context context = setup();
  const int fd = file(0);
  const std::int64_t offset = kLastOffset - 8192;
  const long expected = files().pwrite(fd, "x", 1, offset);
  iocb request = pwrite_of(fd, "x", 1, offset);
  EXPECT_THAT(complete(context, request), Completes(&request, expected));
  EXPECT_THAT(expected, OneOf({-EFBIG, 1}, "the file system says how large files may become"));
}

AIO_TEST(Transfer, ReadAtAHugeOffsetGivesZero, "K65") {
  const Context context = setup();
  char byte = 0;
  iocb request = pread_of(file(100), &byte, 1, kLastOffset - 8192);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(Transfer, WriteAcrossTheFileSizeLimitIsShort, "K66") {
  const Context context = setup();
  const int fd = file(0);
  Pages pages(1);
  if (!backend().set_file_size_limit(kPage)) NOT_APPLICABLE("no file size limit here");
  const int before = backend().signals_handled(SIGXFSZ);
  iocb request = pwrite_of(fd, pages.data(), kPage, 1000);
  EXPECT_THAT(complete(context, request), Completes(&request, 3096));
  EXPECT_EQ(backend().signals_handled(SIGXFSZ), before);
}

AIO_TEST(Transfer, WriteBehindTheFileSizeLimitIsEfbigWithASignal, "K66") {
  const Context context = setup();
  const int fd = file(0);
  if (!backend().set_file_size_limit(kPage)) NOT_APPLICABLE("no file size limit here");
  const int before = backend().signals_handled(SIGXFSZ);
  for (const std::int64_t offset : {4096, 5000}) {
    iocb request = pwrite_of(fd, "x", 1, offset);
    EXPECT_THAT(complete(context, request), Completes(&request, -EFBIG)) << offset;
  }
  EXPECT_EQ(backend().signals_handled(SIGXFSZ), before + 2);
}

AIO_TEST(Transfer, WriteOfNoBytesBehindTheFileSizeLimitGivesZero, "K66") {
  const Context context = setup();
  const int fd = file(0);
  if (!backend().set_file_size_limit(kPage)) NOT_APPLICABLE("no file size limit here");
  const int before = backend().signals_handled(SIGXFSZ);
  iocb request = pwrite_of(fd, "", 0, 5000);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  EXPECT_EQ(backend().signals_handled(SIGXFSZ), before);
}

// ---- K67: appends and the file position ----

AIO_TEST(Transfer, AppendingFileIgnoresTheOffset, "K67") {
  const Context context = setup();
  const int fd = file(0, O_RDWR | O_APPEND);
  for (const std::int64_t offset : {0, 0, 100}) {
    iocb request = pwrite_of(fd, "ab", 2, offset);
    EXPECT_THAT(complete(context, request), Completes(&request, 2));
  }
  EXPECT_EQ(text_of(files(), fd), "ababab");
}

AIO_TEST(Transfer, AppendFlagWritesAtTheEnd, "K67") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "head", 4, 0), 4);
  iocb request = with_rw_flags(pwrite_of(fd, "tail", 4, 0), kRwfAppend);
  EXPECT_THAT(complete(context, request), Completes(&request, 4));
  EXPECT_EQ(text_of(files(), fd), "headtail");
}

AIO_TEST(Transfer, NoappendFlagHonoursTheOffsetOfAnAppendingFile, "K67") {
  const Context context = setup();
  const int fd = file(0, O_RDWR | O_APPEND);
  ASSERT_EQ(files().write(fd, "abcd", 4), 4);
  iocb request = with_rw_flags(pwrite_of(fd, "XY", 2, 1), kRwfNoappend);
  if ((facts().rwf_known & kRwfNoappend) != 0) {
    EXPECT_THAT(complete(context, request), Completes(&request, 2));
    EXPECT_EQ(text_of(files(), fd), "aXYd");
  } else {
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
  }
}

AIO_TEST(Transfer, DirectAppendDoesNotCareAboutAMisalignedOffset, "K67") {
  const Context context = setup();
  const int fd = files().create(0, O_RDWR | O_DIRECT | O_APPEND);
  NEEDS_DIRECT(fd);
  Pages pages(1);
  iocb request = pwrite_of(fd, pages.data(), kPage, 3);
  EXPECT_THAT(complete(context, request), Completes(&request, 4096));
  EXPECT_EQ(files().size_of(fd), 4096);
}

AIO_TEST(Transfer, FilePositionIsNeitherUsedNorMoved, "K67") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().write(fd, "abcd", 4), 4);
  char buffer[4] = {};
  iocb read = pread_of(fd, buffer, 2, 1);
  iocb write = pwrite_of(fd, "X", 1, 0);
  EXPECT_THAT(complete(context, read), Completes(&read, 2));
  EXPECT_STREQ(buffer, "bc");
  EXPECT_THAT(complete(context, write), Completes(&write, 1));
  EXPECT_EQ(files().position(fd), 4);
  EXPECT_EQ(text_of(files(), fd), "Xbcd");
}

AIO_TEST(Transfer, AppendDoesNotMoveTheFilePosition, "K67") {
  const Context context = setup();
  const int fd = file(0, O_RDWR | O_APPEND);
  iocb request = pwrite_of(fd, "abc", 3, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 3));
  EXPECT_EQ(files().position(fd), 0);
}

// ---- K73, K74: when the event is there ----

AIO_TEST(Transfer, BufferedTransfersAreInTheRingWhenSubmitReturns, "K73") {
  const Context context = setup();
  const int fd = file(0);
  char buffer[4] = {};
  iocb write = pwrite_of(fd, "abcd", 4, 0, 1);
  iocb read = pread_of(fd, buffer, 4, 0, 2);
  iocb device = pread_of(zero_device(), buffer, 3, 0, 3);
  iocb memory = pwrite_of(files().memfd(0), "ab", 2, 0, 4);
  ASSERT_THAT(submit_all(context, {&write, &read, &device, &memory}), Returns(4));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&write, 4), Completes(&read, 4),
                                                   Completes(&device, 3), Completes(&memory, 2)));
}

AIO_TEST(Transfer, FailedTransfersKeepTheirPlaceInTheOrder, "K73") {
  const Context context = setup();
  char buffer[4] = {};
  iocb first = pread_of(zero_device(), buffer, 1, 0, 1);
  iocb bad = pread_of(zero_device(), unmapped_address(), 1, 0, 2);
  iocb last = pread_of(zero_device(), buffer, 2, 0, 3);
  ASSERT_THAT(submit_all(context, {&first, &bad, &last}), Returns(3));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&first, 1), Completes(&bad, -EFAULT),
                                                   Completes(&last, 2)));
}

AIO_TEST(Transfer, LaterElementSeesWhatAnEarlierOneWrote, "K73") {
  const Context context = setup();
  const int fd = file(0);
  char buffer[8] = {};
  iocb write = pwrite_of(fd, "seen", 4, 0);
  iocb read = pread_of(fd, buffer, 4, 0);
  ASSERT_THAT(submit_all(context, {&write, &read}), Returns(2));
  EXPECT_STREQ(buffer, "seen");
}

AIO_TEST(Transfer, BufferOfADirectWriteMayBeUnmappedInFlight, "K74") {
  const Context context = setup();
  const int fd = direct_file(0);
  NEEDS_DIRECT(fd);
  iocb request = {};
  {
    Pages pages(1);
    std::memset(pages.data(), 'p', kPage);
    request = pwrite_of(fd, pages.data(), kPage, 0);
    ASSERT_THAT(submit(context, request), Returns(1));
  }
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 4096)));
  const int other = files().reopen(fd, O_RDONLY);
  char byte = 0;
  ASSERT_EQ(files().pread(other, &byte, 1, kPage - 1), 1);
  EXPECT_EQ(byte, 'p');
}

// ---- K75: sealed files ----

AIO_TEST(Transfer, WriteToASealedFileIsAnEventWithEperm, "K75") {
  const Context context = setup();
  const int fd = files().memfd(F_SEAL_WRITE);
  ASSERT_GE(fd, 0);
  iocb request = pwrite_of(fd, "x", 1, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, -EPERM));
}

}  // namespace
}  // namespace conformance
