#include "sim/signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace aioemu::sim {
namespace {

TEST(Signals, AnUnblockedSignalIsHandledAtOnce) {
  Signals signals;
  EXPECT_TRUE(signals.raise(SIGUSR1));
  EXPECT_EQ(signals.handled(SIGUSR1), 1);
  EXPECT_EQ(signals.handled(SIGUSR2), 0);
}

TEST(Signals, ABlockedSignalWaitsAndCountsOnce) {
  Signals signals;
  signals.block(SIGUSR1, true);
  EXPECT_FALSE(signals.raise(SIGUSR1));
  EXPECT_FALSE(signals.raise(SIGUSR1));
  EXPECT_EQ(signals.pending(), signal_bit(SIGUSR1));
  signals.block(SIGUSR1, false);
  EXPECT_EQ(signals.handled(SIGUSR1), 1);
  EXPECT_EQ(signals.pending(), 0U);
}

TEST(Signals, DeliverHandlesOnlyWhatTheMaskLetsThrough) {
  Signals signals;
  signals.block(SIGUSR1, true);
  signals.block(SIGUSR2, true);
  signals.raise(SIGUSR1);
  signals.raise(SIGUSR2);
  EXPECT_EQ(signals.deliver(signal_bit(SIGUSR2)), 1);
  EXPECT_EQ(signals.handled(SIGUSR1), 1);
  EXPECT_EQ(signals.handled(SIGUSR2), 0);
}

TEST(Signals, NumbersThatAreNoSignalsAreIgnored) {
  Signals signals;
  EXPECT_FALSE(signals.raise(0));
  EXPECT_FALSE(signals.raise(65));
  EXPECT_EQ(signals.handled(0), 0);
}

}  // namespace
}  // namespace aioemu::sim
