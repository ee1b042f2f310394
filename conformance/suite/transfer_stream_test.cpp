// Reads and writes of pipes, sockets, eventfds, timers and character devices: they complete
// inside io_submit, and may sleep there (K69-K72).
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "conformance/suite/submit_support.h"

namespace conformance {
namespace {

class Stream : public SubmitTest {
 protected:
  void SetUp() override {
    SubmitTest::SetUp();
    context_ = setup();
  }
  void make_pipe(int flags = 0) { ASSERT_EQ(files().pipe(ends_, flags), 0); }
  void make_sockets(int type) { ASSERT_EQ(files().socketpair(type, ends_), 0); }
  // Submits in a call that may sleep.
  std::unique_ptr<PendingCall> start(std::vector<iocb*> requests) {
    const Context context = context_;
    return backend().start([context, requests](Backend& backend) mutable {
      return backend.io_submit(context, static_cast<long>(requests.size()), requests.data());
    });
  }

  Context context_ = 0;
  int ends_[2] = {-1, -1};  // a pipe: read from [0], write to [1]
  char buffer_[64] = {};
};
INSTANTIATE_TEST_SUITE_P(Aio, Stream, testing::ValuesIn(chosen_backends()),
                         [](const auto& parameter) { return test_suffix(parameter.param); });

// ---- K69: pipes ----

AIO_TEST(Stream, PipeReadTakesWhatIsThere, "K69") {
  make_pipe();
  ASSERT_EQ(files().write(ends_[1], "abc", 3), 3);
  iocb request = pread_of(ends_[0], buffer_, sizeof buffer_, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 3));
  EXPECT_STREQ(buffer_, "abc");
}

AIO_TEST(Stream, PipeIgnoresTheOffset, "K69") {
  make_pipe();
  iocb write = pwrite_of(ends_[1], "abc", 3, 12345);
  iocb read = pread_of(ends_[0], buffer_, sizeof buffer_, 54321);
  EXPECT_THAT(complete(context_, write), Completes(&write, 3));
  EXPECT_THAT(complete(context_, read), Completes(&read, 3));
}

AIO_TEST(Stream, EmptyNonblockingPipeIsAnEventWithEagain, "K69") {
  make_pipe(O_NONBLOCK);
  iocb request = pread_of(ends_[0], buffer_, 1, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EAGAIN));
}

AIO_TEST(Stream, NowaitReadOfAnEmptyPipeIsAnEventWithEagain, "K69") {
  make_pipe();
  iocb request = with_rw_flags(pread_of(ends_[0], buffer_, 1, 0), kRwfNowait);
  const long accepted = submit(context_, request);
  ASSERT_THAT(accepted, OneOf({1, -EOPNOTSUPP}, "pipes take NOWAIT in newer kernels only"));
  if (accepted != 1) return;
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, -EAGAIN)));
}

AIO_TEST(Stream, PipeWithoutWriterGivesZero, "K69") {
  make_pipe();
  ASSERT_EQ(files().close(ends_[1]), 0);
  iocb request = pread_of(ends_[0], buffer_, 1, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 0));
}

AIO_TEST(Stream, PipeReadOfNoBytesGivesZeroThoughEmpty, "K69") {
  make_pipe();
  iocb request = pread_of(ends_[0], buffer_, 0, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 0));
}

AIO_TEST(Stream, NonblockingWriteIsShortWhenThePipeFills, "K69") {
  int other[2];
  ASSERT_EQ(files().pipe(other, O_NONBLOCK), 0);
  make_pipe(O_NONBLOCK);
  const std::vector<char> data(1 << 21);
  const long room = files().write(other[1], data.data(), data.size());
  ASSERT_GT(room, 0);
  ASSERT_LT(room, static_cast<long>(data.size()));
  iocb request = pwrite_of(ends_[1], data.data(), data.size(), 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, room));
  EXPECT_THAT(complete(context_, request), Completes(&request, -EAGAIN));
}

AIO_TEST(Stream, PipeWithoutReaderIsAnEventWithEpipeAndASignal, "K69") {
  make_pipe();
  ASSERT_EQ(files().close(ends_[0]), 0);
  const int before = backend().signals_handled(SIGPIPE);
  iocb request = pwrite_of(ends_[1], "x", 1, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EPIPE));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before + 1);
}

