// The back door: what comes through it, and that nothing true is lost for it.
#include "core/hostile.h"

#include <gtest/gtest.h>

#include "core/context.h"
#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

class HostileTest : public testing::Test {
 protected:
  HostileTest() { ctx_ = world_.setup(); }
  Context& context() { return const_cast<Context&>(*world_.kernel.context_at(ctx_)); }
  ForgedEvent forge(std::uint64_t data) {
    return forge_event(context(), {data, 2, 3, 0}, WakeRule::enough_events);
  }

  FakeWorld world_;
  UserAddress ctx_ = 0;
};

TEST_F(HostileTest, AForgedEventIsReapedLikeAnyOther) {
  EXPECT_TRUE(forge(7).delivered);
  abi::IoEvent event{};
  ASSERT_EQ(world_.reap(ctx_, &event, 1), 1);
  EXPECT_EQ(event.data, 7U);
  EXPECT_EQ(event.obj, 2U);
  EXPECT_EQ(event.res, 3);
}

TEST_F(HostileTest, ForgedEventsLeaveRoomForTrueOnes) {
  world_.files.add(3, FileKind::regular);
  const std::uint32_t ring_nr = reinterpret_cast<const abi::RingHeader*>(ctx_)->nr;
  abi::Iocb iocb = iocb_of(abi::Opcode::fsync, 3);
  ASSERT_EQ(world_.submit(ctx_, iocb), 1);
  Request& request = *world_.step.request;
  std::uint32_t forged = 0;
  while (forge(forged).delivered) ++forged;
  EXPECT_LE(forged, ring_nr - 2);
  world_.kernel.complete(request, 0);
  EXPECT_EQ(context().unreaped(), forged + 1);
  std::vector<abi::IoEvent> events(ring_nr);
  EXPECT_EQ(world_.reap(ctx_, events.data(), ring_nr), static_cast<long>(forged) + 1);
  EXPECT_TRUE(forge(1).delivered);
}

TEST_F(HostileTest, ACorruptRingStillTakesAndGivesEvents) {
  for (std::uint64_t word = 0; word < 4; ++word) {
    corrupt_ring(context(), word | 0xfffffff700000000ULL);
    std::array<abi::IoEvent, 256> events{};
    EXPECT_TRUE(forge(word).delivered);
    EXPECT_GE(world_.reap(ctx_, events.data(), 256), 0);
  }
}

}  // namespace
}  // namespace aioemu::core
