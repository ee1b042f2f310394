#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000;

std::string story_of_hang(const std::function<void()>& sleeper) {
  try {
    sleeper();
  } catch (const CertainHang& hang) {
    return hang.what();
  }
  return "no hang";
}

TEST(Sleep, ATimeoutTakesVirtualTimeOnly) {
  InWorld in;
  timespec day{86400, 0};
  io_event event;
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event, &day), 0);
  EXPECT_EQ(in.world.now(), 86400 * 1000 * kMs);
}

TEST(Sleep, ATimerEndsAWait) {
  InWorld in;
  const int timer = in.world.timerfd();
  EXPECT_EQ(in.world.arm_timer(timer, 5 * kMs), 0);
  iocb poll = poll_of(timer, 1);
  EXPECT_EQ(in.submit({&poll}), 1);
  io_event event{};
  EXPECT_EQ(in.world.io_getevents(in.ctx, 1, 1, &event), 1);
  EXPECT_EQ(event.res, 1);
  EXPECT_EQ(in.world.now(), 5 * kMs);
}

TEST(Sleep, NothingInFlightIsACertainHang) {
  InWorld in;
  io_event event;
  const std::string story = story_of_hang([&] { in.world.io_getevents(in.ctx, 1, 1, &event); });
  EXPECT_EQ(story,
            "certain hang: io_getevents wants 1 events and has 0; nothing is in flight, no timer "
            "runs");
  EXPECT_EQ(in.world.io_destroy(in.ctx), 0);
}

TEST(Sleep, AHeldRequestThatNobodyReleasesIsACertainHang) {
  InWorld in({.order = CompletionOrder::scripted});
  std::array<char, 512> buffer{};
  const int fd = in.world.create_file("", 4096);
  iocb read = read_of(fd, buffer.data(), buffer.size(), 512);
  EXPECT_EQ(in.submit({&read}), 1);
  io_event event;
  const std::string story = story_of_hang([&] { in.world.io_getevents(in.ctx, 1, 1, &event); });
  EXPECT_THAT(story, HasSubstr("#1 pread fd=1073741824 offset=512 len=512"));
  EXPECT_THAT(story, HasSubstr("complete_next()"));
}

TEST(Sleep, AReadOfAnEmptyPipeInsideSubmitIsACertainHang) {
  InWorld in;
  int ends[2];
  ASSERT_EQ(in.world.pipe(ends), 0);
  std::array<char, 8> buffer{};
  iocb read = read_of(ends[0], buffer.data(), buffer.size(), 0);
  const std::string story = story_of_hang([&] { in.submit({&read}); });
  EXPECT_THAT(story, HasSubstr("io_submit: reading on file 1 (pipe) cannot go on"));
  EXPECT_THAT(in.drain(), ElementsAre(-EINTR));
}

