// IOCB_CMD_FSYNC and IOCB_CMD_FDSYNC (K76-K79).
#include <sys/socket.h>

#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(Fsync);

constexpr int kBoth[] = {IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC};

iocb sync_of(int opcode, int fd, std::uint64_t data = 0) {
  return make_iocb(opcode, fd, nullptr, 0, 0, data);
}

AIO_TEST(Fsync, BufferIsEinval, "K76") {
  const Context context = setup();
  const int fd = file();
  for (const int opcode : kBoth) {
    iocb request = make_iocb(opcode, fd, &request, 0, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode;
  }
}

AIO_TEST(Fsync, LengthIsEinval, "K76") {
  const Context context = setup();
  const int fd = file();
  for (const int opcode : kBoth) {
    iocb request = make_iocb(opcode, fd, nullptr, 1, 0);
    EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode;
  }
}

AIO_TEST(Fsync, OffsetIsEinval, "K76") {
  const Context context = setup();
  const int fd = file();
  for (const int opcode : kBoth) {
    for (const std::int64_t offset : {1, -1}) {
      iocb request = make_iocb(opcode, fd, nullptr, 0, offset);
      EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode << " " << offset;
    }
  }
}

AIO_TEST(Fsync, RwFlagsAreEinvalAndNotEopnotsupp, "K76") {
  const Context context = setup();
  const int fd = file();
  for (const int opcode : kBoth) {
    for (const std::uint32_t flags : {kRwfDsync, std::uint32_t{0x40000000}}) {
      iocb request = with_rw_flags(sync_of(opcode, fd), flags);
      EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode << " " << flags;
    }
  }
}

AIO_TEST(Fsync, BadDescriptorComesBeforeBadFields, "K41 K76") {
  const Context context = setup();
  iocb request = make_iocb(IOCB_CMD_FSYNC, closed_descriptor(), nullptr, 1, 1);
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(Fsync, NegativeLengthIsEinvalBeforeTheDescriptorIsLookedAt, "K39 K76") {
  const Context context = setup();
  iocb request = make_iocb(IOCB_CMD_FSYNC, -1, nullptr, ~std::uint64_t{0}, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Fsync, FileThatCannotBeSyncedIsEinval, "K77") {
  const Context context = setup();
  int ends[2];
  int sockets[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  ASSERT_EQ(files().socketpair(SOCK_STREAM, sockets), 0);
  for (const int fd :
       {ends[0], ends[1], sockets[0], null_device(), zero_device(), event_counter()}) {
    for (const int opcode : kBoth) {
      iocb request = sync_of(opcode, fd);
      EXPECT_THAT(submit(context, request), FailsWith(EINVAL)) << opcode << " " << fd;
    }
  }
}

AIO_TEST(Fsync, TerminalCannotBeSynced, "K77") {
  const Context context = setup();
  int master = -1;
  iocb request = fsync_of(files().terminal(&master));
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(Fsync, RegularFileGivesZero, "K78") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "data", 4, 0), 4);
  for (const int opcode : kBoth) {
    iocb request = sync_of(opcode, fd, 3);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << opcode;
  }
}

AIO_TEST(Fsync, OpenModeDoesNotMatter, "K78") {
  const Context context = setup();
  const int fd = file();
  for (const int mode : {O_RDONLY, O_WRONLY, O_RDWR}) {
    iocb request = fsync_of(files().reopen(fd, mode));
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << mode;
  }
}

AIO_TEST(Fsync, DirectoryGivesZero, "K78") {
  const Context context = setup();
  iocb request = fsync_of(opened(".", O_RDONLY));
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(Fsync, MemoryFileGivesZero, "K78") {
  const Context context = setup();
  const int fd = files().memfd(0);
  for (const int opcode : kBoth) {
    iocb request = sync_of(opcode, fd);
    EXPECT_THAT(complete(context, request), Completes(&request, 0)) << opcode;
  }
}

AIO_TEST(Fsync, PathDescriptorIsEbadf, "K78") {
  const Context context = setup();
  iocb request = fsync_of(opened(".", O_PATH));
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(Fsync, PriorityIsIgnoredWithAndWithoutItsFlag, "K51 K78") {
  const Context context = setup();
  iocb request = fsync_of(file());
  request.aio_reqprio = -1;
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  request.aio_flags = IOCB_FLAG_IOPRIO;
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
}

AIO_TEST(Fsync, CompletionSignalsTheEventfd, "K79 K91") {
  const Context context = setup();
  const int counter = event_counter();
  iocb request = with_eventfd(fsync_of(file()), counter);
  EXPECT_THAT(complete(context, request), Completes(&request, 0));
  await_readable(counter);
  EXPECT_EQ(counter_of(counter), 1U);
}

AIO_TEST(Fsync, EventComesThoughNobodyWaitsForIt, "K79") {
  const Context context = setup();
  iocb request = fsync_of(file());
  ASSERT_THAT(submit(context, request), Returns(1));
  std::vector<io_event> events;
  while (events.empty()) {
    backend().breathe();
    events = drain(context);
  }
  EXPECT_THAT(events, testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Fsync, CannotBeCancelled, "K79 K126") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "data", 4, 0), 4);
  iocb request = fsync_of(fd);
  io_event unused = {};
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(io_cancel(context, &request, &unused), FailsWith(EINVAL));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

AIO_TEST(Fsync, FileMayBeClosedWhileItIsSynced, "K50 K79") {
  const Context context = setup();
  const int fd = file(0);
  ASSERT_EQ(files().pwrite(fd, "data", 4, 0), 4);
  iocb request = fsync_of(fd);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(files().close(fd), 0);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
}

}  // namespace
}  // namespace conformance
