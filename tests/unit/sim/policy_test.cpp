#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "aioemu/choice.h"
#include "sim/completion_policy.h"

namespace aioemu::sim {
namespace {

using testing::ElementsAre;

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    for (std::size_t i = 0; i < requests_.size(); ++i) requests_[i].serial = i + 1;
  }
  void hold_all(CompletionPolicy& policy) {
    for (core::Request& request : requests_) policy.hold({&request, {}});
  }
  std::vector<std::uint64_t> drain(CompletionPolicy& policy) {
    std::vector<std::uint64_t> order;
    while (!policy.empty()) order.push_back(policy.take_next().request->serial);
    return order;
  }
  std::array<core::Request, 4> requests_;
};

TEST_F(PolicyTest, InlineHoldsNothing) {
  ScriptedChoices choices;
  EXPECT_FALSE(CompletionPolicy(CompletionOrder::inline_completion, choices).holds());
}

TEST_F(PolicyTest, FifoReleasesTheOldestOneByOne) {
  ScriptedChoices choices;
  CompletionPolicy policy(CompletionOrder::fifo, choices);
  EXPECT_EQ(policy.next_batch(), 0U);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 1U);
  EXPECT_THAT(drain(policy), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(choices.asked().empty());
}

TEST_F(PolicyTest, RandomAsksForTheBatchAndForEachRequest) {
  ScriptedChoices choices({1, 3, 0, 1});
  CompletionPolicy policy(CompletionOrder::random, choices);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 2U);
  EXPECT_THAT(drain(policy), ElementsAre(4, 2, 1, 3));
  EXPECT_EQ(choices.asked()[0].choice.kind, ChoiceKind::batch_size);
  EXPECT_EQ(choices.asked()[1].choice.answers, 4U);
}

TEST_F(PolicyTest, ScriptedReleasesNothingByItselfButWhatIsChosen) {
  ScriptedChoices choices;
  CompletionPolicy policy(CompletionOrder::scripted, choices);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 0U);
  EXPECT_EQ(policy.take(3)->request->serial, 3U);
  EXPECT_FALSE(policy.take(3).has_value());
  EXPECT_EQ(policy.take_oldest()->request->serial, 1U);
}

}  // namespace
}  // namespace aioemu::sim
