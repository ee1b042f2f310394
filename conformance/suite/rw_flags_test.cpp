// aio_reqprio and aio_rw_flags of reads and writes (K51, K52, K68).
//
// Which RWF bits exist depends on the kernel: facts().rwf_known. Which of those a file takes
// depends on the file; /dev/zero takes all but ATOMIC and DONTCACHE.
#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(RwFlags);

constexpr unsigned kClassNone = 0;
constexpr unsigned kClassRealtime = 1;
constexpr unsigned kClassBestEffort = 2;
constexpr unsigned kClassIdle = 3;
constexpr unsigned kHighestHint = 0x1ff8;

iocb read_with(int fd, std::uint32_t flags) {
  return with_rw_flags(pread_of(fd, nullptr, 0, 0), flags);
}

iocb write_with(int fd, std::uint32_t flags) {
  return with_rw_flags(pwrite_of(fd, nullptr, 0, 0), flags);
}

// ---- K51: aio_reqprio ----

AIO_TEST(RwFlags, NoPriorityClassIsAccepted, "K51") {
  const Context context = setup();
  iocb request = with_ioprio(pread_of(zero_device(), nullptr, 0, 0), kClassNone, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(RwFlags, NoPriorityClassWithALevelIsEinval, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (unsigned level = 1; level < 8; ++level) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), kClassNone, level);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << level;
  }
}

AIO_TEST(RwFlags, PriorityClassAboveIdleIsEinval, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (unsigned priority_class = 4; priority_class < 8; ++priority_class) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), priority_class, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << priority_class;
  }
}

AIO_TEST(RwFlags, BestEffortTakesEightLevels, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (unsigned level = 0; level < 8; ++level) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), kClassBestEffort, level);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << level;
  }
}

AIO_TEST(RwFlags, IdleIsAcceptedWithAnyLevel, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (const unsigned level : {0U, 7U}) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), kClassIdle, level);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << level;
  }
}

AIO_TEST(RwFlags, BestEffortDataAboveSevenIsAHint, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (const unsigned data : {8U, 9U, kHighestHint, kHighestHint | 7U}) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), kClassBestEffort, data);
    if (facts().ioprio_hints) {
      EXPECT_THAT(complete(context, request), Completes(&request, 0)) << data;
    } else {
      EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << data;
    }
  }
}

AIO_TEST(RwFlags, RealtimeNeedsPrivilege, "K51") {
  const Context context = setup();
  const int fd = zero_device();
  for (const unsigned level : {0U, 4U, 7U}) {
    iocb request = with_ioprio(pread_of(fd, nullptr, 0, 0), kClassRealtime, level);
    if (facts().realtime_io) {
      EXPECT_THAT(complete(context, request), Completes(&request, 0)) << level;
    } else {
      EXPECT_THAT(submit(context, request), FailsWith(EPERM)) << level;
    }
  }
}

AIO_TEST(RwFlags, PriorityIsCheckedForEveryTransfer, "K51") {
  const Context context = setup();
  const int fd = null_device();
  for (const int opcode : {IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_PREADV, IOCB_CMD_PWRITEV}) {
    iocb request = with_ioprio(make_iocb(opcode, fd, nullptr, 0, 0), 7, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode;
  }
}

AIO_TEST(RwFlags, PriorityIsIgnoredByFsyncAndPoll, "K51") {
  const Context context = setup();
  const int fd = file();
  iocb sync = with_ioprio(fsync_of(fd), 7, 0x1fff);
  EXPECT_THAT(complete(context, sync), Completes(&sync, 0));
  iocb poll = with_ioprio(poll_of(fd, POLLIN), 7, 0x1fff);
  EXPECT_THAT(complete(context, poll), Completes(&poll, POLLIN));
}

// ---- K52: aio_rw_flags ----

AIO_TEST(RwFlags, ZeroDeviceTakesEachFlagItsKernelKnowsAndNoOther, "K52") {
  const Context context = setup();
  const int fd = zero_device();
  std::uint32_t taken = facts().rwf_known & ~(kRwfAtomic | kRwfDontcache);
  if (!facts().zero_device_nowait) taken &= ~static_cast<std::uint32_t>(RWF_NOWAIT);
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t flag = std::uint32_t{1} << bit;
    iocb request = read_with(fd, flag);
    if ((taken & flag) != 0) {
      EXPECT_THAT(complete(context, request), Completes(&request, 0)) << flag;
    } else {
      EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP)) << flag;
    }
  }
}

AIO_TEST(RwFlags, UnknownBitIsEopnotsuppForEveryTransfer, "K52") {
  const Context context = setup();
  const int fd = null_device();
  for (const int opcode : {IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_PREADV, IOCB_CMD_PWRITEV}) {
    iocb request = with_rw_flags(make_iocb(opcode, fd, nullptr, 0, 0), 0x80000000);
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP)) << opcode;
  }
}

AIO_TEST(RwFlags, SyncAndHipriFlagsAreAcceptedOnEveryKindOfFile, "K52") {
  const Context context = setup();
  for (const int fd : {null_device(), file(), files().memfd(0)}) {
    for (const std::uint32_t flag : {kRwfHipri, kRwfDsync, kRwfSync, kRwfDsync | kRwfSync}) {
      iocb request = write_with(fd, flag);
      EXPECT_THAT(complete(context, request), Completes(&request, 0)) << fd << " " << flag;
    }
  }
}

