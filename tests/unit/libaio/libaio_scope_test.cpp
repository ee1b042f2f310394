// Who serves libaio's names, and how misuse is refused.
#include <gmock/gmock.h>
#include <libaio.h>

#include <array>
#include <thread>

#include "aioemu/libaio.h"
#include "aioemu/runtime.h"
#include "aioemu/world.h"

namespace aioemu {
namespace {

// Death tests fork; threads make that fragile in any style but this one.
class LibaioScopeDeathTest : public testing::Test {
 protected:
  LibaioScopeDeathTest() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }

  io_context_t ctx_ = nullptr;
};

TEST(LibaioScope, TheNamesLeadToItsWorld) {
  World world;
  const LibaioScope scope{world};
  io_context_t ctx = nullptr;
  ASSERT_EQ(io_setup(3, &ctx), 0);
  EXPECT_EQ(world.aio_nr(), 3U);
  EXPECT_EQ(io_destroy(ctx), 0);
  EXPECT_EQ(world.aio_nr(), 0U);
}

TEST(LibaioScope, OneAfterTheOtherMayNameDifferentWorlds) {
  World first;
  World second;
  io_context_t ctx = nullptr;
  {
    const LibaioScope scope{first};
    ASSERT_EQ(io_setup(1, &ctx), 0);
  }
  const LibaioScope scope{second};
  EXPECT_EQ(first.aio_nr(), 1U);
  EXPECT_EQ(second.aio_nr(), 0U);
  EXPECT_EQ(io_destroy(ctx), -EINVAL);
}

TEST(LibaioScope, ARuntimeServesAnyThread) {
  Runtime runtime;
  const LibaioScope scope{runtime};
  io_context_t ctx = nullptr;
  ASSERT_EQ(io_setup(1, &ctx), 0);
  int destroyed = -1;
  std::thread([&] { destroyed = io_destroy(ctx); }).join();
  EXPECT_EQ(destroyed, 0);
}

TEST(LibaioScope, AHangIsReportedThroughTheNameToo) {
  World world;
  const LibaioScope scope{world};
  io_context_t ctx = nullptr;
  io_event event{};
  ASSERT_EQ(io_setup(1, &ctx), 0);
  EXPECT_THROW(io_getevents(ctx, 1, 1, &event, nullptr), CertainHang);
  EXPECT_EQ(io_destroy(ctx), 0);
}

TEST_F(LibaioScopeDeathTest, ACallWithoutAScopeIsRefused) {
  EXPECT_DEATH(io_setup(1, &ctx_), "aioemu: io_setup: called while no aioemu::LibaioScope is open");
}

TEST_F(LibaioScopeDeathTest, ANestedScopeIsRefused) {
  World outer;
  World inner;
  const LibaioScope scope{outer};
  EXPECT_DEATH({ const LibaioScope nested{inner}; },
               "aioemu::LibaioScope: opened while another one is open");
}

TEST_F(LibaioScopeDeathTest, AWorldOnAnotherThreadIsRefused) {
  World world;
  const LibaioScope scope{world};
  EXPECT_DEATH(std::thread([&] { io_setup(1, &ctx_); }).join(),
               "aioemu: io_setup: called on another thread than the one that opened");
}

TEST_F(LibaioScopeDeathTest, EndingAScopeInsideACallIsRefused) {
  World world;
  const int fd = world.create_file("", 8);
  std::array<char, 8> buffer{};
  static LibaioScope* open = nullptr;
  iocb request{};
  iocb* pointer = &request;
  io_prep_pread(&request, fd, buffer.data(), buffer.size(), 0);
  io_set_callback(&request, [](io_context_t, iocb*, long, long) { delete open; });
  const auto misuse = [&] {
    open = new LibaioScope(world);
    io_setup(1, &ctx_);
    io_submit(ctx_, 1, &pointer);
    io_queue_run(ctx_);
  };
  EXPECT_DEATH(misuse(), "aioemu::LibaioScope: ended while a thread is still inside a call");
}

}  // namespace
}  // namespace aioemu
