// A test of somebody's own: matchers, a mock in front of a World, a plan drawn from bytes.
#include <aioemu/aioemu.h>
#include <aioemu/testing/fuzz_input.h>
#include <aioemu/testing/matchers.h>
#include <aioemu/testing/mock_backend.h>
#include <gtest/gtest.h>
#include <libaio.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

namespace {

using aioemu::testing::EventOf;
using aioemu::testing::FailsWith;
using aioemu::testing::Returns;

TEST(OwnTest, SeesAFaultAndAnEvent) {
  aioemu::World world{{.plan = "busy: submit when=1 errno EAGAIN"}};
  testing::NiceMock<aioemu::testing::MockBackend> aio(world);
  EXPECT_CALL(aio, io_submit).Times(2);
  const aioemu::LibaioScope scope{aio};
  std::array<char, 512> buffer{};
  iocb request{};
  iocb* list[] = {&request};
  io_prep_pread(&request, world.create_file("data", 4096), buffer.data(), buffer.size(), 0);
  io_context_t ctx = nullptr;
  ASSERT_THAT(io_setup(8, &ctx), Returns(0));
  EXPECT_THAT(io_submit(ctx, 1, list), FailsWith(EAGAIN));
  EXPECT_THAT(io_submit(ctx, 1, list), Returns(1));
  io_event event{};
  EXPECT_THAT(io_getevents(ctx, 1, 1, &event, nullptr), Returns(1));
  EXPECT_THAT(event, EventOf(&request, 512));
}

TEST(OwnTest, DrawsAPlanFromBytes) {
  const std::vector<std::uint8_t> bytes(64, 200);
  aioemu::testing::FuzzInput fuzz(bytes);
  const std::string plan = aioemu::testing::draw_plan(fuzz.choices());
  EXPECT_NE(plan, "");
  EXPECT_NO_THROW(aioemu::World({.plan = plan}));
}

}  // namespace
