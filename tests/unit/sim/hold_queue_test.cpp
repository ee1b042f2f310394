#include "sim/hold_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace aioemu::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HoldQueueTest : public testing::Test {
 protected:
  HoldQueueTest() {
    for (std::size_t i = 0; i < requests_.size(); ++i) requests_[i].serial = i + 1;
  }
  std::vector<std::uint64_t> due(std::int64_t now) {
    std::vector<std::uint64_t> serials;
    while (const core::Request* request = queue_.take_due(now)) serials.push_back(request->serial);
    return serials;
  }
  std::array<core::Request, 4> requests_;
  HoldQueue queue_;
};

TEST_F(HoldQueueTest, TakesWhatIsDueByTimeAndThenByAcceptance) {
  queue_.add(requests_[2], 20);
  queue_.add(requests_[1], 10);
  queue_.add(requests_[3], 5);
  queue_.add(requests_[0], 10);
  EXPECT_EQ(queue_.next_due(), 5);
  EXPECT_THAT(due(4), IsEmpty());
  EXPECT_THAT(due(10), ElementsAre(4, 1, 2));
  EXPECT_THAT(due(20), ElementsAre(3));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(HoldQueueTest, WhatHangsIsNeverDueButCanBeTaken) {
  queue_.add(requests_[0], HoldQueue::kNever);
  EXPECT_EQ(queue_.next_due(), HoldQueue::kNever);
  EXPECT_THAT(due(HoldQueue::kNever), IsEmpty());
  EXPECT_EQ(queue_.find(1), &requests_[0]);
  EXPECT_EQ(queue_.find(2), nullptr);
  EXPECT_TRUE(queue_.take(requests_[0]));
  EXPECT_FALSE(queue_.take(requests_[0]));
}

TEST_F(HoldQueueTest, PostponesWhatIsMeantAndNothingToAnEarlierMoment) {
  for (std::size_t i = 0; i < 3; ++i) {
    queue_.add(requests_[i], static_cast<std::int64_t>(10 * (i + 1)));
  }
  queue_.postpone([](const core::Request& request) { return request.serial != 2; }, 25);
  EXPECT_THAT(due(24), ElementsAre(2));
  EXPECT_THAT(due(25), ElementsAre(1));
  EXPECT_THAT(due(30), ElementsAre(3));
}

TEST_F(HoldQueueTest, GivesBackWhatWaitsForAChange) {
  queue_.add_waiting(requests_[0]);
  queue_.add(requests_[1], HoldQueue::kNever);
  EXPECT_THAT(queue_.take_waiting(), ElementsAre(&requests_[0]));
  EXPECT_THAT(queue_.take_waiting(), IsEmpty());
  EXPECT_FALSE(queue_.empty());
}

}  // namespace
}  // namespace aioemu::sim
