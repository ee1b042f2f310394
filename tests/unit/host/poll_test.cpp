// Polls: armed in the core, watched by a thread with descriptors of its own.

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <thread>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

class PollTest : public RuntimeTest {
 protected:
  void stays_pending() {
    usleep(20000);
    EXPECT_TRUE(events_now().empty());
  }
};

TEST_F(PollTest, AReadyFileCompletesAtOnceWithTheBitsAskedFor) {
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit(block), 1);
  const std::vector<io_event> events = events_now();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].res, POLLIN);
}

TEST_F(PollTest, LaterDataCarriesTheWakeUpsMask) {
  const PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit(block), 1);
  EXPECT_TRUE(events_now().empty());
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  EXPECT_EQ(reap(), 0x41);
}

TEST_F(PollTest, LaterSpaceCarriesTheWakeUpsMask) {
  const PipeEnds ends = make_pipe(O_NONBLOCK);
  std::vector<char> data(65536, 'x');
  ASSERT_EQ(write(ends.in, data.data(), data.size()), 65536);
  iocb block = poll_request(ends.in, POLLOUT);
  ASSERT_EQ(submit(block), 1);
  EXPECT_TRUE(events_now().empty());
  ASSERT_EQ(read(ends.out, data.data(), data.size()), 65536);
  EXPECT_EQ(reap(), 0x104);
}

TEST_F(PollTest, AClosedWriterIsAHangUp) {
  PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit(block), 1);
  ends.in.reset();
  EXPECT_EQ(reap(), POLLHUP);
}

TEST_F(PollTest, AClosedReaderIsAnError) {
  PipeEnds ends = make_pipe(O_NONBLOCK);
  std::vector<char> data(65536, 'x');
  ASSERT_EQ(write(ends.in, data.data(), data.size()), 65536);
  iocb block = poll_request(ends.in, POLLOUT);
  ASSERT_EQ(submit(block), 1);
  ends.out.reset();
  EXPECT_EQ(reap() & POLLERR, POLLERR);
}

TEST_F(PollTest, AMaskThatTheWakeUpDoesNotTouchStaysPending) {
  PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLPRI);
  ASSERT_EQ(submit(block), 1);
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  stays_pending();
  ends.in.reset();
  EXPECT_EQ(reap(), POLLHUP);
}

TEST_F(PollTest, SeveralPollsOfOneFileCompleteLastFirst) {
  const PipeEnds ends = make_pipe();
  const Fd again(dup(ends.out));
  iocb blocks[4] = {poll_request(ends.out, POLLIN), poll_request(ends.out, POLLIN),
                    poll_request(again, POLLIN), poll_request(ends.out, POLLIN)};
  for (std::uint64_t i = 0; i < 4; ++i) {
    blocks[i].aio_data = i;
    ASSERT_EQ(submit(blocks[i]), 1);
  }
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  io_event events[4];
  const timespec limit{10, 0};
  ASSERT_EQ(runtime_.io_getevents(ctx_, 4, 4, events, &limit), 4);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(events[i].data, 3 - i);
}

TEST_F(PollTest, SocketData) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Fd one(ends[0]);
  Fd other(ends[1]);
  iocb block = poll_request(one, POLLIN);
  ASSERT_EQ(submit(block), 1);
  ASSERT_EQ(write(other, "x", 1), 1);
  EXPECT_EQ(reap(), 0xc3);
  char byte = 0;
  ASSERT_EQ(read(one, &byte, 1), 1);
  ASSERT_EQ(submit(block), 1);
  ASSERT_EQ(shutdown(other, SHUT_WR), 0);
  EXPECT_EQ(reap(), POLLIN);
}

TEST_F(PollTest, EventfdAndTimerfd) {
  const Fd counter(eventfd(0, 0));
  iocb block = poll_request(counter, POLLIN);
  ASSERT_EQ(submit(block), 1);
  const std::uint64_t one = 1;
  ASSERT_EQ(write(counter, &one, 8), 8);
  EXPECT_EQ(reap(), POLLIN);
  const Fd timer(timerfd_create(CLOCK_MONOTONIC, 0));
  block = poll_request(timer, POLLIN);
  ASSERT_EQ(submit(block), 1);
  const itimerspec soon{{0, 0}, {0, 1000000}};
  ASSERT_EQ(timerfd_settime(timer, 0, &soon, nullptr), 0);
  EXPECT_EQ(reap(), POLLIN);
}

