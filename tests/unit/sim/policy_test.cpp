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
    for (core::Request& request : requests_) policy.hold(request);
  }
  std::vector<std::uint64_t> drain(CompletionPolicy& policy) {
    std::vector<std::uint64_t> order;
    while (!policy.empty()) order.push_back(policy.take_next().serial);
    return order;
  }
  std::array<core::Request, 4> requests_;
};

TEST_F(PolicyTest, InlineHoldsNothing) {
  ScriptedChoices choices;
  EXPECT_FALSE(CompletionPolicy(OrderRule{}, choices).holds());
}

TEST_F(PolicyTest, FifoReleasesTheOldestOneByOne) {
  ScriptedChoices choices;
  CompletionPolicy policy({CompletionOrder::fifo}, choices);
  EXPECT_EQ(policy.next_batch(), 0U);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 1U);
  EXPECT_THAT(drain(policy), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(choices.asked().empty());
}

TEST_F(PolicyTest, RandomAsksForTheBatchAndForEachRequest) {
  ScriptedChoices choices({1, 3, 0, 1});
  CompletionPolicy policy({CompletionOrder::random}, choices);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 2U);
  EXPECT_THAT(drain(policy), ElementsAre(4, 2, 1, 3));
  EXPECT_EQ(choices.asked()[0].choice.kind, ChoiceKind::batch_size);
  EXPECT_EQ(choices.asked()[1].choice.answers, 4U);
}

TEST_F(PolicyTest, ScriptedReleasesNothingByItselfButWhatIsChosen) {
  ScriptedChoices choices;
  CompletionPolicy policy({CompletionOrder::scripted}, choices);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 0U);
  EXPECT_EQ(policy.take(3)->serial, 3U);
  EXPECT_EQ(policy.take(3), nullptr);
  EXPECT_EQ(policy.take_oldest()->serial, 1U);
}

TEST_F(PolicyTest, LifoReleasesTheNewestOneByOne) {
  ScriptedChoices choices;
  CompletionPolicy policy({CompletionOrder::lifo}, choices);
  hold_all(policy);
  EXPECT_EQ(policy.next_batch(), 1U);
  EXPECT_THAT(drain(policy), ElementsAre(4, 3, 2, 1));
}

// Where each stands among those before it: first, first, between, last.
TEST_F(PolicyTest, PctCompletesByPriority) {
  ScriptedChoices choices({0, 0, 1, 3});
  CompletionPolicy policy({CompletionOrder::inline_completion, 1, 100}, choices);
  EXPECT_TRUE(policy.holds());
  hold_all(policy);
  EXPECT_THAT(drain(policy), ElementsAre(2, 3, 1, 4));
  EXPECT_EQ(choices.asked().size(), 4U);
  EXPECT_EQ(choices.asked()[3].choice.kind, ChoiceKind::completion_priority);
}

// Each in its order of arrival; before the second completion the next in turn goes to the end.
TEST_F(PolicyTest, PctChangesPrioritiesAtDepthMinusOnePlaces) {
  ScriptedChoices choices({0, 1, 2, 3, 1});
  CompletionPolicy policy({CompletionOrder::inline_completion, 2, 10}, choices);
  hold_all(policy);
  EXPECT_THAT(drain(policy), ElementsAre(1, 3, 4, 2));
  EXPECT_EQ(choices.asked()[4].choice.kind, ChoiceKind::priority_change);
  EXPECT_EQ(choices.asked()[4].choice.answers, 10U);
}

}  // namespace
}  // namespace aioemu::sim
