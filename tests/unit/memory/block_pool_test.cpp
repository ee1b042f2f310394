#include "memory/block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace aioemu::memory {
namespace {

bool all_zero(const void* block, std::size_t bytes) {
  const auto* byte = static_cast<const unsigned char*>(block);
  return std::all_of(byte, byte + bytes, [](unsigned char value) { return value == 0; });
}

TEST(BlockPool, BlocksAreZeroedAlignedAndApart) {
  BlockPool pool;
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (const std::size_t size : {1U, 63U, 64U, 65U, 200U, 512U, 2048U, 2049U, 70000U}) {
    for (int i = 0; i < 3; ++i) {
      auto* block = static_cast<char*>(pool.allocate(size));
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0U);
      EXPECT_TRUE(all_zero(block, size));
      std::memset(block, 0xff, size);
      blocks.emplace_back(block, size);
    }
  }
  std::sort(blocks.begin(), blocks.end());
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    EXPECT_LE(blocks[i - 1].first + blocks[i - 1].second, blocks[i].first);
  }
  for (const auto& [block, size] : blocks) pool.release(block, size);
}

TEST(BlockPool, AReleasedBlockComesBackZeroed) {
  BlockPool pool;
  void* first = pool.allocate(300);
  std::memset(first, 0xff, 300);
  pool.release(first, 300);
  void* second = pool.allocate(400);
  EXPECT_EQ(second, first);
  EXPECT_TRUE(all_zero(second, 512));
}

TEST(BlockPool, TheNewestMappingIsKeptAndComesBackZeroed) {
  BlockPool pool;
  auto* first = static_cast<char*>(pool.allocate(40000));
  auto* second = static_cast<char*>(pool.allocate(40000));
  std::memset(first, 0xff, 40000);
  std::memset(second, 0xff, 40000);
  pool.release(second, 40000);
  pool.release(first, 40000);
  auto* other_size = static_cast<char*>(pool.allocate(36000));
  EXPECT_NE(other_size, first);
  auto* again = static_cast<char*>(pool.allocate(40000));
  EXPECT_EQ(again, first);
  EXPECT_TRUE(all_zero(again, 40000));
  pool.release(other_size, 36000);
  pool.release(again, 40000);
}

TEST(BlockPool, ManyBlocksSpanChunks) {
  BlockPool pool;
  std::vector<void*> blocks;
  for (int i = 0; i < 1000; ++i) blocks.push_back(pool.allocate(1024));
  std::sort(blocks.begin(), blocks.end());
  EXPECT_EQ(std::unique(blocks.begin(), blocks.end()), blocks.end());
  for (void* block : blocks) pool.release(block, 1024);
}

TEST(BlockPool, NothingIsNothing) {
  BlockPool pool;
  EXPECT_EQ(pool.allocate(0), nullptr);
  pool.release(nullptr, 64);
}

}  // namespace
}  // namespace aioemu::memory
