// Transfers on pipes and sockets: they may block inside io_submit, and a signal ends them.

#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

std::atomic<int> handled{0};

class StreamTest : public RuntimeTest {
 protected:
  void SetUp() override {
    RuntimeTest::SetUp();
    handled = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { ++handled; };
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, nullptr);
    sigaction(SIGPIPE, &action, nullptr);
  }
  // Sends SIGUSR1 to the calling thread again and again until the result is there.
  template <typename Call>
  long interrupted(Call call) {
    std::atomic<bool> done{false};
    const pthread_t self = pthread_self();
    std::thread sender([&] {
      while (!done) {
        usleep(2000);
        pthread_kill(self, SIGUSR1);
      }
    });
    const long result = call();
    done = true;
    sender.join();
    return result;
  }
};

TEST_F(StreamTest, ReadOfAnEmptyPipeBlocksInSubmitUntilThereIsData) {
  const PipeEnds ends = make_pipe();
  std::array<char, 16> buffer{};
  std::thread writer([&] {
    usleep(20000);
    EXPECT_EQ(write(ends.in, "late", 4), 4);
  });
  iocb block = request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16, 99);
  EXPECT_EQ(submit(block), 1);
  writer.join();
  const std::vector<io_event> events = events_now();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].res, 4);
}

TEST_F(StreamTest, ASignalEndsItWithEintrDespiteRestart) {
  const PipeEnds ends = make_pipe();
  std::array<char, 16> buffer{};
  iocb block = request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16);
  EXPECT_EQ(interrupted([&] { return submit(block); }), 1);
  EXPECT_EQ(reap(), -EINTR);
  EXPECT_GE(handled.load(), 1);
}

TEST_F(StreamTest, AfterASignalOnlyWhatNeedNotBlockSucceeds) {
  const PipeEnds ends = make_pipe();
  const Fd zero(open("/dev/zero", O_RDONLY));
  std::array<char, 64> buffer{};
  iocb blocks[4] = {request(IOCB_CMD_PREAD, zero, buffer.data(), 16),
                    request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16),
                    request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16),
                    request(IOCB_CMD_PREAD, zero, buffer.data(), 32)};
  iocb* list[] = {&blocks[0], &blocks[1], &blocks[2], &blocks[3]};
  EXPECT_EQ(interrupted([&] { return runtime_.io_submit(ctx_, 4, list); }), 4);
  EXPECT_EQ(reap(), 16);
  EXPECT_EQ(reap(), -EINTR);
  EXPECT_EQ(reap(), -EINTR);
  EXPECT_EQ(reap(), 32);
}

TEST_F(StreamTest, AnInterruptedWriteTellsWhatItMoved) {
  const PipeEnds ends = make_pipe();
  const std::vector<char> data(200000, 'x');
  iocb block = request(IOCB_CMD_PWRITE, ends.in, data.data(), data.size());
  EXPECT_EQ(interrupted([&] { return submit(block); }), 1);
  EXPECT_EQ(reap(), 65536);
}

TEST_F(StreamTest, ABlockingWriteMovesEverything) {
  const PipeEnds ends = make_pipe();
  std::vector<char> data(300000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i % 251);
  std::vector<char> arrived;
  std::thread reader([&] {
    std::array<char, 7000> part{};
    while (arrived.size() < data.size()) {
      const ssize_t got = read(ends.out, part.data(), part.size());
      arrived.insert(arrived.end(), part.begin(), part.begin() + got);
    }
  });
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, ends.in, data.data(), data.size())), 300000);
  reader.join();
  EXPECT_EQ(arrived, data);
}

TEST_F(StreamTest, NonblockingAndNowaitAreEagain) {
  std::array<char, 16> buffer{};
  const PipeEnds nonblocking = make_pipe(O_NONBLOCK);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, nonblocking.out, buffer.data(), 16)), -EAGAIN);
  const PipeEnds blocking = make_pipe();
  iocb block = request(IOCB_CMD_PREAD, blocking.out, buffer.data(), 16);
  block.aio_rw_flags = 8;  // RWF_NOWAIT
  EXPECT_EQ(run(block), -EAGAIN);
  const std::vector<char> data(100000, 'x');
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, nonblocking.in, data.data(), data.size())), 65536);
}

TEST_F(StreamTest, WritingWithoutAReaderRaisesSigpipeOnce) {
  PipeEnds ends = make_pipe();
  ends.out.reset();
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, ends.in, "x", 1)), -EPIPE);
  EXPECT_EQ(handled.load(), 1);
  ends.in.reset();
}

TEST_F(StreamTest, EndOfAPipeIsZero) {
  PipeEnds ends = make_pipe();
  std::array<char, 16> buffer{};
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, ends.out, buffer.data(), 0)), 0);
  ends.in.reset();
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16)), 0);
  EXPECT_EQ(refused(request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16, -1)), -EINVAL);
}

TEST_F(StreamTest, SocketsInsistOnOffsetZero) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Fd one(ends[0]);
  const Fd other(ends[1]);
  std::array<char, 16> buffer{};
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, one, "sock", 4)), 4);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, other, buffer.data(), 16, 1)), -ESPIPE);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, other, buffer.data(), 16, 0)), 4);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, other, buffer.data(), 0, 0)), 0);
  const Fd lonely(socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, lonely, "x", 1)), -ENOTCONN);
}

TEST_F(StreamTest, EventfdsAreRead) {
  const Fd counter(eventfd(5, EFD_NONBLOCK));
  std::uint64_t value = 0;
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, counter, &value, 4)), -EINVAL);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, counter, &value, 8, 77)), 8);
  EXPECT_EQ(value, 5U);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, counter, &value, 8)), -EAGAIN);
}

TEST_F(StreamTest, TerminalsAreReadAndWritten) {
  const Fd master(posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const Fd terminal(open(ptsname(master), O_RDWR | O_NOCTTY));
  std::array<char, 16> buffer{};
  ASSERT_EQ(write(master, "line\n", 5), 5);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, terminal, buffer.data(), 16, 3)), 5);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, terminal, "out", 3, 3)), 3);
}

TEST_F(StreamTest, OthersGoOnWhileOneSubmitBlocks) {
  const PipeEnds ends = make_pipe();
  std::array<char, 16> buffer{};
  iocb blocked = request(IOCB_CMD_PREAD, ends.out, buffer.data(), 16);
  std::atomic<bool> returned{false};
  std::thread submitter([&] {
    EXPECT_EQ(submit(blocked), 1);
    returned = true;
  });
  while (runtime_.statistics().accepted == 0) usleep(100);
  const Fd file = file_with("data");
  std::array<char, 4> other{};
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, other.data(), 4)), 4);
  EXPECT_FALSE(returned);
  // io_destroy waits for the submitter, whose batch still counts (K134).
  std::thread destroyer([&] { EXPECT_EQ(runtime_.io_destroy(ctx_), 0); });
  while (runtime_.io_getevents(ctx_, 0, 0, nullptr) == 0) usleep(100);
  EXPECT_FALSE(returned);
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  submitter.join();
  destroyer.join();
  ctx_ = 0;
}

}  // namespace
}  // namespace aioemu
