#include "core/cancel_index.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "base/prng.h"

namespace aioemu::core {
namespace {

class CancelIndexTest : public testing::Test {
 protected:
  Request& add(UserAddress obj) {
    Request& request = slots_.acquire();
    request.obj = obj;
    index_.insert(slots_, request);
    return request;
  }
  void remove(Request& request) {
    index_.remove(slots_, request);
    slots_.release(request);
  }

  struct Storage {
    alignas(Request) std::array<std::byte, sizeof(Request) * 200> bytes;
  };
  std::unique_ptr<Storage> records_ = std::make_unique<Storage>();
  std::array<std::uint32_t, 4> heads_{};  // few buckets: long chains
  RequestSlots slots_{records_->bytes.data(), 200};
  CancelIndex index_{heads_.data(), 4};
};

TEST_F(CancelIndexTest, TheOldestOfOneAddressIsFoundFirst) {
  Request& first = add(0x1000);
  Request& second = add(0x1000);
  EXPECT_EQ(index_.find(slots_, 0x1000), &first);
  remove(first);
  EXPECT_EQ(index_.find(slots_, 0x1000), &second);
  remove(second);
  EXPECT_EQ(index_.find(slots_, 0x1000), nullptr);
}

TEST_F(CancelIndexTest, AnotherAddressInTheSameChainIsNotFound) {
  for (UserAddress obj = 0x1000; obj < 0x1100; obj += 8) add(obj);  // every chain has some
  EXPECT_EQ(index_.find(slots_, 0x2000), nullptr);
}

TEST_F(CancelIndexTest, ChainsSurviveRemovalsInAnyOrder) {
  Prng prng(1);
  std::vector<Request*> live;
  for (int round = 0; round < 5000; ++round) {
    if (live.size() < 150 && prng.below(2) == 0) {
      live.push_back(&add(0x1000 + 64 * static_cast<UserAddress>(round)));
    } else if (!live.empty()) {
      const auto pick = static_cast<std::ptrdiff_t>(prng.below(live.size()));
      remove(*live[static_cast<std::size_t>(pick)]);
      live.erase(live.begin() + pick);
    }
    for (Request* request : live) ASSERT_EQ(index_.find(slots_, request->obj), request);
  }
}

}  // namespace
}  // namespace aioemu::core
