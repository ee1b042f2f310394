// Sleeping in io_getevents: futexes, signals, masks, destruction.

#include <signal.h>
#include <time.h>

#include <array>
#include <atomic>
#include <thread>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

std::atomic<int> handled{0};

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct MaskArgument {
  const std::uint64_t* mask;
  std::uint64_t size;
};

class WaitTest : public RuntimeTest {
 protected:
  void SetUp() override {
    RuntimeTest::SetUp();
    handled = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { ++handled; };
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, nullptr);
    zero_ = Fd(open("/dev/zero", O_RDONLY));
  }
  void complete_one() {
    char byte = 0;
    iocb block = request(IOCB_CMD_PREAD, zero_, &byte, 1);
    EXPECT_EQ(submit(block), 1);
  }
  // The same when others may have filled the ring.
  void complete_one_retrying() {
    char byte = 0;
    iocb block = request(IOCB_CMD_PREAD, zero_, &byte, 1);
    long result = submit(block);
    while (result == -EAGAIN) {
      usleep(100);
      result = submit(block);
    }
    EXPECT_EQ(result, 1);
  }
  // Until a thread sleeps in io_getevents.
  void until_asleep(std::uint64_t threads = 1) {
    while (runtime_.statistics().waiting < threads) usleep(200);
    usleep(2000);
  }
  long wait(long min_nr, long nr, double limit = -1) {
    std::array<io_event, 16> events{};
    const timespec timeout{
        static_cast<time_t>(limit),
        static_cast<long>((limit - static_cast<double>(static_cast<time_t>(limit))) * 1e9)};
    return runtime_.io_getevents(ctx_, min_nr, nr, events.data(), limit < 0 ? nullptr : &timeout);
  }
  Fd zero_;
};

TEST_F(WaitTest, TimesOutWithWhatThereIs) {
  complete_one();
  const double start = seconds();
  EXPECT_EQ(wait(2, 4, 0.05), 1);
  EXPECT_GE(seconds() - start, 0.05);
  EXPECT_EQ(wait(1, 4, 0.01), 0);
}

TEST_F(WaitTest, IsWokenByAnotherThread) {
  std::thread waker([&] {
    until_asleep();
    complete_one();
    complete_one();
  });
  EXPECT_EQ(wait(2, 4), 2);
  waker.join();
  EXPECT_EQ(runtime_.statistics().waiting, 0U);
}

TEST_F(WaitTest, ASignalIsEintrDespiteRestart) {
  const pthread_t self = pthread_self();
  std::thread sender([&] {
    until_asleep();
    pthread_kill(self, SIGUSR1);
  });
  EXPECT_EQ(wait(1, 4), -EINTR);
  sender.join();
  EXPECT_EQ(handled.load(), 1);
}

TEST_F(WaitTest, ASignalAfterSomeEventsIsTheirCount) {
  complete_one();
  const pthread_t self = pthread_self();
  std::thread sender([&] {
    until_asleep();
    pthread_kill(self, SIGUSR1);
  });
  EXPECT_EQ(wait(3, 4), 1);
  sender.join();
}

TEST_F(WaitTest, DestroyWakesEveryWaiterWithEinval) {
  long first = 0;
  long second = 0;
  std::thread one([&] { first = wait(1, 4); });
  std::thread two([&] { second = wait(5, 8); });
  until_asleep(2);
  EXPECT_EQ(runtime_.io_destroy(ctx_), 0);
  one.join();
  two.join();
  EXPECT_EQ(first, -EINVAL);
  EXPECT_EQ(second, -EINVAL);
  EXPECT_EQ(runtime_.io_destroy(ctx_), -EINVAL);
  ctx_ = 0;
}

class MaskedWaitTest : public WaitTest {
 protected:
  void SetUp() override {
    WaitTest::SetUp();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  void TearDown() override {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    WaitTest::TearDown();
  }
  long masked_wait(long min_nr, const timespec* timeout) {
    std::array<io_event, 16> events{};
    const std::uint64_t nothing = 0;
    const MaskArgument argument{&nothing, 8};
    return runtime_.io_pgetevents(ctx_, min_nr, 16, events.data(), timeout, &argument);
  }
  static bool still_blocked() {
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, nullptr, &now);
    return sigismember(&now, SIGUSR1) == 1;
  }
  sigset_t before_{};
};

TEST_F(MaskedWaitTest, APendingSignalIsDeliveredWhateverTheResult) {
  const timespec none{0, 0};
  raise(SIGUSR1);
  EXPECT_EQ(masked_wait(0, &none), -EINTR);
  EXPECT_EQ(handled.load(), 1);
  complete_one();
  raise(SIGUSR1);
  EXPECT_EQ(masked_wait(1, nullptr), 1);
  EXPECT_EQ(handled.load(), 2);
  raise(SIGUSR1);
  EXPECT_EQ(masked_wait(99, nullptr), -EINVAL);
  EXPECT_EQ(handled.load(), 3);
  raise(SIGUSR1);
  EXPECT_EQ(masked_wait(1, nullptr), -EINTR);
  EXPECT_EQ(handled.load(), 4);
  EXPECT_TRUE(still_blocked());
}

TEST_F(MaskedWaitTest, IsWokenByEventsAndBySignals) {
  std::thread waker([&] {
    until_asleep();
    complete_one();
  });
  EXPECT_EQ(masked_wait(1, nullptr), 1);
  waker.join();
  const pthread_t self = pthread_self();
  std::thread sender([&] {
    until_asleep();
    pthread_kill(self, SIGUSR1);
  });
  EXPECT_EQ(masked_wait(1, nullptr), -EINTR);
  sender.join();
  const timespec soon{0, 20000000};
  EXPECT_EQ(masked_wait(1, &soon), 0);
  EXPECT_TRUE(still_blocked());
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// K109: both are woken, and only one finds the event.
TEST_F(MaskedWaitTest, AWaiterThatCameTooLateSleepsOn) {
  const timespec limit{0, 300000000};
  std::array<double, 2> used{};
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    threads[i] = std::thread([&, i] {
      masked_wait(1, &limit);
      used[i] = processor_seconds();
    });
  }
  until_asleep(2);
  complete_one();
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(used[0] + used[1], 0.1);
}

TEST_F(WaitTest, ManyThreadsLoseNoEvent) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::atomic<long> reaped{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) complete_one_retrying();
    });
    threads.emplace_back([&] {
      while (reaped < kThreads * kEach) {
        const long got = wait(1, 8, 0.02);
        ASSERT_GE(got, 0);
        reaped += got;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reaped.load(), kThreads * kEach);
}

}  // namespace
}  // namespace aioemu