AIO_TEST(Stream, NosignalFlagKeepsTheSignalAway, "K69") {
  make_pipe();
  ASSERT_EQ(files().close(ends_[0]), 0);
  const int before = backend().signals_handled(SIGPIPE);
  iocb request = with_rw_flags(pwrite_of(ends_[1], "x", 1, 0), kRwfNosignal);
  if ((facts().rwf_known & kRwfNosignal) != 0) {
    EXPECT_THAT(complete(context_, request), Completes(&request, -EPIPE));
  } else {
    EXPECT_THAT(submit(context_, request), FailsWith(EOPNOTSUPP));
  }
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before);
}

AIO_TEST(Stream, ReadOfAnEmptyPipeSleepsInsideSubmit, "K69") {
  make_pipe();
  iocb request = pread_of(ends_[0], buffer_, sizeof buffer_, 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  EXPECT_TRUE(call->blocked());
  EXPECT_THAT(drain(context_), testing::IsEmpty());
  ASSERT_EQ(files().write(ends_[1], "late", 4), 4);
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, 4)));
  EXPECT_STREQ(buffer_, "late");
}

AIO_TEST(Stream, EarlierElementsCompleteWhileALaterOneSleeps, "K69 K73") {
  make_pipe();
  iocb first = pread_of(zero_device(), buffer_, 16, 0, 1);
  iocb sleeper = pread_of(ends_[0], buffer_, 1, 0, 2);
  iocb last = pread_of(zero_device(), buffer_, 32, 0, 3);
  const auto call = start({&first, &sleeper, &last});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  EXPECT_TRUE(call->blocked());
  EXPECT_THAT(drain(context_), testing::ElementsAre(Completes(&first, 16)));
  ASSERT_EQ(files().write(ends_[1], "x", 1), 1);
  EXPECT_THAT(call->finish(), Returns(3));
  EXPECT_THAT(reap(context_, 2),
              testing::ElementsAre(Completes(&sleeper, 1), Completes(&last, 32)));
}

AIO_TEST(Stream, ReaderThatIsClosedWhileItSleepsIsThereUntilTheCallReturns, "K50 K69") {
  make_pipe();
  const int before = backend().signals_handled(SIGPIPE);
  iocb sleeper = pread_of(ends_[0], buffer_, 1, 0);
  iocb write = pwrite_of(ends_[1], "x", 1, 0);
  const auto call = start({&sleeper, &write});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  ASSERT_EQ(files().close(ends_[0]), 0);
  ASSERT_EQ(files().write(ends_[1], "y", 1), 1);
  EXPECT_THAT(call->finish(), Returns(2));
  EXPECT_THAT(reap(context_, 2),
              testing::ElementsAre(Completes(&sleeper, 1), Completes(&write, 1)));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before);
  EXPECT_EQ(files().write(ends_[1], "z", 1), -EPIPE) << "now it is gone";
}

// ---- K70: signals during such a sleep ----

AIO_TEST(Stream, SignalDuringTheSleepIsAnEventWithEintr, "K70") {
  make_pipe();
  iocb request = pread_of(ends_[0], buffer_, 1, 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  call->interrupt();
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, -EINTR)));
}

AIO_TEST(Stream, RestartingHandlerDoesNotRestartTheRead, "K70") {
  make_pipe();
  iocb request = pread_of(ends_[0], buffer_, 1, 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  call->interrupt(true);
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, -EINTR)));
}

AIO_TEST(Stream, SignalAfterSomeBytesGivesTheirCount, "K70") {
  int other[2];
  ASSERT_EQ(files().pipe(other, O_NONBLOCK), 0);
  make_pipe();
  const std::vector<char> data(1 << 21);
  const long room = files().write(other[1], data.data(), data.size());
  iocb request = pwrite_of(ends_[1], data.data(), data.size(), 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  call->interrupt();
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, room)));
}

