// Many threads under plans that hold, delay and cancel. Whatever is decided about a request, it
// completes once and rings once, or the plan says that it never does.

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 60;

// One thread with a context of its own on files that it shares with the others.
class Party {
 public:
  Party(Runtime& runtime, const std::array<Fd, 2>& files, int bell)
      : runtime_(runtime), files_(files), bell_(bell) {
    EXPECT_EQ(runtime_.io_setup(16, &ctx_), 0);
  }
  ~Party() { EXPECT_EQ(runtime_.io_destroy(ctx_), 0); }
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  void round(int number) {
    const PipeEnds ends = make_pipe();
    std::array<iocb, 6> blocks{};
    std::array<char, 4> bytes{};
    const int file = files_[static_cast<std::size_t>(number % 2)];
    blocks[0] = request(IOCB_CMD_PWRITE, file, "ab", 2);
    blocks[1] = request(IOCB_CMD_PREAD, file, &bytes[0], 2);
    blocks[2] = request(IOCB_CMD_FDSYNC, file, nullptr, 0);
    blocks[3] = poll_request(ends.out, POLLIN);
    blocks[4] = request(IOCB_CMD_PREAD, file, &bytes[2], 2);
    blocks[5] = poll_request(ends.in, POLLOUT);
    std::array<iocb*, 6> list{};
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      notify(blocks[i], bell_);
      list[i] = &blocks[i];
    }
    ASSERT_EQ(runtime_.io_submit(ctx_, 6, list.data()), 6);
    accepted += 6;
    if (number % 3 == 0) static_cast<void>(runtime_.io_cancel(ctx_, &blocks[1], nullptr));
    if (number % 4 == 0) static_cast<void>(runtime_.io_cancel(ctx_, &blocks[3], nullptr));
    EXPECT_EQ(write(ends.in, "x", 1), 1);
    long left = 6;
    std::array<io_event, 6> events{};
    while (left > 0) {
      const timespec limit{60, 0};
      const long got = runtime_.io_getevents(ctx_, 1, left, events.data(), &limit);
      ASSERT_TRUE(got > 0 || got == -EINTR) << got;
      left -= std::max(got, 0L);
    }
  }

  std::uint64_t accepted = 0;

 private:
  Runtime& runtime_;
  const std::array<Fd, 2>& files_;
  const int bell_;
  aio_context_t ctx_ = 0;
};

class HoldStressTest : public testing::TestWithParam<const char*> {
 protected:
  static Fd file() {
    std::string path = "/tmp/aioemu_stress_XXXXXX";
    Fd made(mkstemp(path.data()));
    unlink(path.c_str());
    EXPECT_EQ(write(made, "0123", 4), 4);
    return made;
  }
};

TEST_P(HoldStressTest, EachRequestCompletesOnceAndRingsOnce) {
  Runtime runtime({.plan = GetParam(), .seed = 3});
  const std::array<Fd, 2> files{file(), file()};
  const Fd bell(eventfd(0, EFD_NONBLOCK));
  std::atomic<std::uint64_t> accepted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Party party(runtime, files, bell);
      for (int n = 0; n < kRounds; ++n) party.round(n + i);
      accepted += party.accepted;
    });
  }
  for (std::thread& thread : threads) thread.join();
  runtime.finish_all();
  EXPECT_EQ(runtime.statistics().accepted, accepted.load());
  EXPECT_EQ(runtime.statistics().completed, accepted.load());
  std::uint64_t rings = 0;
  EXPECT_EQ(read(bell, &rings, sizeof rings), 8);
  EXPECT_EQ(rings, accepted.load());
}

INSTANTIATE_TEST_SUITE_P(
    Plans, HoldStressTest,
    testing::Values("complete one_in=2 delay 1us..300us",
                    "complete one_in=9 stall 200us; complete one_in=3 delay 100us",
                    "order random; complete one_in=5 delay 50us; wait one_in=4 errno EINTR",
                    "order pct depth=4; submit one_in=3 complete_early",
                    "order lifo; wait one_in=2 eventfd_late 100us; wait one_in=3 early 1",
                    "complete op=read delay 400us; cancel one_in=2 inprogress_canceled",
                    "order fifo; complete one_in=4 errno EIO; cancel one_in=3 inprogress_done",
                    "medium op=read one_in=3 bit_rot; medium op=write one_in=3 lost_write; "
                    "complete one_in=4 delay 50us",
                    "medium op=read one_in=3 persist=transient latent_sector_error; "
                    "medium op=read one_in=2 stale_read; order random; "
                    "durability op=write enospc budget=64"));

// Destroyed by one thread while others submit, with requests held in it.
TEST(HoldStressTest, AContextIsDestroyedUnderItsUsers) {
  Runtime runtime({.plan = "order random; complete one_in=3 delay 100us", .seed = 5});
  const Fd zero(open("/dev/zero", O_RDONLY));
  for (int round = 0; round < 20; ++round) {
    aio_context_t ctx = 0;
    ASSERT_EQ(runtime.io_setup(64, &ctx), 0);
    std::atomic<int> submitted{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        char byte = 0;
        iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
        iocb* list[] = {&block, &block};
        for (long done = 0; done != -EINVAL; done = runtime.io_submit(ctx, 2, list)) {
          ++submitted;
          std::array<io_event, 4> events{};
          const timespec moment{0, 1};
          static_cast<void>(runtime.io_getevents(ctx, 1, 4, events.data(), &moment));
        }
        // What is in flight writes to this thread's stack.
        runtime.finish_all();
      });
    }
    while (submitted < 50) std::this_thread::yield();
    EXPECT_EQ(runtime.io_destroy(ctx), 0);
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(runtime.statistics().completed, runtime.statistics().accepted);
  EXPECT_EQ(runtime.aio_nr(), 0U);
}

}  // namespace
}  // namespace aioemu
