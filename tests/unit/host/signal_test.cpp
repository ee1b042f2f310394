// Signals that the requests of an io_submit raise themselves: they are taken when it returns.

#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr int kMost = 8;

int handled = 0;
long events_seen = 0;
Runtime* seen_runtime = nullptr;
aio_context_t seen_context = 0;

// Takes what events there are.
void on_signal(int) {
  ++handled;
  std::array<io_event, kMost> events{};
  timespec none{0, 0};
  events_seen = seen_runtime->io_getevents(seen_context, 0, kMost, events.data(), &none);
}

void set_action(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

bool is_blocked(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

class SignalTest : public RuntimeTest {
 protected:
  void SetUp() override {
    RuntimeTest::SetUp();
    handled = 0;
    events_seen = 0;
    seen_runtime = &runtime_;
    seen_context = ctx_;
    set_action(SIGPIPE, on_signal);
    set_action(SIGXFSZ, on_signal);
    broken_.out.reset();
  }
  void TearDown() override {
    set_action(SIGPIPE, SIG_DFL);
    set_action(SIGXFSZ, SIG_DFL);
    RuntimeTest::TearDown();
  }
  iocb broken_write() { return request(IOCB_CMD_PWRITE, broken_.in, "x", 1); }
  long submit_both(iocb& first, iocb& second) {
    iocb* list[] = {&first, &second};
    return runtime_.io_submit(ctx_, 2, list);
  }

  PipeEnds broken_ = make_pipe();
  std::array<char, 16384> buffer_{};
};

TEST_F(SignalTest, BrokenPipesOfABatchAreOneSignalAtItsEnd) {
  iocb first = broken_write();
  iocb second = broken_write();
  EXPECT_EQ(submit_both(first, second), 2);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(events_seen, 2) << "both were complete when the handler ran";
  EXPECT_FALSE(is_blocked(SIGPIPE));
  EXPECT_FALSE(is_blocked(SIGXFSZ));
}

TEST_F(SignalTest, EverySubmitHasItsOwn) {
  iocb write = broken_write();
  EXPECT_EQ(submit(write), 1);
  EXPECT_EQ(submit(write), 1);
  EXPECT_EQ(handled, 2);
}

// K70: what would sleep fails, and /dev/zero gives a page.
TEST_F(SignalTest, APendingOneEndsLaterTransfers) {
  const PipeEnds empty = make_pipe();
  const Fd zero(open("/dev/zero", O_RDONLY));
  const Fd random(open("/dev/urandom", O_RDONLY));
  set_action(SIGPIPE, [](int) { ++handled; });
  iocb blocks[] = {broken_write(), request(IOCB_CMD_PREAD, empty.out, buffer_.data(), 1),
                   request(IOCB_CMD_PREAD, zero, buffer_.data(), 10000),
                   request(IOCB_CMD_PREAD, random, buffer_.data(), 10000)};
  iocb* list[] = {&blocks[0], &blocks[1], &blocks[2], &blocks[3]};
  EXPECT_EQ(runtime_.io_submit(ctx_, 4, list), 4);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(reap(), -EPIPE);
  EXPECT_EQ(reap(), -EINTR);
  EXPECT_EQ(reap(), 4096);
  EXPECT_EQ(reap(), 4096);
}

TEST_F(SignalTest, AnIgnoredOneEndsNothing) {
  const PipeEnds empty = make_pipe();
  set_action(SIGPIPE, SIG_IGN);
  iocb write = broken_write();
  iocb read = request(IOCB_CMD_PREAD, empty.out, buffer_.data(), 8);
  std::thread writer([&] {
    while (runtime_.statistics().accepted < 2) std::this_thread::yield();
    EXPECT_EQ(::write(empty.in, "late", 4), 4);
  });
  EXPECT_EQ(submit_both(write, read), 2);
  writer.join();
  EXPECT_EQ(reap(), -EPIPE);
  EXPECT_EQ(reap(), 4);
  EXPECT_EQ(handled, 0);
}

TEST_F(SignalTest, ABlockedOneEndsNothingAndStaysPending) {
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr);
  const Fd zero(open("/dev/zero", O_RDONLY));
  iocb write = broken_write();
  iocb read = request(IOCB_CMD_PREAD, zero, buffer_.data(), 10000);
  EXPECT_EQ(submit_both(write, read), 2);
  EXPECT_EQ(reap(), -EPIPE);
  EXPECT_EQ(reap(), 10000);
  EXPECT_TRUE(is_blocked(SIGPIPE));
  EXPECT_EQ(handled, 0);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 1);
  pthread_sigmask(SIG_UNBLOCK, &pipe_only, nullptr);
  EXPECT_EQ(handled, 1);
}

