#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

TEST(World, AWriteIsReadBack) {
  InWorld in;
  const int fd = in.world.create_file("data", 0);
  const std::string text = "sixteen bytes!!!";
  std::array<char, 16> back{};
  iocb write = write_of(fd, text.data(), text.size(), 100);
  iocb read = read_of(fd, back.data(), back.size(), 100);
  EXPECT_EQ(in.submit({&write, &read}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(16, 16));
  EXPECT_EQ(std::string(back.data(), back.size()), text);
  EXPECT_EQ(in.world.size_of(fd), 116);
}

TEST(World, AnUninitialisedContextIsEinval) {
  World world;
  aio_context_t ctx = 1;
  EXPECT_EQ(world.io_setup(8, &ctx), -EINVAL);
}

TEST(World, AnUnknownDescriptorIsEbadf) {
  InWorld in;
  std::array<char, 8> buffer{};
  iocb request = read_of(3, buffer.data(), buffer.size(), 0);
  EXPECT_EQ(in.submit({&request}), -EBADF);
}

TEST(World, CountersAreItsOwn) {
  World world({.aio_max_nr = 100});
  aio_context_t ctx = 0;
  EXPECT_EQ(world.io_setup(101, &ctx), -EAGAIN);
  EXPECT_EQ(world.io_setup(60, &ctx), 0);
  EXPECT_EQ(world.aio_nr(), 60U);
  EXPECT_EQ(world.io_destroy(ctx), 0);
  EXPECT_EQ(world.aio_nr(), 0U);
  EXPECT_EQ(world.aio_max_nr(), 100U);
}

TEST(World, ADestroyedHandleIsEinval) {
  InWorld in;
  EXPECT_EQ(in.world.io_destroy(in.ctx), 0);
  EXPECT_EQ(in.world.io_destroy(in.ctx), -EINVAL);
  EXPECT_EQ(in.world.io_submit(in.ctx, 0, nullptr), -EINVAL);
}

TEST(World, ABadPointerIsEfaultWithGuardedMemory) {
  InWorld in({.memory = MemoryAccess::guarded, .rings = RingMemory::mapped});
  const int fd = in.world.create_file("", 4096);
  iocb request = read_of(fd, nullptr, 512, 0);
  EXPECT_EQ(in.submit({&request}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(-EFAULT));
  iocb** const nowhere = reinterpret_cast<iocb**>(std::uintptr_t{0x2000});
  EXPECT_EQ(in.world.io_submit(in.ctx, 1, nowhere), -EFAULT);
}

TEST(World, AForkChildKeepsDescriptorsAndLosesContexts) {
  InWorld in;
  const int fd = in.world.create_file("", 4096);
  in.world.become_fork_child();
  EXPECT_EQ(in.world.io_submit(in.ctx, 0, nullptr), -EINVAL);
  EXPECT_EQ(in.world.size_of(fd), 4096);
  aio_context_t own = 0;
  EXPECT_EQ(in.world.io_setup(8, &own), 0);
}

TEST(World, OptionsThatMakeNoSenseAreRefusedWithTheReason) {
  EXPECT_THROW(World({.profile = "linux-9.9"}), std::invalid_argument);
  EXPECT_THROW(World({.plan = "submit errno EWRONG"}), std::invalid_argument);
}

TEST(World, ItGoesAwayWithEverythingInFlight) {
  InWorld in({.order = CompletionOrder::scripted});
  std::array<char, 8> buffer{};
  int ends[2];
  ASSERT_EQ(in.world.pipe(ends), 0);
  const int fd = in.world.create_file("", 4096);
  iocb read = read_of(fd, buffer.data(), buffer.size(), 0);
  iocb poll = poll_of(ends[0], 1);
  EXPECT_EQ(in.submit({&read, &poll}), 2);
  iocb sleeper = read_of(ends[0], buffer.data(), buffer.size(), 0);
  iocb* list = &sleeper;
  EXPECT_TRUE(in.world.begin_submit(in.ctx, 1, &list).blocked());
  EXPECT_TRUE(in.world.begin_getevents(in.ctx, 5, 5, nullptr).blocked());
  EXPECT_TRUE(in.world.begin_destroy(in.ctx).blocked());
}

TEST(WorldDeathTest, AFinishedCallIsUsedUp) {
  World world;
  aio_context_t context = 0;
  ASSERT_EQ(world.io_setup(1, &context), 0);
  World::Pending call = world.begin_destroy(context);
  ASSERT_EQ(call.finish(), 0);
  EXPECT_DEATH(static_cast<void>(call.blocked()), "used after its finish");
}

TEST(WorldDeathTest, ASecondThreadIsRefused) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        World world;
        world.create_file("", 0);
        std::thread([&] { world.create_file("", 0); }).join();
      },
      "used by a second thread");
}

}  // namespace
}  // namespace aioemu
