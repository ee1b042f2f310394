#include "aioemu/testing/mock_backend.h"

#include <gtest/gtest.h>
#include <libaio.h>

#include <array>
#include <cerrno>

#include "aioemu/libaio.h"
#include "aioemu/runtime.h"
#include "aioemu/testing/matchers.h"
#include "aioemu/world.h"

namespace {

using aioemu::testing::EventOf;
using aioemu::testing::FailsWith;
using aioemu::testing::HasResult;
using aioemu::testing::MockBackend;
using aioemu::testing::Returns;
using testing::_;
using testing::NiceMock;
using testing::Return;

struct Scene {
  aioemu::World world;
  int fd = world.create_file("data", 4096);
  std::array<char, 512> buffer{};
  iocb request{};
  iocb* list[1] = {&request};
  Scene() { io_prep_pread(&request, fd, buffer.data(), buffer.size(), 0); }
};

TEST(MockBackend, DoesWhatTheWorldDoes) {
  Scene scene;
  NiceMock<MockBackend> aio(scene.world);
  aio_context_t ctx = 0;
  ASSERT_THAT(aio.io_setup(8, &ctx), Returns(0));
  EXPECT_THAT(aio.io_submit(ctx, 1, scene.list), Returns(1));
  io_event event{};
  EXPECT_THAT(aio.io_getevents(ctx, 1, 1, &event, nullptr), Returns(1));
  EXPECT_THAT(event, EventOf(&scene.request, 512));
  EXPECT_THAT(aio.io_pgetevents(ctx, 0, 1, &event, nullptr, nullptr), Returns(0));
  EXPECT_THAT(aio.io_cancel(ctx, &scene.request, &event), FailsWith(EINVAL));
  EXPECT_THAT(aio.io_destroy(ctx), Returns(0));
  EXPECT_EQ(scene.world.aio_nr(), 0U);
}

TEST(MockBackend, CountsCallsThatAreStillCarriedOut) {
  Scene scene;
  NiceMock<MockBackend> aio(scene.world);
  EXPECT_CALL(aio, io_submit(_, 1, _)).Times(2);
  aio_context_t ctx = 0;
  ASSERT_THAT(aio.io_setup(8, &ctx), Returns(0));
  EXPECT_THAT(aio.io_submit(ctx, 1, scene.list), Returns(1));
  EXPECT_THAT(aio.io_submit(ctx, 1, scene.list), Returns(1));
  std::array<io_event, 2> events{};
  EXPECT_THAT(aio.io_getevents(ctx, 2, 2, events.data(), nullptr), Returns(2));
}

TEST(MockBackend, ReturnsWhatATestWants) {
  Scene scene;
  NiceMock<MockBackend> aio(scene.world);
  EXPECT_CALL(aio, io_setup).WillOnce(Return(-ENOMEM)).WillRepeatedly(testing::DoDefault());
  aio_context_t ctx = 0;
  EXPECT_THAT(aio.io_setup(8, &ctx), FailsWith(ENOMEM));
  EXPECT_THAT(aio.io_setup(8, &ctx), Returns(0));
}

TEST(MockBackend, ServesCodeThatCallsLibaioByName) {
  Scene scene;
  NiceMock<MockBackend> aio(scene.world);
  EXPECT_CALL(aio, io_submit(_, 1, _)).WillOnce(Return(-EAGAIN));
  const aioemu::LibaioScope scope{aio};
  io_context_t ctx = nullptr;
  ASSERT_EQ(io_setup(8, &ctx), 0);
  EXPECT_THAT(io_submit(ctx, 1, scene.list), FailsWith(EAGAIN));
  EXPECT_EQ(io_destroy(ctx), 0);
}

TEST(MockBackend, StandsInFrontOfARuntime) {
  aioemu::Runtime runtime;
  NiceMock<MockBackend> aio(runtime);
  aio_context_t ctx = 0;
  EXPECT_THAT(aio.io_setup(8, &ctx), Returns(0));
  EXPECT_GT(runtime.aio_nr(), 0U);
  EXPECT_THAT(aio.io_destroy(ctx), Returns(0));
}

// The members of libaio's io_event are pointers and unsigned.
TEST(EventMatchers, KnowTheStructsOfLibaio) {
  iocb request{};
  io_event event{};
  event.obj = &request;
  event.res = static_cast<unsigned long>(-EIO);
  event.data = &event;
  EXPECT_THAT(event, EventOf(&request, -EIO));
  EXPECT_THAT(event, HasResult(-EIO));
  EXPECT_THAT(event, aioemu::testing::HasData(reinterpret_cast<std::uint64_t>(&event)));
}

}  // namespace
