#include "aioemu/testing/drawing.h"

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <set>

#include "aioemu/runtime.h"
#include "aioemu/world.h"

namespace aioemu::testing {
namespace {

TEST(DrawPlan, IsWhatAWorldTakes) {
  std::set<std::string> plans;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededChoices choices(seed);
    const std::string plan = draw_plan(choices);
    EXPECT_NO_THROW(World({.plan = plan})) << plan;
    plans.insert(plan);
  }
  EXPECT_GT(plans.size(), 100U);
}

TEST(DrawPlan, IsWhatARuntimeTakes) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededChoices choices(seed);
    const std::string plan = draw_runtime_plan(choices);
    EXPECT_NO_THROW(Runtime({.plan = plan})) << plan;
  }
}

TEST(DrawPlan, IsTheSameForTheSameAnswers) {
  SeededChoices first(7);
  SeededChoices second(7);
  EXPECT_EQ(draw_plan(first), draw_plan(second));
}

TEST(DrawPlan, IsEmptyForAnswersThatAreAllZero) {
  ScriptedChoices zero;
  EXPECT_EQ(draw_plan(zero), "");
}

struct Scene {
  World world;
  std::array<char, 8192> memory{};
  Playground where{.descriptors = {world.create_file("a", 65536), world.create_file("b", 0)},
                   .file_size = 65536,
                   .memory = memory.data(),
                   .memory_size = memory.size()};
};

TEST(DrawBatch, IsAcceptedAsAWhole) {
  Scene scene;
  aio_context_t ctx = 0;
  ASSERT_EQ(scene.world.io_setup(64, &ctx), 0);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SeededChoices choices(seed);
    std::array<iocb, 8> iocbs{};
    std::array<iocb*, 8> list{};
    long count = 0;
    for (const DrawnRequest& request : draw_batch(choices, scene.where, iocbs.size())) {
      const auto at = static_cast<std::size_t>(count++);
      iocbs[at] = to_iocb(request);
      list[at] = &iocbs[at];
    }
    ASSERT_EQ(scene.world.io_submit(ctx, count, list.data()), count) << "seed " << seed;
    std::array<io_event, 8> events{};
    ASSERT_EQ(scene.world.io_getevents(ctx, count, count, events.data()), count);
  }
}

TEST(DrawRequest, StaysOnItsPlayground) {
  Scene scene;
  std::set<unsigned> opcodes;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededChoices choices(seed);
    const DrawnRequest request = draw_request(choices, scene.where);
    opcodes.insert(request.opcode);
    EXPECT_LE(request.offset, 65536);
    EXPECT_GE(request.offset, 0);
    if (request.buffer == nullptr) continue;
    EXPECT_GE(static_cast<char*>(request.buffer), scene.memory.data());
    EXPECT_LE(static_cast<char*>(request.buffer) + request.length,
              scene.memory.data() + scene.memory.size());
  }
  EXPECT_EQ(opcodes,
            (std::set<unsigned>{IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC}));
}

TEST(DrawRequest, MakesMistakesWhenAsked) {
  Scene scene;
  scene.where.mistakes = true;
  aio_context_t ctx = 0;
  ASSERT_EQ(scene.world.io_setup(512, &ctx), 0);
  std::set<long> refusals;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SeededChoices choices(seed);
    iocb request = to_iocb(draw_request(choices, scene.where));
    iocb* list[] = {&request};
    io_event event{};
    const long result = scene.world.io_submit(ctx, 1, list);
    if (result < 0) {
      refusals.insert(result);
    } else {
      ASSERT_EQ(scene.world.io_getevents(ctx, 1, 1, &event), 1);
    }
  }
  EXPECT_TRUE(refusals.count(-EBADF) == 1 && refusals.count(-EINVAL) == 1);
}

TEST(ToIocb, PutsEveryFieldWhereTheKernelReadsIt) {
  DrawnRequest drawn;
  drawn.opcode = IOCB_CMD_PWRITE;
  drawn.fd = 5;
  drawn.buffer = &drawn;
  drawn.length = 6;
  drawn.offset = -7;
  drawn.data = 8;
  drawn.rw_flags = 9;
  const iocb request = to_iocb(drawn);
  EXPECT_EQ(request.aio_lio_opcode, IOCB_CMD_PWRITE);
  EXPECT_EQ(request.aio_fildes, 5U);
  EXPECT_EQ(request.aio_buf, reinterpret_cast<std::uint64_t>(&drawn));
  EXPECT_EQ(request.aio_nbytes, 6U);
  EXPECT_EQ(request.aio_offset, -7);
  EXPECT_EQ(request.aio_data, 8U);
  EXPECT_EQ(request.aio_rw_flags, 9);
  EXPECT_EQ(request.aio_flags, 0U);
}

}  // namespace
}  // namespace aioemu::testing
