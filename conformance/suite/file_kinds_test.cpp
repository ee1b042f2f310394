// What a request may ask of which kind of file: the open mode and the methods the kind has
// (K53, K54).
#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

SUBMIT_AREA(FileKinds);

iocb read_of_nothing(int fd) { return pread_of(fd, nullptr, 0, 0); }
iocb write_of_nothing(int fd) { return pwrite_of(fd, nullptr, 0, 0); }

// ---- K53: open mode ----

AIO_TEST(FileKinds, ReadOfAWriteOnlyFileIsEbadf, "K53") {
  const Context context = setup();
  char buffer[16];
  const int fd = file(100, O_WRONLY);
  const iovec segment{buffer, sizeof buffer};
  iocb plain = pread_of(fd, buffer, sizeof buffer, 0);
  iocb vectored = preadv_of(fd, &segment, 1, 0);
  EXPECT_THAT(submit(context, plain), FailsWith(EBADF));
  EXPECT_THAT(submit(context, vectored), FailsWith(EBADF));
}

AIO_TEST(FileKinds, WriteToAReadOnlyFileIsEbadf, "K53") {
  const Context context = setup();
  char buffer[16] = {};
  const int fd = files().reopen(file(100), O_RDONLY);
  const iovec segment{buffer, sizeof buffer};
  iocb plain = pwrite_of(fd, buffer, sizeof buffer, 0);
  iocb vectored = pwritev_of(fd, &segment, 1, 0);
  EXPECT_THAT(submit(context, plain), FailsWith(EBADF));
  EXPECT_THAT(submit(context, vectored), FailsWith(EBADF));
}

AIO_TEST(FileKinds, OpenModeCountsForNoBytesToo, "K53") {
  const Context context = setup();
  iocb read = read_of_nothing(opened("/dev/null", O_WRONLY));
  iocb write = write_of_nothing(opened("/dev/null", O_RDONLY));
  iocb vector = preadv_of(opened("/dev/null", O_WRONLY), nullptr, 0, 0);
  EXPECT_THAT(submit(context, read), FailsWith(EBADF));
  EXPECT_THAT(submit(context, write), FailsWith(EBADF));
  EXPECT_THAT(submit(context, vector), FailsWith(EBADF));
}

AIO_TEST(FileKinds, PipeEndOfTheOtherDirectionIsEbadf, "K53") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  char byte = 0;
  iocb read = pread_of(ends[1], &byte, 1, 0);
  iocb write = pwrite_of(ends[0], &byte, 1, 0);
  EXPECT_THAT(submit(context, read), FailsWith(EBADF));
  EXPECT_THAT(submit(context, write), FailsWith(EBADF));
}

AIO_TEST(FileKinds, WriteToADirectoryIsEbadf, "K53") {
  const Context context = setup();
  iocb request = write_of_nothing(opened(".", O_RDONLY));
  EXPECT_THAT(submit(context, request), FailsWith(EBADF));
}

AIO_TEST(FileKinds, FileOfTheRightModeIsAccepted, "K53") {
  const Context context = setup();
  iocb read = read_of_nothing(opened("/dev/null", O_RDONLY));
  iocb write = write_of_nothing(opened("/dev/null", O_WRONLY));
  EXPECT_THAT(complete(context, read), Completes(&read, 0));
  EXPECT_THAT(complete(context, write), Completes(&write, 0));
}

// ---- K54: kinds without the method ----

