// IOCB_CMD_POLL on the kinds of file that answer in their own way: always ready, two wait
// queues, signalfd (K85-K87).
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(PollKinds);

// IN, OUT, RDNORM and WRNORM: what a file without a poll method of its own reports.
constexpr int kAlwaysReady = 0x145;

AIO_TEST(PollKinds, ARegularFileReportsAllItsBitsAtOnce, "K85") {
  Context context = setup(8);
  const int file = files().create(512, O_RDWR);
  iocb request = poll_of(file, 0xffff);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(drain(context), testing::ElementsAre(Completes(&request, kAlwaysReady)));
}

AIO_TEST(PollKinds, AnEmptyRegularFileIsReadable, "K85") {
  Context context = setup(8);
  const int file = files().create(0, O_RDWR);
  iocb request = poll_of(file, POLLIN);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLIN));
}

AIO_TEST(PollKinds, AFileOpenedForReadingReportsOutToo, "K85") {
  Context context = setup(8);
  const int file = files().reopen(files().create(0, O_RDWR), O_RDONLY);
  iocb request = poll_of(file, POLLOUT);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLOUT));
}

AIO_TEST(PollKinds, ADirectoryReportsAllItsBitsAtOnce, "K85") {
  Context context = setup(8);
  const int directory = files().open(".", O_RDONLY | O_DIRECTORY);
  ASSERT_GE(directory, 0);
  iocb request = poll_of(directory, 0xffff);
  EXPECT_THAT(complete(context, request), Completes(&request, kAlwaysReady));
}

AIO_TEST(PollKinds, TheNullDeviceReportsOnlyTheBitsAskedFor, "K85") {
  Context context = setup(8);
  const int null = files().open("/dev/null", O_RDWR);
  iocb all = poll_of(null, 0xffff);
  EXPECT_THAT(complete(context, all), Completes(&all, kAlwaysReady));
  iocb some = poll_of(null, POLLWRNORM | POLLPRI);
  EXPECT_THAT(complete(context, some), Completes(&some, POLLWRNORM));
}

AIO_TEST(PollKinds, AnEmptyMaskOnARegularFileIsEinval, "K85 K81") {
  Context context = setup(8);
  iocb request = poll_of(files().create(512, O_RDWR), 0);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(PollKinds, UrgentDataOnARegularFileIsEinval, "K85") {
  Context context = setup(8);
  iocb request = poll_of(files().create(512, O_RDWR), POLLPRI);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(PollKinds, UrgentDataOnTheNullDeviceIsEinval, "K85") {
  Context context = setup(8);
  iocb request = poll_of(files().open("/dev/null", O_RDWR), POLLPRI);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(PollKinds, AStreamSocketThatWasNeverConnectedIsHungUp, "K81 K82") {
  Context context = setup(8);
  const int fd = files().unconnected_socket(SOCK_STREAM);
  if (fd < 0) NOT_APPLICABLE("no unconnected sockets here");
  iocb nothing = poll_of(fd, 0);
  EXPECT_THAT(complete(context, nothing), Completes(&nothing, POLLHUP));
  iocb out = poll_of(fd, POLLOUT);
  EXPECT_THAT(complete(context, out), Completes(&out, POLLOUT | POLLHUP));
}

// ---- two wait queues ----

AIO_TEST(PollKinds, AFifoOpenedBothWaysIsEinvalWhenNotReady, "K86") {
  Context context = setup(8);
  const int fifo = files().fifo(0);
  ASSERT_GE(fifo, 0);
  iocb request = poll_of(fifo, POLLIN);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(PollKinds, AFifoOpenedBothWaysCompletesWhenReady, "K86 K82") {
  Context context = setup(8);
  const int fifo = files().fifo(0);
  ASSERT_GE(fifo, 0);
  iocb out = poll_of(fifo, POLLOUT);
  EXPECT_THAT(complete(context, out), Completes(&out, POLLOUT));
  put(files(), fifo, "x");
  iocb in = poll_of(fifo, POLLIN);
  EXPECT_THAT(complete(context, in), Completes(&in, POLLIN));
}

AIO_TEST(PollKinds, ARefusedPollOnAFifoLeavesNothingBehind, "K86 K48") {
  Context context = setup(8);
  const int fifo = files().fifo(0);
  ASSERT_GE(fifo, 0);
  iocb request = poll_of(fifo, POLLIN);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINVAL));
  put(files(), fifo, "x");
  backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
}

AIO_TEST(PollKinds, ATerminalWithoutInputIsEinval, "K86") {
  Context context = setup(8);
  int master = -1;
  const int terminal = files().terminal(&master);
  ASSERT_GE(terminal, 0);
  iocb request = poll_of(terminal, POLLIN);
  EXPECT_THAT(submit(context, request), FailsWith(EINVAL));
}

AIO_TEST(PollKinds, ATerminalReadyForOutputCompletes, "K86 K82") {
  Context context = setup(8);
  int master = -1;
  const int terminal = files().terminal(&master);
  ASSERT_GE(terminal, 0);
  iocb request = poll_of(terminal, POLLOUT);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLOUT));
}

// ---- signalfd ----

AIO_TEST(PollKinds, ASignalfdWithAPendingSignalIsReady, "K87 K82") {
  Context context = setup(8);
  backend().block_signal(SIGUSR2, true);
  const int signals = files().signalfd(SIGUSR2);
  ASSERT_GE(signals, 0);
  backend().raise_signal(SIGUSR2);
  iocb request = poll_of(signals, POLLIN);
  EXPECT_THAT(complete(context, request), Completes(&request, POLLIN));
  backend().block_signal(SIGUSR2, false);
}

AIO_TEST(PollKinds, ASignalThatComesLaterNeverCompletesASignalfdPoll, "K87") {
  Context context = setup(8);
  backend().block_signal(SIGUSR2, true);
  const int signals = files().signalfd(SIGUSR2);
  ASSERT_GE(signals, 0);
  iocb request = poll_of(signals, POLLIN);
  ASSERT_THAT(submit(context, request), Returns(1));
  backend().raise_signal(SIGUSR2);
  EXPECT_EQ(files().poll(signals, POLLIN), POLLIN);
  for (int i = 0; i < 5; ++i) backend().breathe();
  EXPECT_THAT(drain(context), testing::IsEmpty());
  EXPECT_THAT(io_cancel(context, &request, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 0)));
  backend().block_signal(SIGUSR2, false);
}

}  // namespace
}  // namespace conformance