TEST_F(PollTest, SignalfdNeverCompletesLater) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &set, &before);
  const Fd signals(signalfd(-1, &set, 0));
  iocb block = poll_request(signals, POLLIN);
  ASSERT_EQ(submit(block), 1);
  pthread_kill(pthread_self(), SIGUSR2);
  stays_pending();
  EXPECT_EQ(runtime_.io_cancel(ctx_, &block, nullptr), -EINPROGRESS);
  EXPECT_EQ(reap(), 0);
  signalfd_siginfo info{};
  ASSERT_EQ(read(signals, &info, sizeof info), static_cast<ssize_t>(sizeof info));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(PollTest, FilesWithTwoQueuesAreReadyOrRefused) {
  const Fd regular = file_with("x");
  EXPECT_EQ(run(poll_request(regular, 0xffff)), 0x145);
  EXPECT_EQ(refused(poll_request(regular, POLLPRI)), -EINVAL);
  const Fd master(posix_openpt(O_RDWR | O_NOCTTY));
  EXPECT_EQ(refused(poll_request(master, POLLIN)), -EINVAL);
}

TEST_F(PollTest, TheFileIsHeldNotItsNumber) {
  PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit(block), 1);
  const Fd again(dup(ends.out));
  const int number = ends.out;
  ends.out.reset();
  const PipeEnds others = make_pipe();
  ASSERT_EQ(static_cast<int>(others.out), number);
  ASSERT_EQ(write(others.in, "x", 1), 1);
  stays_pending();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  EXPECT_EQ(reap(), 0x41);
}

TEST_F(PollTest, TheFileIsLetGoAfterwards) {
  PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit(block), 1);
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  EXPECT_EQ(reap(), 0x41);
  ends.out.reset();
  // Nobody reads any more: at the latest a moment after the event.
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < 1000 && write(ends.in, "x", 1) == 1; ++i) usleep(1000);
  EXPECT_EQ(write(ends.in, "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(PollTest, CancelCompletesOnceWithZero) {
  const PipeEnds ends = make_pipe();
  const Fd counter(eventfd(0, 0));
  iocb block = poll_request(ends.out, POLLIN);
  notify(block, counter);
  ASSERT_EQ(submit(block), 1);
  EXPECT_EQ(runtime_.io_cancel(ctx_, &block, nullptr), -EINPROGRESS);
  EXPECT_EQ(runtime_.io_cancel(ctx_, &block, nullptr), -EINVAL);
  EXPECT_EQ(reap(), 0);
  std::uint64_t value = 0;
  ASSERT_EQ(read(counter, &value, 8), 8);
  EXPECT_EQ(value, 1U);
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  stays_pending();
}

TEST_F(PollTest, TheEventfdMayBeClosedToo) {
  const PipeEnds ends = make_pipe();
  Fd counter(eventfd(0, 0));
  const Fd again(dup(counter));
  iocb block = poll_request(ends.out, POLLIN);
  notify(block, counter);
  ASSERT_EQ(submit(block), 1);
  counter.reset();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  std::uint64_t value = 0;
  ASSERT_EQ(read(again, &value, 8), 8);
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(events_now().size(), 1U);
}

TEST_F(PollTest, AnEventfdMayNotifyOfItself) {
  const Fd counter(eventfd(0, 0));
  iocb block = poll_request(counter, POLLIN);
  notify(block, counter);
  ASSERT_EQ(submit(block), 1);
  const std::uint64_t one = 1;
  ASSERT_EQ(write(counter, &one, 8), 8);
  EXPECT_EQ(reap(), POLLIN);
  std::uint64_t value = 0;
  for (int i = 0; i < 1000 && value != 2; ++i) {
    usleep(1000);
    std::uint64_t more = 0;
    pollfd entry{counter, POLLIN, 0};
    if (poll(&entry, 1, 0) == 1 && read(counter, &more, 8) == 8) value += more;
  }
  EXPECT_EQ(value, 2U);
}

TEST_F(PollTest, DestroyCancelsPollsAndSignalsTheirEventfds) {
  const PipeEnds ends = make_pipe();
  const Fd counter(eventfd(0, EFD_NONBLOCK));
  iocb blocks[3] = {poll_request(ends.out, POLLIN), poll_request(ends.out, POLLIN),
                    poll_request(ends.out, POLLIN)};
  for (iocb& block : blocks) {
    notify(block, counter);
    ASSERT_EQ(submit(block), 1);
  }
  ASSERT_EQ(runtime_.io_destroy(ctx_), 0);
  ctx_ = 0;
  std::uint64_t value = 0;
  ASSERT_EQ(read(counter, &value, 8), 8);
  EXPECT_EQ(value, 3U);
}

TEST_F(PollTest, ManyFilesAtOnce) {
  std::vector<PipeEnds> pipes;
  std::vector<iocb> blocks;
  for (int i = 0; i < 40; ++i) pipes.push_back(make_pipe());
  for (const PipeEnds& ends : pipes) blocks.push_back(poll_request(ends.out, POLLIN));
  for (iocb& block : blocks) ASSERT_EQ(submit(block), 1);
  std::thread writer([&] {
    for (const PipeEnds& ends : pipes) EXPECT_EQ(write(ends.in, "x", 1), 1);
  });
  for (int i = 0; i < 40; ++i) EXPECT_EQ(reap(), 0x41);
  writer.join();
}

}  // namespace
}  // namespace aioemu
