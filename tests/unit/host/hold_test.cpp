// Requests that a rule delays, stalls or hangs. Where a test needs a request to be in flight it is
// delayed by an hour, and finish_all() ends that: nothing here depends on how fast a thread is.

#include <sys/mman.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class HoldTest : public RuntimeTest {
 protected:
  explicit HoldTest(const char* plan) : RuntimeTest({.plan = plan}) {}

  static std::string contents(int file) {
    std::array<char, 64> bytes{};
    const ssize_t count = pread(file, bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(count)};
  }
  // The number of signals that an eventfd has had, without waiting.
  static std::uint64_t rings(int bell) {
    std::uint64_t value = 0;
    return poll_now(bell) && read(bell, &value, sizeof value) == sizeof value ? value : 0;
  }
  static bool poll_now(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return poll(&entry, 1, 0) == 1;
  }
  void start(iocb& block) { ASSERT_EQ(submit(block), 1); }
};

// ---- delay ----

class DelayTest : public HoldTest {
 protected:
  DelayTest() : HoldTest("late: complete op=read,write,sync when=1 delay 3600s") {}
};

TEST_F(DelayTest, ADelayedReadLeavesItsBufferAloneAndReadsWhatIsThereInTheEnd) {
  const Fd file = file_with("early");
  std::array<char, 6> buffer{"-----"};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 5);
  start(block);
  EXPECT_TRUE(events_now().empty());
  EXPECT_STREQ(buffer.data(), "-----");
  ASSERT_EQ(pwrite(file, "after", 5, 0), 5);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 5);
  EXPECT_STREQ(buffer.data(), "after");
  EXPECT_EQ(runtime_.fired("late"), 1U);
}

TEST_F(DelayTest, ADelayedWriteTakesItsDataWhenItCompletes) {
  const Fd file = file_with("....");
  std::array<char, 5> data{"good"};
  iocb block = request(IOCB_CMD_PWRITE, file, data.data(), 4);
  start(block);
  EXPECT_EQ(contents(file), "....");
  std::copy_n("reus", 4, data.begin());
  runtime_.finish_all();
  EXPECT_EQ(reap(), 4);
  EXPECT_EQ(contents(file), "reus");
}

TEST_F(DelayTest, ALaterRequestOvertakes) {
  const Fd file = file_with("....");
  iocb first = request(IOCB_CMD_PWRITE, file, "1111", 4);
  iocb second = request(IOCB_CMD_PWRITE, file, "2222", 4);
  start(first);
  EXPECT_EQ(run(second), 4);
  EXPECT_EQ(contents(file), "2222");
  runtime_.finish_all();
  EXPECT_EQ(reap(), 4);
  EXPECT_EQ(contents(file), "1111");
}

TEST_F(DelayTest, TheProgramMayCloseAndReuseTheDescriptor) {
  Fd file = file_with("mine");
  Fd bell(eventfd(0, 0));
  const Fd ear(dup(bell));
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(block, bell);
  start(block);
  const Fd other = file_with("else");
  ASSERT_EQ(dup2(other, file), static_cast<int>(file));
  bell.reset();
  EXPECT_EQ(rings(ear), 0U);
  runtime_.finish_all();
  EXPECT_EQ(rings(ear), 1U);
  EXPECT_EQ(reap(), 4);
  EXPECT_STREQ(buffer.data(), "mine");
}

TEST_F(DelayTest, ABufferThatIsGoneIsEfault) {
  const Fd file = file_with("data");
  void* const page =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  iocb block = request(IOCB_CMD_PREAD, file, page, 4);
  start(block);
  // Not unmapped: another thread's memory might come to lie there.
  ASSERT_EQ(mprotect(page, 4096, PROT_NONE), 0);
  runtime_.finish_all();
  EXPECT_EQ(reap(), -EFAULT);
  munmap(page, 4096);
}

TEST_F(DelayTest, TheSegmentsAreThoseOfTheSubmit) {
  const Fd file = file_with("0123456789");
  std::array<char, 10> bytes{};
  std::array<iovec, 10> segments{};
  for (std::size_t i = 0; i < segments.size(); ++i) segments[i] = {&bytes[9 - i], 1};
  iocb block = request(IOCB_CMD_PREADV, file, segments.data(), segments.size());
  start(block);
  segments.fill({nullptr, 0});
  runtime_.finish_all();
  EXPECT_EQ(reap(), 10);
  EXPECT_EQ(std::string(bytes.data(), bytes.size()), "9876543210");
}