AIO_TEST(RwFlags, HipriChangesNothing, "K52") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "abcd", 4, 0), 4);
  char buffer[8] = {};
  iocb request = with_rw_flags(pread_of(fd, buffer, sizeof buffer, 0), kRwfHipri);
  EXPECT_THAT(complete(context, request), Completes(&request, 4));
  EXPECT_STREQ(buffer, "abcd");
}

AIO_TEST(RwFlags, SyncedWriteReportsItsLength, "K52") {
  const Context context = setup();
  const int fd = file(0);
  iocb request = with_rw_flags(pwrite_of(fd, "abcd", 4, 0), kRwfDsync);
  EXPECT_THAT(complete(context, request), Completes(&request, 4));
  EXPECT_EQ(files().size_of(fd), 4);
}

AIO_TEST(RwFlags, AppendWithNoappendIsEinval, "K52") {
  const Context context = setup();
  const bool known = (facts().rwf_known & kRwfNoappend) != 0;
  for (const int fd : {null_device(), file()}) {
    iocb request = write_with(fd, kRwfAppend | kRwfNoappend);
    EXPECT_THAT(submit(context, request), FailsWith(known ? EINVAL : EOPNOTSUPP));
  }
}

AIO_TEST(RwFlags, AppendWithNoappendIsEinvalForReadsToo, "K52") {
  const Context context = setup();
  const bool known = (facts().rwf_known & kRwfNoappend) != 0;
  iocb request = read_with(zero_device(), kRwfAppend | kRwfNoappend);
  EXPECT_THAT(submit(context, request), FailsWith(known ? EINVAL : EOPNOTSUPP));
}

AIO_TEST(RwFlags, NowaitOnAMemoryFileIsEopnotsupp, "K52") {
  const Context context = setup();
  const int fd = files().memfd(0);
  iocb read = read_with(fd, kRwfNowait);
  iocb write = write_with(fd, kRwfNowait);
  EXPECT_THAT(submit(context, read), FailsWith(EOPNOTSUPP));
  EXPECT_THAT(submit(context, write), FailsWith(EOPNOTSUPP));
}

AIO_TEST(RwFlags, NowaitOnANamedFifoIsEopnotsupp, "K52") {
  const Context context = setup();
  const int fd = files().fifo(O_NONBLOCK);
  iocb read = read_with(fd, kRwfNowait);
  iocb write = write_with(fd, kRwfNowait);
  EXPECT_THAT(submit(context, read), FailsWith(EOPNOTSUPP));
  EXPECT_THAT(submit(context, write), FailsWith(EOPNOTSUPP));
}

AIO_TEST(RwFlags, NowaitOnTheFullDeviceIsEopnotsupp, "K52") {
  const Context context = setup();
  iocb request = read_with(files().open("/dev/full", O_RDONLY), kRwfNowait);
  EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
}

AIO_TEST(RwFlags, NowaitIsRefusedBeforeTheMissingMethodIs, "K52 K54") {
  const Context context = setup();
  for (const int fd : {files().epoll(), files().inotify(), files().open(".", O_RDONLY)}) {
    iocb request = read_with(fd, kRwfNowait);
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP));
    iocb plain = read_with(fd, 0);
    EXPECT_THAT(submit(context, plain), FailsWith(EINVAL));
  }
}

AIO_TEST(RwFlags, AtomicReadIsEopnotsupp, "K52") {
  const Context context = setup();
  for (const int fd : {zero_device(), file(), files().memfd(0)}) {
    iocb request = read_with(fd, kRwfAtomic);
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP)) << fd;
  }
}

AIO_TEST(RwFlags, AtomicWriteToAFileWithoutSupportIsEopnotsupp, "K52") {
  const Context context = setup();
  for (const int fd : {null_device(), files().memfd(0)}) {
    iocb request = write_with(fd, kRwfAtomic);
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP)) << fd;
  }
}

AIO_TEST(RwFlags, DontcacheOnAFileWithoutSupportIsEopnotsupp, "K52") {
  const Context context = setup();
  for (const int fd : {null_device(), files().memfd(0)}) {
    iocb request = read_with(fd, kRwfDontcache);
    EXPECT_THAT(submit(context, request), FailsWith(EOPNOTSUPP)) << fd;
  }
}

// ---- K68: NOWAIT where the file takes it ----

AIO_TEST(RwFlags, NowaitReadOfCachedDataGivesTheData, "K68") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "cached", 6, 0), 6);
  char buffer[8] = {};
  iocb request = with_rw_flags(pread_of(fd, buffer, sizeof buffer, 0), kRwfNowait);
  const long accepted = submit(context, request);
  if (accepted == 1) {
    EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 6)));
    EXPECT_STREQ(buffer, "cached");
  } else {
    EXPECT_THAT(accepted, FailsWith(EOPNOTSUPP)) << "the file system has no NOWAIT";
  }
}

AIO_TEST(RwFlags, NowaitBufferedWriteMovesEverythingOrSaysWhyNot, "K68") {
  const Context context = setup();
  const int fd = file(0);
  iocb request = with_rw_flags(pwrite_of(fd, "data", 4, 0), kRwfNowait);
  const long accepted = submit(context, request);
  if (accepted != 1) {
    EXPECT_THAT(accepted, FailsWith(EOPNOTSUPP)) << "the file system has no NOWAIT";
    return;
  }
  const std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(static_cast<long>(events[0].res),
              OneOf({4, -EAGAIN, -EOPNOTSUPP}, "file systems differ: ext4 says EOPNOTSUPP"));
  EXPECT_EQ(files().size_of(fd), events[0].res == 4 ? 4 : 0);
}

}  // namespace
}  // namespace conformance