AIO_TEST(Stream, SignalFailsOnlyTheElementsThatWouldSleep, "K70") {
  make_pipe();
  iocb first = pread_of(zero_device(), buffer_, 16, 0, 1);
  iocb sleeper = pread_of(ends_[0], buffer_, 1, 0, 2);
  iocb second_sleeper = pread_of(ends_[0], buffer_, 1, 0, 3);
  iocb last = pread_of(zero_device(), buffer_, 32, 0, 4);
  const auto call = start({&first, &sleeper, &second_sleeper, &last});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  call->interrupt();
  EXPECT_THAT(call->finish(), Returns(4));
  EXPECT_THAT(reap(context_, 4),
              testing::ElementsAre(Completes(&first, 16), Completes(&sleeper, -EINTR),
                                   Completes(&second_sleeper, -EINTR), Completes(&last, 32)));
}

// ---- K71: sockets ----

AIO_TEST(Stream, SocketTakesOffsetZero, "K71") {
  make_sockets(SOCK_STREAM);
  iocb write = pwrite_of(ends_[0], "abc", 3, 0);
  iocb read = pread_of(ends_[1], buffer_, sizeof buffer_, 0);
  EXPECT_THAT(complete(context_, write), Completes(&write, 3));
  EXPECT_THAT(complete(context_, read), Completes(&read, 3));
  EXPECT_STREQ(buffer_, "abc");
}

AIO_TEST(Stream, SocketWithAnOffsetIsAnEventWithEspipe, "K71") {
  make_sockets(SOCK_STREAM);
  iocb write = pwrite_of(ends_[0], "abc", 3, 1);
  iocb read = pread_of(ends_[1], buffer_, sizeof buffer_, 4096);
  EXPECT_THAT(complete(context_, write), Completes(&write, -ESPIPE));
  EXPECT_THAT(complete(context_, read), Completes(&read, -ESPIPE));
}

AIO_TEST(Stream, SocketReadOfNoBytesGivesZero, "K71") {
  make_sockets(SOCK_STREAM);
  iocb request = pread_of(ends_[0], buffer_, 0, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 0));
}

AIO_TEST(Stream, EmptyNonblockingSocketIsAnEventWithEagain, "K71") {
  make_sockets(SOCK_STREAM | SOCK_NONBLOCK);
  iocb request = pread_of(ends_[0], buffer_, 1, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EAGAIN));
}

AIO_TEST(Stream, DatagramsKeepTheirBounds, "K71") {
  make_sockets(SOCK_DGRAM);
  iocb first = pwrite_of(ends_[0], "one", 3, 0);
  iocb second = pwrite_of(ends_[0], "three", 5, 0);
  iocb read = pread_of(ends_[1], buffer_, sizeof buffer_, 0);
  EXPECT_THAT(complete(context_, first), Completes(&first, 3));
  EXPECT_THAT(complete(context_, second), Completes(&second, 5));
  EXPECT_THAT(complete(context_, read), Completes(&read, 3));
  EXPECT_THAT(complete(context_, read), Completes(&read, 5));
}

AIO_TEST(Stream, DatagramWriteOfNoBytesSendsAnEmptyDatagram, "K71") {
  int ends[2];
  ASSERT_EQ(files().socketpair(SOCK_DGRAM | SOCK_NONBLOCK, ends), 0);
  iocb request = pwrite_of(ends[0], nullptr, 0, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 0));
  char byte = 0;
  EXPECT_EQ(files().read(ends[1], &byte, 1), 0) << "an empty datagram, where EAGAIN were none";
}

AIO_TEST(Stream, SocketWithoutPeerIsAnEventWithEpipeAndASignal, "K71") {
  make_sockets(SOCK_STREAM);
  ASSERT_EQ(files().close(ends_[1]), 0);
  const int before = backend().signals_handled(SIGPIPE);
  iocb write = pwrite_of(ends_[0], "x", 1, 0);
  iocb read = pread_of(ends_[0], buffer_, 1, 0);
  EXPECT_THAT(complete(context_, write), Completes(&write, -EPIPE));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before + 1);
  EXPECT_THAT(complete(context_, read), Completes(&read, 0));
}

AIO_TEST(Stream, SocketWriteThatSleepsHearsOfAResetWithoutASignal, "K71") {
  make_sockets(SOCK_STREAM);
  const int before = backend().signals_handled(SIGPIPE);
  const std::vector<char> data(1 << 22);
  iocb all = pwrite_of(ends_[0], data.data(), data.size(), 0);
  const auto full = start({&all});
  if (!full) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(full->blocked());
  full->interrupt();
  EXPECT_THAT(full->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::SizeIs(1));
  iocb request = pwrite_of(ends_[0], "x", 1, 0);
  const auto call = start({&request});
  ASSERT_TRUE(call->blocked());
  ASSERT_EQ(files().close(ends_[1]), 0);
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, -ECONNRESET)));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before);
  EXPECT_EQ(files().read(ends_[0], buffer_, 1), 0) << "the reset has been told once";
}