TEST_F(DelayTest, WhatTheKernelRefusesIsRefusedAtOnce) {
  Fd file = file_with("data");
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const Fd reader(open(path.c_str(), O_RDONLY));
  EXPECT_EQ(refused(request(IOCB_CMD_PWRITE, reader, "x", 1)), -EBADF);
  iocb block = request(IOCB_CMD_PREAD, file, nullptr, 1);
  block.aio_rw_flags = 1 << 20;
  EXPECT_EQ(refused(block), -EOPNOTSUPP);
  EXPECT_EQ(runtime_.fired("late"), 0U);
}

TEST_F(DelayTest, AStreamIsServedByTheSubmitItself) {
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, ends.out, &byte, 1)), 1);
  EXPECT_EQ(runtime_.fired("late"), 0U);
}

TEST_F(DelayTest, AForkChildHasNothingOfIt) {
  const Fd file = file_with("data");
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  start(block);
  EXPECT_EQ(in_fork([&] {
              runtime_.finish_all();
              return buffer[0] == '\0' ? 0 : 1;
            }),
            0);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 4);
}

TEST(GivenUpTest, WhatIsHeldWhenTheRuntimeEndsMovesNothing) {
  std::array<char, 5> buffer{"----"};
  const Fd bell(eventfd(0, EFD_NONBLOCK));
  std::string path = "/tmp/aioemu_held_XXXXXX";
  const Fd file(mkstemp(path.data()));
  unlink(path.c_str());
  ASSERT_EQ(pwrite(file, "data", 4, 0), 4);
  iocb delayed = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(delayed, bell);
  iocb hung = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  {
    Runtime runtime({.plan = "complete op=read delay 3600s; complete op=fsync hang"});
    aio_context_t ctx = 0;
    ASSERT_EQ(runtime.io_setup(4, &ctx), 0);
    iocb* list[] = {&delayed, &hung};
    ASSERT_EQ(runtime.io_submit(ctx, 2, list), 2);
  }
  EXPECT_STREQ(buffer.data(), "----");
  std::uint64_t rings = 0;
  EXPECT_EQ(result_of(read(bell, &rings, sizeof rings)), -EAGAIN);
}

class ShortDelayTest : public HoldTest {
 protected:
  ShortDelayTest() : HoldTest("late: complete delay 20ms") {}

  // How long `act` takes at least.
  template <typename Act>
  static milliseconds time(Act act) {
    const auto before = steady_clock::now();
    act();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - before);
  }
};

TEST_F(ShortDelayTest, TakesThatLong) {
  const Fd file = file_with("data");
  std::array<char, 5> buffer{};
  const milliseconds took =
      time([&] { EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, buffer.data(), 4)), 4); });
  EXPECT_GE(took, milliseconds(20));
  EXPECT_STREQ(buffer.data(), "data");
}

TEST_F(ShortDelayTest, AnFsyncToo) {
  const Fd file = file_with("data");
  EXPECT_GE(time([&] { EXPECT_EQ(run(request(IOCB_CMD_FSYNC, file, nullptr, 0)), 0); }),
            milliseconds(20));
}

TEST_F(ShortDelayTest, WhoListensToTheEventfdHearsOfItThen) {
  const Fd file = file_with("data");
  const Fd bell(eventfd(0, 0));
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(block, bell);
  std::uint64_t value = 0;
  EXPECT_GE(time([&] {
              start(block);
              EXPECT_EQ(read(bell, &value, sizeof value), 8);
            }),
            milliseconds(20));
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(events_now().size(), 1U);
}

TEST_F(ShortDelayTest, DestroyWaitsAndTheBytesHaveMoved) {
  const Fd file = file_with("data");
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  EXPECT_GE(time([&] {
              start(block);
              EXPECT_EQ(runtime_.io_destroy(ctx_), 0);
            }),
            milliseconds(20));
  ctx_ = 0;
  EXPECT_STREQ(buffer.data(), "data");
}

TEST_F(ShortDelayTest, RequestsDelayedAlikeCompleteInTheirOrder) {
  const Fd file = file_with("0123456789abcdef");
  std::array<char, 16> bytes{};
  std::array<iocb, 16> blocks{};
  std::array<iocb*, 16> list{};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i] = request(IOCB_CMD_PREAD, file, &bytes[i], 1, static_cast<std::int64_t>(i));
    blocks[i].aio_data = i;
    list[i] = &blocks[i];
  }
  ASSERT_EQ(runtime_.io_submit(ctx_, 16, list.data()), 16);
  std::array<io_event, 16> events{};
  ASSERT_EQ(runtime_.io_getevents(ctx_, 16, 16, events.data(), nullptr), 16);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].data, i);
}

TEST_F(ShortDelayTest, APollThatFires) {
  const PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  EXPECT_GE(time([&] {
              start(block);
              ASSERT_EQ(write(ends.in, "x", 1), 1);
              EXPECT_EQ(reap(), 0x41);
            }),
            milliseconds(20));
}

