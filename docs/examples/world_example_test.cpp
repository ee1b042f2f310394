// The examples of docs/testing.md, as a test.

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <cstdint>
#include <string>

#include "aioemu/aioemu.h"

namespace {

// The code under test: writes `count` blocks and waits for them. Written for the raw calls of
// whatever `Aio` is.
template <typename Aio>
bool write_all(Aio& aio, aio_context_t ctx, iocb** list, long count) {
  std::array<io_event, 8> events{};
  while (count > 0) {
    const long taken = aio.io_submit(ctx, count, list);
    if (taken <= 0) return false;
    if (aio.io_getevents(ctx, taken, taken, events.data(), nullptr) != taken) return false;
    for (long i = 0; i < taken; ++i) {
      if (events[static_cast<std::size_t>(i)].res != 4096) return false;
    }
    list += taken;
    count -= taken;
  }
  return true;
}

iocb write_of(int fd, const void* data, std::int64_t offset) {
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(fd);
  request.aio_buf = reinterpret_cast<std::uint64_t>(data);
  request.aio_nbytes = 4096;
  request.aio_offset = offset;
  return request;
}

TEST(WriteAll, SurvivesAPartialSubmit) {
  aioemu::World world{{.plan = "first: submit nr>=2 when=1 partial 1", .seed = 7}};
  const int fd = world.create_file("data", 0);
  aio_context_t ctx = 0;
  ASSERT_EQ(world.io_setup(8, &ctx), 0);
  const std::string block(4096, 'x');
  iocb first = write_of(fd, block.data(), 0);
  iocb second = write_of(fd, block.data(), 4096);
  iocb* list[] = {&first, &second};
  EXPECT_TRUE(write_all(world, ctx, list, 2));
  EXPECT_EQ(world.fired("first"), 1U);
  EXPECT_EQ(world.size_of(fd), 8192);
}

TEST(WriteAll, ReportsAnInputOutputError) {
  aioemu::World world{{.plan = "bad: complete op=write when=2 errno EIO"}};
  const int fd = world.create_file("data", 0);
  aio_context_t ctx = 0;
  ASSERT_EQ(world.io_setup(8, &ctx), 0);
  const std::string block(4096, 'x');
  iocb first = write_of(fd, block.data(), 0);
  iocb second = write_of(fd, block.data(), 4096);
  iocb* list[] = {&first, &second};
  EXPECT_FALSE(write_all(world, ctx, list, 2));
}

TEST(Order, IsWhatTheTestSays) {
  aioemu::World world{{.order = aioemu::CompletionOrder::scripted}};
  const int fd = world.create_file("data", 8192);
  aio_context_t ctx = 0;
  ASSERT_EQ(world.io_setup(8, &ctx), 0);
  const std::string block(4096, 'x');
  iocb first = write_of(fd, block.data(), 0);
  iocb second = write_of(fd, block.data(), 4096);
  iocb* list[] = {&first, &second};
  ASSERT_EQ(world.io_submit(ctx, 2, list), 2);
  ASSERT_TRUE(world.complete(2));        // the second one, as it would
  ASSERT_TRUE(world.complete(1, -EIO));  // the first one, with an error
  std::array<io_event, 2> events{};
  ASSERT_EQ(world.io_getevents(ctx, 2, 2, events.data()), 2);
  EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(&second));
  EXPECT_EQ(events[1].res, -EIO);
}

TEST(Hang, IsReportedAtOnce) {
  aioemu::World world;
  aio_context_t ctx = 0;
  ASSERT_EQ(world.io_setup(8, &ctx), 0);
  io_event event{};
  EXPECT_THROW(world.io_getevents(ctx, 1, 1, &event), aioemu::CertainHang);
}

}  // namespace