// K70: the signal that ended the sleep is pending until the submit returns.
TEST(Sleep, AnInterruptedSubmitTakesOnePageOfZeroesFromThereOn) {
  InWorld in;
  int ends[2];
  ASSERT_EQ(in.world.pipe(ends), 0);
  std::vector<char> buffer(10'000);
  iocb sleeper = read_of(ends[0], buffer.data(), 1, 0);
  iocb zeroes = read_of(in.world.open("/dev/full", O_RDONLY), buffer.data(), buffer.size(), 0);
  std::array<iocb*, 2> batch{&sleeper, &zeroes};
  World::Pending submit = in.world.begin_submit(in.ctx, 2, batch.data());
  EXPECT_TRUE(submit.blocked());
  submit.interrupt();
  EXPECT_EQ(submit.finish(), 2);
  EXPECT_THAT(in.drain(), ElementsAre(-EINTR, 4096));
}

TEST(Sleep, ADestroyThatNothingCanFinishIsACertainHangAndGoesOn) {
  InWorld in({.order = CompletionOrder::scripted});
  std::array<char, 512> buffer{};
  iocb read = read_of(in.world.create_file("", 4096), buffer.data(), buffer.size(), 0);
  EXPECT_EQ(in.submit({&read}), 1);
  EXPECT_THAT(story_of_hang([&] { in.world.io_destroy(in.ctx); }),
              HasSubstr("io_destroy waits for what is in flight"));
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_THAT(in.world.in_flight(), ElementsAre());
}

TEST(Sleep, ASplitWaitEndsWithTheEventThatItNeeds) {
  InWorld in;
  const int zero = in.world.open("/dev/zero", 0);
  std::array<char, 8> buffer{};
  iocb read = read_of(zero, buffer.data(), buffer.size(), 0);
  std::array<io_event, 2> events{};
  World::Pending waiter = in.world.begin_getevents(in.ctx, 2, 2, events.data());
  EXPECT_TRUE(waiter.blocked());
  EXPECT_EQ(in.submit({&read}), 1);
  EXPECT_TRUE(waiter.blocked());
  EXPECT_EQ(in.submit({&read}), 1);
  EXPECT_FALSE(waiter.blocked());
  EXPECT_EQ(waiter.finish(), 2);
}

TEST(Sleep, AnOlderKernelsWaiterTakesEventsAsTheyCome) {
  for (const char* profile : {"linux-6.1", "linux-6.18"}) {
    InWorld in({.profile = profile});
    std::array<char, 8> buffer{};
    iocb read = read_of(in.world.open("/dev/zero", 0), buffer.data(), buffer.size(), 0);
    std::array<io_event, 2> events{};
    World::Pending waiter = in.world.begin_getevents(in.ctx, 2, 2, events.data());
    EXPECT_EQ(in.submit({&read}), 1);
    const bool older = std::string(profile) == "linux-6.1";
    EXPECT_EQ(in.drain().size(), older ? 0U : 1U) << profile;  // what is left to steal
    waiter.interrupt();
    EXPECT_EQ(waiter.finish(), older ? 1 : -EINTR) << profile;
  }
}

TEST(Sleep, ASignalEndsASplitWaitWithEintr) {
  InWorld in;
  World::Pending waiter = in.world.begin_getevents(in.ctx, 1, 1, nullptr);
  waiter.interrupt();
  EXPECT_EQ(waiter.finish(), -EINTR);
  EXPECT_EQ(in.world.signals_handled(SIGUSR1), 1);
}

TEST(Sleep, ABlockedSubmitGoesOnWhenItsPipeGetsData) {
  InWorld in;
  int ends[2];
  ASSERT_EQ(in.world.pipe(ends), 0);
  std::array<char, 8> buffer{};
  iocb read = read_of(ends[0], buffer.data(), buffer.size(), 0);
  std::array<iocb*, 2> list{&read, &read};
  World::Pending call = in.world.begin_submit(in.ctx, 2, list.data());
  EXPECT_TRUE(call.blocked());
  EXPECT_EQ(in.world.write(ends[1], "abcdefgh1234", 12), 12);
  EXPECT_FALSE(call.blocked());
  EXPECT_EQ(call.finish(), 2);
  EXPECT_THAT(in.drain(), ElementsAre(8, 4));
}

TEST(Sleep, DestroyWaitsForABlockedSubmitWhichStillFinishesItsBatch) {
  InWorld in;
  int ends[2];
  ASSERT_EQ(in.world.pipe(ends), 0);
  std::array<char, 8> buffer{};
  iocb read = read_of(ends[0], buffer.data(), buffer.size(), 0);
  std::array<iocb*, 2> list{&read, &read};
  World::Pending submitter = in.world.begin_submit(in.ctx, 2, list.data());
  World::Pending destroyer = in.world.begin_destroy(in.ctx);
  destroyer.interrupt();
  EXPECT_TRUE(destroyer.blocked());
  EXPECT_EQ(in.world.write(ends[1], "ab", 2), 2);
  EXPECT_TRUE(destroyer.blocked());
  EXPECT_EQ(in.world.close(ends[1]), 0);
  EXPECT_EQ(submitter.finish(), 2);
  EXPECT_EQ(destroyer.finish(), 0);
}

TEST(Sleep, AStopEndsGeteventsAndRestartsPgetevents) {
  InWorld in;
  timespec timeout{0, 100 * kMs};
  World::Pending plain = in.world.begin_getevents(in.ctx, 1, 1, nullptr, &timeout);
  World::Pending masked = in.world.begin_pgetevents(in.ctx, 1, 1, nullptr, &timeout, nullptr);
  in.world.advance(40 * kMs);
  plain.stop_and_continue();
  masked.stop_and_continue();
  EXPECT_EQ(plain.finish(), -EINTR);
  EXPECT_EQ(masked.finish(), 0);
  EXPECT_EQ(in.world.now(), 140 * kMs);
}

TEST(Sleep, PlainReadsOfAnEmptyPipeSleepToo) {
  World world;
  int ends[2];
  ASSERT_EQ(world.pipe(ends), 0);
  std::array<char, 8> buffer{};
  EXPECT_THROW(world.read(ends[0], buffer.data(), buffer.size()), CertainHang);
  World::Pending reader = world.begin_read(ends[0], buffer.data(), buffer.size());
  EXPECT_TRUE(reader.blocked());
  EXPECT_EQ(world.write(ends[1], "abc", 3), 3);
  EXPECT_EQ(reader.finish(), 3);
}

}  // namespace
}  // namespace aioemu