class DelayedPollTest : public HoldTest {
 protected:
  DelayedPollTest() : HoldTest("late: complete op=poll delay 3600s") {}
};

TEST_F(DelayedPollTest, OnAReadyFile) {
  const PipeEnds ends = make_pipe();
  const Fd bell(eventfd(0, 0));
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  iocb block = poll_request(ends.out, POLLIN);
  notify(block, bell);
  start(block);
  EXPECT_TRUE(events_now().empty());
  EXPECT_EQ(runtime_.io_cancel(ctx_, &block, nullptr), -EINVAL);
  runtime_.finish_all();
  EXPECT_EQ(reap(), POLLIN);
  EXPECT_EQ(rings(bell), 1U);
}

class DelayedErrorTest : public HoldTest {
 protected:
  DelayedErrorTest()
      : HoldTest("complete op=read continue delay 3600s; bad: complete op=read errno EIO") {}
};

TEST_F(DelayedErrorTest, ComesLateAndMovesNothing) {
  const Fd file = file_with("data");
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  start(block);
  EXPECT_TRUE(events_now().empty());
  runtime_.finish_all();
  EXPECT_EQ(reap(), -EIO);
  EXPECT_STREQ(buffer.data(), "");
  EXPECT_EQ(runtime_.fired("bad"), 1U);
}

class DelayedShortTest : public HoldTest {
 protected:
  DelayedShortTest()
      : HoldTest("complete op=read continue delay 3600s; little: complete op=read short 2") {}
};

TEST_F(DelayedShortTest, MovesThatManyBytesWhenItCompletes) {
  const Fd file = file_with("data");
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  iocb behind = request(IOCB_CMD_PREAD, file, buffer.data(), 4, 100);
  start(block);
  start(behind);
  runtime_.finish_all();
  EXPECT_EQ(reap(), 2);
  EXPECT_EQ(reap(), 0);
  EXPECT_STREQ(buffer.data(), "da");
  EXPECT_EQ(runtime_.fired("little"), 1U);
}

// ---- stall ----

class StallTest : public HoldTest {
 protected:
  StallTest() : HoldTest("stuck: complete op=write when=1 stall 3600s") {}
};

TEST_F(StallTest, NothingOfThatFileCompletesAndAllOfOthersDoes) {
  const Fd file = file_with("before");
  const Fd other = file_with("other");
  std::array<char, 7> own{};
  std::array<char, 7> others{};
  iocb write = request(IOCB_CMD_PWRITE, file, "after!", 6);
  iocb read = request(IOCB_CMD_PREAD, file, own.data(), 6);
  start(write);
  start(read);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, other, others.data(), 5)), 5);
  EXPECT_TRUE(events_now().empty());
  EXPECT_STREQ(own.data(), "");
  runtime_.finish_all();
  EXPECT_EQ(events_now().size(), 2U);
  EXPECT_STREQ(own.data(), "after!");
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, own.data(), 6)), 6);
  EXPECT_EQ(runtime_.fired("stuck"), 1U);
}

class ShortStallTest : public HoldTest {
 protected:
  ShortStallTest()
      : HoldTest("stuck: complete op=write when=1 stall 10ms; complete op=fsync delay 1ms") {}
};

TEST_F(ShortStallTest, EndsByItselfAndAlsoForWhatIsDelayedLess) {
  const Fd file = file_with("data");
  char byte = 0;
  iocb write = request(IOCB_CMD_PWRITE, file, "x", 1);
  iocb sync = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  iocb read = request(IOCB_CMD_PREAD, file, &byte, 1);
  start(write);
  start(sync);
  start(read);
  EXPECT_EQ(reap(), 1);
  reap();
  reap();
  EXPECT_EQ(byte, 'x');
}

// ---- hang ----

class HangTest : public HoldTest {
 protected:
  HangTest() : HoldTest("never: complete when=1 hang") {}
  // io_destroy would wait for it.
  void TearDown() override {}
};

TEST_F(HangTest, NeverCompletesAndTheEndDoesNotWaitForIt) {
  const Fd file = file_with("data");
  const Fd bell(eventfd(0, 0));
  std::array<char, 5> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(block, bell);
  start(block);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, &buffer[0], 1)), 1);
  runtime_.finish_all();
  EXPECT_TRUE(events_now().empty());
  EXPECT_EQ(rings(bell), 0U);
  EXPECT_EQ(runtime_.statistics().accepted, 2U);
  EXPECT_EQ(runtime_.statistics().completed, 1U);
}

TEST_F(HangTest, APollThatFiredNeverTellsIt) {
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  iocb block = poll_request(ends.out, POLLIN);
  start(block);
  runtime_.finish_all();
  EXPECT_TRUE(events_now().empty());
}

}  // namespace
}  // namespace aioemu
