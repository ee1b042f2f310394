#include "sim/transfer.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>

namespace aioemu::sim {
namespace {

// Two pages at 0x10000; everything else cannot be touched.
class TwoPages final : public core::UserMemory {
 public:
  static constexpr core::UserAddress kBase = 0x10000;
  bool read(void* to, core::UserAddress from, std::size_t size) noexcept override {
    if (!inside(from, size)) return false;
    std::memcpy(to, bytes.data() + (from - kBase), size);
    return true;
  }
  bool write(core::UserAddress to, const void* from, std::size_t size) noexcept override {
    if (!inside(to, size)) return false;
    std::memcpy(bytes.data() + (to - kBase), from, size);
    return true;
  }
  std::array<char, 8192> bytes{};

 private:
  static bool inside(core::UserAddress at, std::size_t size) {
    return at >= kBase && at + size <= kBase + 8192;
  }
};

constexpr core::UserAddress kEnd = TwoPages::kBase + 8192;

TEST(Transfer, PutFillsSegmentsInOrder) {
  TwoPages memory;
  const std::array<abi::Segment, 2> segments{{{TwoPages::kBase, 3}, {TwoPages::kBase + 100, 5}}};
  Transfer transfer(memory, segments, 8, 0);
  EXPECT_EQ(transfer.put("abcdefgh", 8), 8U);
  EXPECT_EQ(std::string(memory.bytes.data(), 3), "abc");
  EXPECT_EQ(std::string(memory.bytes.data() + 100, 5), "defgh");
  EXPECT_EQ(transfer.outcome(), 8);
}

TEST(Transfer, AFaultStopsAtTheLastGoodByte) {
  TwoPages memory;
  const std::array<abi::Segment, 1> segments{{{kEnd - 8092, 10000}}};
  Transfer transfer(memory, segments, 10000, 0);
  const std::string data(10000, 'x');
  EXPECT_EQ(transfer.put(data.data(), data.size()), 8092U);
  EXPECT_TRUE(transfer.faulted());
  EXPECT_EQ(transfer.outcome(), 8092);
}

TEST(Transfer, AFaultAtTheFirstByteIsEfault) {
  TwoPages memory;
  const std::array<abi::Segment, 1> segments{{{0, 10}}};
  Transfer transfer(memory, segments, 10, 0);
  std::array<char, 10> data{};
  EXPECT_EQ(transfer.take(data.data(), data.size()), 0U);
  EXPECT_EQ(transfer.outcome(), -EFAULT);
}

TEST(Transfer, ALimitCutsIt) {
  TwoPages memory;
  const std::array<abi::Segment, 1> segments{{{TwoPages::kBase, 100}}};
  Transfer transfer(memory, segments, 100, 0);
  transfer.limit(7);
  EXPECT_EQ(transfer.put_zeroes(100), 7U);
  EXPECT_EQ(transfer.left(), 0U);
}

TEST(Transfer, ReadableLooksAtEveryPage) {
  TwoPages memory;
  const std::array<abi::Segment, 1> good{{{TwoPages::kBase, 8192}}};
  const std::array<abi::Segment, 1> bad{{{TwoPages::kBase + 1, 8192}}};
  EXPECT_EQ(Transfer(memory, good, 8192, 0).readable(), 8192U);
  EXPECT_EQ(Transfer(memory, bad, 8192, 0).readable(), 8191U);
  const std::array<abi::Segment, 2> second{{{TwoPages::kBase, 100}, {TwoPages::kBase + 8192, 1}}};
  EXPECT_EQ(Transfer(memory, second, 101, 0).readable(), 100U);
}

TEST(Transfer, AlignmentConcernsEverySegment) {
  TwoPages memory;
  const std::array<abi::Segment, 2> segments{
      {{TwoPages::kBase, 512}, {TwoPages::kBase + 512, 100}}};
  EXPECT_FALSE(Transfer(memory, segments, 612, 0).aligned_to(512));
  EXPECT_TRUE(Transfer(memory, std::span(segments).first(1), 512, 0).aligned_to(512));
}

}  // namespace
}  // namespace aioemu::sim
