// Many threads on one Runtime at once. Nothing here depends on who comes first: whatever happens,
// each request completes once, each completion adds 1 to its eventfd, and nobody sleeps for ever.

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr int kThreads = 4;
constexpr std::size_t kRounds = 200;

// A thread's own context on the shared Runtime, and what it has seen.
class Party {
 public:
  Party(Runtime& runtime, int bell) : runtime_(runtime), bell_(bell) { open(); }
  ~Party() { close(); }
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  void open() { EXPECT_EQ(runtime_.io_setup(8, &ctx_), 0); }
  void close() {
    EXPECT_EQ(runtime_.io_destroy(ctx_), 0);
    ctx_ = 0;
  }

  void arm(const PipeEnds& ends) {
    block_ = poll_request(ends.out, POLLIN);
    notify(block_, bell_);
    iocb* list[] = {&block_};
    EXPECT_EQ(runtime_.io_submit(ctx_, 1, list), 1);
    ++armed;
  }
  long cancel() { return runtime_.io_cancel(ctx_, &block_, nullptr); }
  // The one event there will be.
  std::int64_t reap() {
    std::array<io_event, 4> events{};
    const timespec limit{20, 0};
    EXPECT_EQ(runtime_.io_getevents(ctx_, 1, 4, events.data(), &limit), 1);
    return events[0].res;
  }

  std::uint64_t armed = 0;

 private:
  Runtime& runtime_;
  const int bell_;
  aio_context_t ctx_ = 0;
  iocb block_{};
};

void write_and_reap(Party& party) {
  const PipeEnds ends = make_pipe();
  party.arm(ends);
  EXPECT_EQ(write(ends.in, "x", 1), 1);
  EXPECT_EQ(party.reap(), 0x41);
}

void cancel_and_reap(Party& party) {
  const PipeEnds ends = make_pipe();
  party.arm(ends);
  EXPECT_EQ(party.cancel(), -EINPROGRESS);
  EXPECT_EQ(party.reap(), 0);
}

// K50: the number is free again at once, and another thread takes it.
void close_and_reap(Party& party) {
  PipeEnds ends = make_pipe();
  party.arm(ends);
  ends.out.reset();
  EXPECT_EQ(party.cancel(), -EINPROGRESS);
  EXPECT_EQ(party.reap(), 0);
}

void destroy_with_a_poll(Party& party) {
  const PipeEnds ends = make_pipe();
  party.arm(ends);
  party.close();
  party.open();
}

std::uint64_t count_of(int bell) {
  std::uint64_t value = 0;
  return read(bell, &value, sizeof value) == sizeof value ? value : 0;
}

TEST(StressTest, EachPollOfManyThreadsEndsOnceAndRingsOnce) {
  Runtime runtime;
  const Fd bell(eventfd(0, EFD_NONBLOCK));
  std::atomic<std::uint64_t> armed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Party party(runtime, bell);
      constexpr std::array kActs = {write_and_reap, cancel_and_reap, close_and_reap,
                                    destroy_with_a_poll};
      for (std::size_t n = 0; n < kRounds; ++n) {
        kActs[(n + static_cast<std::size_t>(i)) % kActs.size()](party);
      }
      armed += party.armed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Runtime::Statistics statistics = runtime.statistics();
  EXPECT_EQ(statistics.accepted, armed.load());
  EXPECT_EQ(statistics.completed, armed.load());
  runtime.finish_all();
  EXPECT_EQ(count_of(bell), armed.load());
}

// ---- one context for all ----

// Reads, fsyncs and polls by all threads, reaped by all threads, until it is destroyed under them.
class Crowd {
 public:
  explicit Crowd(Runtime& runtime)
      : runtime_(runtime),
        zero_(open("/dev/zero", O_RDONLY)),
        file_(memfd_create("crowd", MFD_CLOEXEC)) {
    EXPECT_EQ(runtime_.io_setup(64, &ctx_), 0);
  }
  void run(int seed) {
    std::array<iocb, 3> blocks{};
    std::array<iocb*, 3> list = {&blocks[0], &blocks[1], &blocks[2]};
    std::array<char, 3> bytes{};
    const PipeEnds ends = make_pipe();
    for (int n = seed;; ++n) {
      blocks[0] = request(IOCB_CMD_PREAD, zero_, &bytes[0], 1);
      blocks[1] = n % 5 == 0 ? poll_request(ends.out, POLLIN)
                             : request(IOCB_CMD_PREAD, zero_, &bytes[1], 1);
      // A worker does the fsync.
      blocks[2] = n % 3 == 0 ? request(IOCB_CMD_FSYNC, file_, nullptr, 0)
                             : request(IOCB_CMD_PREAD, zero_, &bytes[2], 1);
      const long done = runtime_.io_submit(ctx_, 3, list.data());
      if (done > 0) accepted += static_cast<std::uint64_t>(done);
      if (done == -EINVAL) return;
      if (n % 5 == 0) static_cast<void>(runtime_.io_cancel(ctx_, &blocks[1], nullptr));
      std::array<io_event, 8> events{};
      const timespec limit{0, n % 2 == 0 ? 0 : 100000};
      const long got = runtime_.io_getevents(ctx_, n % 3, 8, events.data(), &limit);
      if (got == -EINVAL) return;
      EXPECT_GE(got, 0);
      reaped += static_cast<std::uint64_t>(got);
    }
  }
  // K131: by two threads at once, of which one wins.
  void destroy() {
    long other = 0;
    std::thread rival([&] { other = runtime_.io_destroy(ctx_); });
    const long mine = runtime_.io_destroy(ctx_);
    rival.join();
    EXPECT_EQ(std::min(mine, other), -EINVAL);
    EXPECT_EQ(std::max(mine, other), 0);
  }

  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> reaped{0};

 private:
  Runtime& runtime_;
  Fd zero_;
  Fd file_;
  aio_context_t ctx_ = 0;
};

TEST(StressTest, AContextDestroyedUnderManyThreadsLosesNothing) {
  Runtime runtime;
  std::uint64_t accepted = 0;
  for (int round = 0; round < 20; ++round) {
    Crowd crowd(runtime);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&crowd, i] { crowd.run(i); });
    while (crowd.accepted < 500) std::this_thread::yield();
    crowd.destroy();
    for (std::thread& thread : threads) thread.join();
    accepted += crowd.accepted;
    EXPECT_GE(crowd.accepted, crowd.reaped);
  }
  EXPECT_EQ(runtime.statistics().accepted, accepted);
  EXPECT_EQ(runtime.statistics().completed, accepted);
  EXPECT_EQ(runtime.aio_nr(), 0U);
}

}  // namespace
}  // namespace aioemu
