#include "core/completion_ring.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

class CompletionRingTest : public testing::Test {
 protected:
  abi::RingHeader& header() { return *reinterpret_cast<abi::RingHeader*>(page_.data()); }
  std::int64_t read(std::int64_t nr) {
    return ring_.read(memory_, FakeWorld::address(events_.data()), nr);
  }
  void push(std::uint64_t data) { ring_.push({data, 0, 0, 0}); }

  alignas(4096) std::array<std::byte, 4096> page_{};
  CompletionRing ring_{page_.data(), 127};
  FakeMemory memory_;
  std::array<abi::IoEvent, 256> events_{};
};

TEST_F(CompletionRingTest, TheHeaderIsTheOneProgramsLookFor) {
  EXPECT_EQ(header().magic, 0xa10a10a1U);
  EXPECT_EQ(header().nr, 127U);
  EXPECT_EQ(header().compat_features, 1U);
  EXPECT_EQ(header().incompat_features, 0U);
  EXPECT_EQ(header().header_length, 32U);
}

TEST_F(CompletionRingTest, EventsComeOutInTheOrderTheyWentIn) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    push(i);
    ASSERT_EQ(read(1), 1);
    ASSERT_EQ(events_[0].data, i);
  }
}

TEST_F(CompletionRingTest, NoHeadLeadsOutsideTheRing) {
  for (const std::uint32_t head : {5U, 127U, 128U, 0x80000000U, 0xffffffffU}) {
    header().head = head;
    header().tail = 2;
    const std::int64_t taken = read(1000);
    EXPECT_EQ(taken, (2 + 127 - head % 127) % 127) << head;
    EXPECT_EQ(header().head, 2U) << head;
  }
}

TEST_F(CompletionRingTest, EqualWordsOutsideTheRingMeanEmptyAndStay) {
  header().head = header().tail = 0xfffffff0U;
  EXPECT_EQ(read(10), 0);
  EXPECT_EQ(header().head, 0xfffffff0U);
}

TEST_F(CompletionRingTest, AForgedTailLastsUntilTheNextCompletion) {
  header().tail = 4;
  push(1);
  EXPECT_EQ(header().tail, 1U);
}

TEST_F(CompletionRingTest, AFaultLeavesEveryEventInPlace) {
  push(1);
  push(2);
  EXPECT_EQ(ring_.read(memory_, 0, 2), -EFAULT);
  EXPECT_EQ(header().head, 0U);
  EXPECT_EQ(read(2), 2);
}

}  // namespace
}  // namespace aioemu::core