// K71.
TEST_F(SignalTest, AClosedSocketRaisesOneAndADatagramSocketNone) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Fd stream(ends[0]);
  close(ends[1]);
  iocb write = request(IOCB_CMD_PWRITE, stream, "x", 1);
  iocb nothing = request(IOCB_CMD_PWRITE, stream, "", 0);
  EXPECT_EQ(submit_both(write, nothing), 2);
  EXPECT_EQ(handled, 1);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
  const Fd datagrams(ends[0]);
  const Fd other(ends[1]);
  ASSERT_EQ(shutdown(datagrams, SHUT_WR), 0);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, datagrams, "x", 1)), -EPIPE);
  EXPECT_EQ(handled, 1);
}

TEST_F(SignalTest, ASocketThatIsClosedWhileAWriteSleepsRaisesNone) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Fd stream(ends[0]);
  const std::vector<char> data(1 << 22);
  std::thread closer([&] {
    pollfd room{stream, POLLOUT, 0};
    while (poll(&room, 1, 0) != 0) std::this_thread::yield();
    close(ends[1]);
  });
  const std::int64_t moved = run(request(IOCB_CMD_PWRITE, stream, data.data(), data.size()));
  closer.join();
  EXPECT_GT(moved, 0);
  EXPECT_LT(moved, static_cast<std::int64_t>(data.size()));
  EXPECT_EQ(handled, 0);
}

// Is that thread asleep, as /proc tells?
bool sleeps(pid_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.compare(name_end, 4, ") S ") == 0;
}

// A connection over the loopback device; the second end is none where there is no such device.
std::array<Fd, 2> connection() {
  const Fd listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener, any, size), 0);
  EXPECT_EQ(listen(listener, 1), 0);
  EXPECT_EQ(getsockname(listener, any, &size), 0);
  Fd one(socket(AF_INET, SOCK_STREAM, 0));
  if (connect(one, any, size) != 0) return {std::move(one), Fd()};
  return {std::move(one), Fd(accept(listener, nullptr, nullptr))};
}

TEST_F(SignalTest, AConnectionThatIsLostWhileAWriteSleepsFailsTheNextWrite) {
  std::array<Fd, 2> ends = connection();
  if (ends[1] < 0) GTEST_SKIP() << "no loopback device here";
  const std::vector<char> data(1 << 24);
  const pid_t writer = gettid();
  std::thread closer([&] {
    pollfd room{ends[0], POLLOUT, 0};
    while (poll(&room, 1, 0) != 0 || !sleeps(writer)) std::this_thread::yield();
    ends[1].reset();
  });
  const std::int64_t moved = run(request(IOCB_CMD_PWRITE, ends[0], data.data(), data.size()));
  closer.join();
  EXPECT_GT(moved, 0);
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, ends[0], "x", 1)), -ECONNRESET);
  EXPECT_EQ(handled, 0);
}

// K66.
class LimitedFileTest : public SignalTest {
 protected:
  void SetUp() override {
    SignalTest::SetUp();
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limited{4096, before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  }
  void TearDown() override {
    setrlimit(RLIMIT_FSIZE, &before_);
    SignalTest::TearDown();
  }
  iocb write_at(std::int64_t offset) { return request(IOCB_CMD_PWRITE, file_, "x", 1, offset); }

  Fd file_ = scratch_file("/tmp", 0);
  rlimit before_{};
};

TEST_F(LimitedFileTest, WritesPastTheLimitAreOneSignalForABatch) {
  iocb first = write_at(4096);
  iocb second = write_at(5000);
  EXPECT_EQ(submit_both(first, second), 2);
  EXPECT_EQ(handled, 1);
  EXPECT_FALSE(is_blocked(SIGXFSZ));
  EXPECT_EQ(submit(first), 1);
  EXPECT_EQ(handled, 2);
}

TEST_F(LimitedFileTest, TheSignalEndsLaterTransfers) {
  const PipeEnds empty = make_pipe();
  iocb write = write_at(4096);
  iocb read = request(IOCB_CMD_PREAD, empty.out, buffer_.data(), 1);
  set_action(SIGXFSZ, [](int) { ++handled; });
  EXPECT_EQ(submit_both(write, read), 2);
  EXPECT_EQ(reap(), -EFBIG);
  EXPECT_EQ(reap(), -EINTR);
}

TEST_F(LimitedFileTest, AfterABrokenPipeItIsHeldToo) {
  iocb first = broken_write();
  iocb second = write_at(4096);
  EXPECT_EQ(submit_both(first, second), 2);
  usleep(0);  // ThreadSanitizer keeps a second handler for the next call that it knows
  EXPECT_EQ(handled, 2) << "one of each";
}

}  // namespace
}  // namespace aioemu