AIO_TEST(Stream, SocketWriteThatSleepsAfterSomeBytesGivesTheirCountWithoutASignal, "K71") {
  make_sockets(SOCK_STREAM);
  const int before = backend().signals_handled(SIGPIPE);
  const std::vector<char> data(1 << 22);
  iocb request = pwrite_of(ends_[0], data.data(), data.size(), 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  ASSERT_TRUE(call->blocked());
  ASSERT_EQ(files().close(ends_[1]), 0);
  EXPECT_THAT(call->finish(), Returns(1));
  const auto events = reap(context_, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_GT(events[0].res, 0);
  EXPECT_LT(events[0].res, static_cast<long>(data.size()));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before);
  EXPECT_EQ(files().read(ends_[0], buffer_, 1), 0) << "the reset has been told";
}

AIO_TEST(Stream, TwoBrokenPipesInOneBatchAreOneSignal, "K69") {
  int ends[2] = {-1, -1};
  ASSERT_EQ(files().pipe(ends, 0), 0);
  files().close(ends[0]);
  const int before = backend().signals_handled(SIGPIPE);
  iocb first = pwrite_of(ends[1], "x", 1, 0);
  iocb second = pwrite_of(ends[1], "x", 1, 0);
  iocb* batch[] = {&first, &second};
  EXPECT_THAT(io_submit(context_, 2, batch), Returns(2));
  EXPECT_EQ(backend().signals_handled(SIGPIPE), before + 1);
}

AIO_TEST(Stream, AnEmptyPipeAfterABrokenOneIsAnEventWithEintr, "K69 K70") {
  int broken[2] = {-1, -1};
  int empty[2] = {-1, -1};
  ASSERT_EQ(files().pipe(broken, 0), 0);
  ASSERT_EQ(files().pipe(empty, 0), 0);
  files().close(broken[0]);
  backend().signals_handled(SIGPIPE);
  iocb write = pwrite_of(broken[1], "x", 1, 0);
  iocb read = pread_of(empty[0], buffer_, sizeof buffer_, 0);
  iocb* batch[] = {&write, &read};
  EXPECT_THAT(io_submit(context_, 2, batch), Returns(2));
  EXPECT_THAT(drain(context_),
              testing::ElementsAre(Completes(&write, -EPIPE), Completes(&read, -EINTR)));
}

AIO_TEST(Stream, TheZeroDeviceGivesOnePageWhileASignalIsPending, "K70") {
  int ends[2] = {-1, -1};
  ASSERT_EQ(files().pipe(ends, 0), 0);
  files().close(ends[0]);
  backend().signals_handled(SIGPIPE);
  const Pages pages(3);
  iocb write = pwrite_of(ends[1], "x", 1, 0);
  iocb read = pread_of(files().open("/dev/zero", O_RDONLY), pages.data(), 10000, 0);
  iocb* batch[] = {&write, &read};
  EXPECT_THAT(io_submit(context_, 2, batch), Returns(2));
  EXPECT_THAT(drain(context_),
              testing::ElementsAre(Completes(&write, -EPIPE), Completes(&read, 4096)));
}

AIO_TEST(Stream, UnconnectedSocketIsAnEventWithEnotconn, "K71") {
  const int fd = files().unconnected_socket(SOCK_DGRAM);
  if (fd < 0) NOT_APPLICABLE("no unconnected sockets here");
  iocb request = pwrite_of(fd, "x", 1, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -ENOTCONN));
}

AIO_TEST(Stream, ReadOfAnEmptySocketSleepsInsideSubmit, "K71") {
  make_sockets(SOCK_STREAM);
  iocb request = pread_of(ends_[0], buffer_, sizeof buffer_, 0);
  const auto call = start({&request});
  if (!call) NOT_APPLICABLE("io_submit cannot sleep here");
  EXPECT_TRUE(call->blocked());
  ASSERT_EQ(files().write(ends_[1], "late", 4), 4);
  EXPECT_THAT(call->finish(), Returns(1));
  EXPECT_THAT(reap(context_, 1), testing::ElementsAre(Completes(&request, 4)));
}

