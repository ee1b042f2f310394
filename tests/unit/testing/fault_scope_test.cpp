#include "aioemu/testing/fault_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "aioemu/testing/matchers.h"

namespace {

using aioemu::World;
using aioemu::testing::FailsWith;
using aioemu::testing::FaultScope;
using aioemu::testing::Returns;

class FaultScopeTest : public testing::Test {
 protected:
  // Submits one write; its result, or io_submit's error.
  long write(World& world, int fd) {
    iocb request{};
    request.aio_lio_opcode = IOCB_CMD_PWRITE;
    request.aio_fildes = static_cast<std::uint32_t>(fd);
    request.aio_buf = reinterpret_cast<std::uint64_t>(block_.data());
    request.aio_nbytes = block_.size();
    iocb* list[] = {&request};
    io_event event{};
    if (ctx_ == 0) {
      EXPECT_THAT(world.io_setup(8, &ctx_), Returns(0));
    }
    const long taken = world.io_submit(ctx_, 1, list);
    if (taken < 0) return taken;
    EXPECT_THAT(world.io_getevents(ctx_, 1, 1, &event), Returns(1));
    return static_cast<long>(event.res);
  }

  std::array<char, 4096> block_{};
  aio_context_t ctx_ = 0;
};

TEST_F(FaultScopeTest, RulesAreInForceAsLongAsItLives) {
  World world;
  const int fd = world.create_file("data", 0);
  EXPECT_THAT(write(world, fd), Returns(4096));
  {
    const FaultScope full(world, "complete op=write errno ENOSPC");
    EXPECT_THAT(write(world, fd), FailsWith(ENOSPC));
    EXPECT_THAT(write(world, fd), FailsWith(ENOSPC));
    EXPECT_EQ(full.fired(), 2U);
  }
  EXPECT_THAT(write(world, fd), Returns(4096));
}

TEST_F(FaultScopeTest, CountsFromItsBeginning) {
  World world;
  const int fd = world.create_file("data", 0);
  EXPECT_THAT(write(world, fd), Returns(4096));
  const FaultScope second(world, "complete when=2 errno EIO");
  EXPECT_THAT(write(world, fd), Returns(4096));
  EXPECT_THAT(write(world, fd), FailsWith(EIO));
  EXPECT_THAT(write(world, fd), Returns(4096));
  EXPECT_EQ(second.fired(), 1U);
}

TEST_F(FaultScopeTest, StandsBehindThePlanAndOlderScopes) {
  World world{{.plan = "complete op=write when=1 errno EIO"}};
  const int fd = world.create_file("data", 0);
  const FaultScope outer(world, "complete op=write times=1 errno ENOSPC");
  const FaultScope inner(world, "complete op=write errno EDQUOT");
  EXPECT_THAT(write(world, fd), FailsWith(EIO));
  EXPECT_THAT(write(world, fd), FailsWith(ENOSPC));
  EXPECT_THAT(write(world, fd), FailsWith(EDQUOT));
  EXPECT_EQ(outer.fired() + inner.fired(), 2U);
}

TEST_F(FaultScopeTest, LeavesTheCountersOfThePlanAlone) {
  World world{{.plan = "third: complete op=write when=3 errno EIO"}};
  const int fd = world.create_file("data", 0);
  EXPECT_THAT(write(world, fd), Returns(4096));
  {
    const FaultScope busy(world, "submit times=1 errno EAGAIN");
    EXPECT_THAT(write(world, fd), FailsWith(EAGAIN));
    EXPECT_THAT(write(world, fd), Returns(4096));
  }
  EXPECT_THAT(write(world, fd), FailsWith(EIO));
  EXPECT_EQ(world.fired("third"), 1U);
}

TEST_F(FaultScopeTest, FreesItsNames) {
  World world;
  const int fd = world.create_file("data", 0);
  for (int round = 0; round < 3; ++round) {
    const FaultScope scope(world, "bad: complete op=write errno EIO");
    EXPECT_THAT(write(world, fd), FailsWith(EIO));
    EXPECT_EQ(world.fired("bad"), 1U);
    EXPECT_THROW(const FaultScope refused(world, "bad: submit errno EAGAIN"),
                 std::invalid_argument);
  }
  EXPECT_THAT(write(world, fd), Returns(4096));
}

TEST_F(FaultScopeTest, TellsFilesThatAreOpenedAfterwardsByPath) {
  World world;
  const FaultScope scope(world, "complete path=log errno EIO");
  EXPECT_THAT(write(world, world.create_file("data", 0)), Returns(4096));
  EXPECT_THAT(write(world, world.create_file("log", 0)), FailsWith(EIO));
}

TEST_F(FaultScopeTest, RefusesWhatIsNoRule) {
  World world;
  for (const char* text : {"", "seed 7", "order random", "profile flaky-disk", "set sector=4096",
                           "submit erno EAGAIN", "hostile duplicate"}) {
    EXPECT_THROW(const FaultScope refused(world, text), std::invalid_argument) << text;
  }
  EXPECT_THAT(write(world, world.create_file("data", 0)), Returns(4096));
}

TEST_F(FaultScopeTest, WantsAWorldThatHasLookedOnFromTheBeginning) {
  World world{{.oracles = "none"}};
  EXPECT_THAT(write(world, world.create_file("data", 0)), Returns(4096));
  EXPECT_THROW(const FaultScope refused(world, "submit errno EAGAIN"), std::logic_error);
}

TEST_F(FaultScopeTest, IsTakenByAWorldThatHasNotBegun) {
  World world{{.oracles = "none"}};
  const FaultScope scope(world, "submit errno EAGAIN");
  EXPECT_THAT(write(world, world.create_file("data", 0)), FailsWith(EAGAIN));
}

}  // namespace
