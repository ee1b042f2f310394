#include "host/timers.h"

#include <gtest/gtest.h>

namespace aioemu::host {
namespace {

using Kind = Timer::Kind;

TEST(TimersTest, TheNearestComesFirstAndEqualOnesInTheirOrder) {
  Timers timers;
  Timer a(Kind::request);
  Timer b(Kind::request);
  Timer c(Kind::request);
  Timer d(Kind::request);
  EXPECT_TRUE(timers.add(a, 20));
  EXPECT_FALSE(timers.add(b, 30));
  EXPECT_TRUE(timers.add(c, 10));
  EXPECT_FALSE(timers.add(d, 20));
  EXPECT_EQ(timers.nearest(), 10U);
  EXPECT_EQ(timers.take_due(30), &c);
  EXPECT_EQ(timers.take_due(30), &a);
  EXPECT_EQ(timers.take_due(30), &d);
  EXPECT_EQ(timers.take_due(30), &b);
  EXPECT_EQ(timers.take_due(30), nullptr);
  EXPECT_EQ(timers.nearest(), kNever);
}

TEST(TimersTest, NothingIsDueBeforeItsTime) {
  Timers timers;
  Timer a(Kind::stall);
  timers.add(a, 5);
  EXPECT_EQ(timers.take_due(4), nullptr);
  EXPECT_TRUE(a.set);
  EXPECT_EQ(timers.take_due(5), &a);
  EXPECT_FALSE(a.set);
}

TEST(TimersTest, WhatIsRemovedIsGoneAndMayBeSetAgain) {
  Timers timers;
  Timer a(Kind::order);
  Timer b(Kind::eventfd);
  timers.add(a, 1);
  timers.add(b, 2);
  timers.remove(a);
  timers.remove(a);
  EXPECT_EQ(timers.nearest(), 2U);
  EXPECT_FALSE(timers.add(a, 3));
  timers.remove(b);
  EXPECT_EQ(timers.take_due(9), &a);
}

}  // namespace
}  // namespace aioemu::host
