#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/virtual_clock.h"

namespace aioemu::sim {
namespace {

using testing::ElementsAre;

struct Bell final : Timer {
  Bell(std::vector<std::int64_t>& rung, VirtualClock& clock) : rung_(rung), clock_(clock) {}
  void expired() override { rung_.push_back(clock_.now()); }
  std::vector<std::int64_t>& rung_;
  VirtualClock& clock_;
};

TEST(VirtualClock, TimeStandsStillUntilItIsMoved) {
  VirtualClock clock;
  EXPECT_EQ(clock.now(), 0);
  clock.advance_to(5);
  EXPECT_EQ(clock.now(), 5);
  clock.advance_to(3);
  EXPECT_EQ(clock.now(), 5);
}

TEST(VirtualClock, TimersSeeTheirOwnMoment) {
  VirtualClock clock;
  std::vector<std::int64_t> rung;
  Bell late(rung, clock);
  Bell early(rung, clock);
  clock.schedule(late, 20);
  clock.schedule(early, 10);
  EXPECT_EQ(clock.next_due(), 10);
  clock.advance_to(100);
  EXPECT_THAT(rung, ElementsAre(10, 20));
  EXPECT_EQ(clock.next_due(), std::nullopt);
}

TEST(VirtualClock, ACancelledTimerStaysSilent) {
  VirtualClock clock;
  std::vector<std::int64_t> rung;
  Bell bell(rung, clock);
  clock.schedule(bell, 10);
  clock.cancel(bell);
  clock.advance_to(20);
  EXPECT_THAT(rung, ElementsAre());
}

}  // namespace
}  // namespace aioemu::sim
