#include "core/slot_pool.h"

#include <gtest/gtest.h>

namespace aioemu::core {
namespace {

std::uint32_t capacity(std::uint32_t ring_nr, std::uint32_t cpus) {
  SlotPool pool(ring_nr - 1, cpus);
  std::uint32_t taken = 0;
  while (pool.take()) ++taken;
  return taken;
}

TEST(SlotPool, AFreshContextGivesWholeBatches) {
  EXPECT_EQ(capacity(127, 2), 120U);
  EXPECT_EQ(capacity(255, 2), 248U);
  EXPECT_EQ(capacity(639, 2), 632U);
  EXPECT_EQ(capacity(8319, 2), 8312U);
}

TEST(SlotPool, ManyCpusMeanBatchesOfOne) { EXPECT_EQ(capacity(127, 64), 126U); }

TEST(SlotPool, WhatIsGivenBackCanBeTakenAgain) {
  SlotPool pool(126, 2);
  while (pool.take()) {
  }
  pool.give(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.take());
  EXPECT_FALSE(pool.take());
}

TEST(SlotPool, NothingIsLostBetweenStashAndPool) {
  SlotPool pool(126, 2);
  const std::uint32_t before = pool.free();
  for (int round = 0; round < 500; ++round) {
    const auto count = static_cast<std::uint32_t>(round % 100 + 1);
    for (std::uint32_t i = 0; i < count; ++i) ASSERT_TRUE(pool.take());
    pool.give(count);
    ASSERT_EQ(pool.free(), before);
  }
}

}  // namespace
}  // namespace aioemu::core