// ---- K72: eventfds, timers, signals, devices ----

AIO_TEST(Stream, EventfdReadGivesTheCounter, "K72") {
  std::uint64_t value = 0;
  iocb request = pread_of(event_counter(5), &value, sizeof value, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 8));
  EXPECT_EQ(value, 5U);
}

AIO_TEST(Stream, EventfdReadIgnoresTheOffsetAndSpareRoom, "K72") {
  std::uint64_t values[2] = {};
  iocb request = pread_of(event_counter(5), values, sizeof values, 777);
  EXPECT_THAT(complete(context_, request), Completes(&request, 8));
  EXPECT_EQ(values[0], 5U);
}

AIO_TEST(Stream, NonblockingEventfdAtZeroIsAnEventWithEagain, "K72") {
  std::uint64_t value = 0;
  iocb request = pread_of(event_counter(0), &value, sizeof value, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EAGAIN));
}

AIO_TEST(Stream, ShortEventfdReadIsAnEventWithEinval, "K72") {
  const int counter = event_counter(5);
  std::uint64_t value = 0;
  iocb request = pread_of(counter, &value, 7, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EINVAL));
  EXPECT_EQ(counter_of(counter), 5U) << "the counter is as it was";
}

AIO_TEST(Stream, EventfdReadOfNoBytesIsAnEventWithEinvalToo, "K72") {
  iocb request = pread_of(event_counter(5), nullptr, 0, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EINVAL));
}

AIO_TEST(Stream, TimerReadOfNoBytesIsAnEventWithEinvalToo, "K72") {
  if (!facts().timerfd_read_iter) {
    UNSPECIFIED("this kernel cannot read timers through AIO");
    return;
  }
  iocb request = pread_of(files().timerfd(), nullptr, 0, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, -EINVAL));
}

AIO_TEST(Stream, TimerReadGivesTheExpirations, "K72") {
  if (!facts().timerfd_read_iter) {
    UNSPECIFIED("this kernel cannot read timers through AIO");
    return;
  }
  const int timer = files().timerfd();
  ASSERT_EQ(files().arm_timer(timer, 1000000), 0);
  await_readable(timer);
  std::uint64_t value = 0;
  iocb request = pread_of(timer, &value, sizeof value, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, 8));
  EXPECT_EQ(value, 1U);
}

AIO_TEST(Stream, SignalfdReadGivesTheSignal, "K72") {
  if (!facts().timerfd_read_iter) {
    UNSPECIFIED("this kernel cannot read signalfds through AIO");
    return;
  }
  backend().block_signal(SIGUSR2, true);
  const int fd = files().signalfd(SIGUSR2);
  ASSERT_GE(fd, 0);
  backend().raise_signal(SIGUSR2);
  signalfd_siginfo info = {};
  iocb request = pread_of(fd, &info, sizeof info, 0);
  EXPECT_THAT(complete(context_, request), Completes(&request, sizeof info));
  EXPECT_EQ(info.ssi_signo, static_cast<unsigned>(SIGUSR2));
  backend().block_signal(SIGUSR2, false);
}

AIO_TEST(Stream, NullDeviceReadsNothingAndTakesEverything, "K72") {
  const int fd = null_device();
  iocb read = pread_of(fd, buffer_, sizeof buffer_, 4096);
  iocb write = pwrite_of(fd, buffer_, sizeof buffer_, 4096);
  EXPECT_THAT(complete(context_, read), Completes(&read, 0));
  EXPECT_THAT(complete(context_, write), Completes(&write, 64));
}

AIO_TEST(Stream, ZeroDeviceReadsZerosAndTakesEverything, "K72") {
  const int fd = zero_device();
  std::memset(buffer_, 'x', sizeof buffer_);
  iocb write = pwrite_of(fd, unmapped_address(), 1000, 0);
  iocb read = pread_of(fd, buffer_, sizeof buffer_, 12345);
  EXPECT_THAT(complete(context_, write), Completes(&write, 1000));
  EXPECT_THAT(complete(context_, read), Completes(&read, 64));
  EXPECT_THAT(buffer_, testing::Each(0));
}

}  // namespace
}  // namespace conformance