AIO_TEST(FileKinds, ReadOfADirectoryIsEinval, "K54") {
  const Context context = setup();
  char buffer[16];
  iocb request = pread_of(opened(".", O_RDONLY), buffer, sizeof buffer, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, ReadOfAnEpollDescriptorIsEinval, "K54") {
  const Context context = setup();
  iocb request = read_of_nothing(files().epoll());
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, ReadOfAnInotifyDescriptorIsEinval, "K54") {
  const Context context = setup();
  iocb request = read_of_nothing(files().inotify());
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, ReadOfAProcessStatusFileIsEinval, "K54") {
  const Context context = setup();
  char buffer[16];
  iocb request = pread_of(opened("/proc/self/stat", O_RDONLY), buffer, sizeof buffer, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, WriteToAnEventfdIsEinval, "K54") {
  const Context context = setup();
  const int counter = event_counter();
  const std::uint64_t one = 1;
  iocb request = pwrite_of(counter, &one, sizeof one, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_EQ(counter_of(counter), 0U);
}

AIO_TEST(FileKinds, WriteToTheFullDeviceIsEinvalAndNotEnospc, "K54") {
  const Context context = setup();
  iocb request = pwrite_of(opened("/dev/full"), "x", 1, 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, WriteToATimerIsEinval, "K54") {
  const Context context = setup();
  iocb request = write_of_nothing(files().timerfd());
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(FileKinds, MissingMethodCountsForNoBytesAndForVectors, "K54") {
  const Context context = setup();
  const int fd = opened(".", O_RDONLY);
  iocb plain = read_of_nothing(fd);
  iocb vector = preadv_of(fd, nullptr, 0, 0);
  EXPECT_THAT(submit(context, plain), FailsWith(EINVAL));
  EXPECT_THAT(submit(context, vector), FailsWith(EINVAL));
}

// ---- K54: kinds with the method ----

AIO_TEST(FileKinds, ReadOfTheFullDeviceGivesZeros, "K54") {
  const Context context = setup();
  char buffer[4] = {1, 1, 1, 1};
  iocb request = pread_of(opened("/dev/full"), buffer, sizeof buffer, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 4));
  EXPECT_THAT(buffer, testing::Each(0));
}

AIO_TEST(FileKinds, ReadOfARandomDeviceIsAcceptedByNewerKernels, "K54") {
  const Context context = setup();
  char buffer[16];
  iocb request = pread_of(opened("/dev/urandom", O_RDONLY), buffer, sizeof buffer, 0);
  const long accepted = submit(context, request);
  ASSERT_THAT(accepted, OneOf({1, -EINVAL}, "the device got its iterator method about 5.19"));
  if (accepted != 1) return;
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 16)));
}

AIO_TEST(FileKinds, ReadOfAKernelVersionFileIsAccepted, "K54") {
  const Context context = setup();
  char buffer[5];
  iocb request = pread_of(opened("/proc/version", O_RDONLY), buffer, sizeof buffer, 0);
  EXPECT_THAT(complete(context, request), Completes(&request, 5));
  EXPECT_EQ(std::string(buffer, 5), "Linux");
}

AIO_TEST(FileKinds, MemoryFileTakesReadsAndWrites, "K54") {
  const Context context = setup();
  const int fd = files().memfd(0);
  char buffer[4] = {};
  iocb write = pwrite_of(fd, "mem", 3, 0);
  iocb read = pread_of(fd, buffer, 4, 0);
  EXPECT_THAT(complete(context, write), Completes(&write, 3));
  EXPECT_THAT(complete(context, read), Completes(&read, 3));
  EXPECT_STREQ(buffer, "mem");
}

AIO_TEST(FileKinds, TerminalTakesWritesInNewerKernels, "K54") {
  const Context context = setup();
  int master = -1;
  const int fd = files().terminal(&master);
  ASSERT_GE(fd, 0);
  char buffer[4] = {};
  iocb request = pwrite_of(fd, "tty", 3, 0);
  const long accepted = submit(context, request);
  ASSERT_THAT(accepted, OneOf({1, -EINVAL}, "terminals got their iterator methods about 5.11"));
  if (accepted != 1) return;
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 3)));
  ASSERT_EQ(files().read(master, buffer, 3), 3);
  EXPECT_STREQ(buffer, "tty");
}

AIO_TEST(FileKinds, TimerAndSignalReadsAreAcceptedWhereTheKernelHasThem, "K54") {
  const Context context = setup();
  char buffer[4];
  const int timer = files().timerfd();
  backend().block_signal(SIGUSR2, true);
  const int signals = files().signalfd(SIGUSR2);
  // Too short a buffer for either: whoever gets as far as reading says EINVAL in the event.
  iocb read_timer = pread_of(timer, buffer, sizeof buffer, 0);
  iocb read_signals = pread_of(signals, buffer, sizeof buffer, 0);
  if (facts().timerfd_read_iter) {
    EXPECT_THAT(complete(context, read_timer), Completes(&read_timer, -EINVAL));
    EXPECT_THAT(complete(context, read_signals), Completes(&read_signals, -EINVAL));
  } else {
    EXPECT_THAT(submit(context, read_timer), FailsWith(EINVAL));
    EXPECT_THAT(submit(context, read_signals), FailsWith(EINVAL));
  }
  backend().block_signal(SIGUSR2, false);
}

}  // namespace
}  // namespace conformance
