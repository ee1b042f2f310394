#include "fault/rule_index.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include "fault/injector.h"
#include "fault/plan.h"

namespace aioemu::fault {
namespace {

// An injector whose rules come and go.
class OpenRules : public testing::Test {
 protected:
  OpenRules() { index_->keep_open(); }

  // The number of the rule that joined.
  std::size_t join(std::string_view line) {
    const auto plan = std::get<FaultPlan>(parse(line, "test"));
    const std::size_t number = index_->count();
    (*rules_)[number] = compile(plan).at(0);
    index_->add(number, (*rules_)[number].body);
    return number;
  }
  int submit_error() { return injector_.decide(SubmitCall{{}, 1, {}}).error; }
  static AcceptedRequest write() {
    AcceptedRequest request;
    request.op = abi::Opcode::pwrite;
    request.length = 4096;
    return request;
  }
  std::uint64_t eligible(std::size_t rule) const { return (*states_)[rule].eligible; }

  std::unique_ptr<std::array<CompiledRule, kMaxRules>> rules_ =
      std::make_unique<std::array<CompiledRule, kMaxRules>>();
  std::unique_ptr<std::array<RuleState, kMaxRules>> states_ =
      std::make_unique<std::array<RuleState, kMaxRules>>();
  std::unique_ptr<RuleIndex> index_ = std::make_unique<RuleIndex>();
  Injector injector_{*rules_, *states_, 0, *index_};
};

TEST_F(OpenRules, DecideFromTheMomentTheyJoin) {
  EXPECT_EQ(submit_error(), 0);
  join("submit errno EAGAIN");
  EXPECT_EQ(submit_error(), EAGAIN);
  EXPECT_EQ(injector_.rules().size(), 1U);
}

TEST_F(OpenRules, DecideNoMoreOnceTheyHaveLeft) {
  const std::size_t first = join("submit errno EAGAIN");
  join("submit errno EINVAL");
  EXPECT_TRUE(index_->remove(first));
  EXPECT_FALSE(index_->remove(first));
  EXPECT_FALSE(index_->remove(7));
  EXPECT_EQ(submit_error(), EINVAL);
  EXPECT_EQ(eligible(first), 0U);
}

TEST_F(OpenRules, KeepTheirCountersWhenTheyLeave) {
  const std::size_t rule = join("submit errno EAGAIN");
  EXPECT_EQ(submit_error(), EAGAIN);
  index_->remove(rule);
  EXPECT_EQ(submit_error(), 0);
  EXPECT_EQ(eligible(rule), 1U);
  EXPECT_EQ(injector_.rules().size(), 1U);
}

TEST_F(OpenRules, DecideNothingWhilePaused) {
  const std::size_t rule = join("submit errno EAGAIN");
  index_->pause(true);
  EXPECT_EQ(submit_error(), 0);
  EXPECT_EQ(eligible(rule), 0U) << "what goes by during a pause does not count";
  index_->pause(false);
  EXPECT_EQ(submit_error(), EAGAIN);
}

TEST_F(OpenRules, MeetFilesThatWereOpenBeforeUnlessTheyNamePaths) {
  const FileView view = injector_.view_of("/data/f");
  AcceptedRequest request = write();
  request.file = &view;
  join("complete op=write path=/data/* errno EIO");
  EXPECT_TRUE(injector_.is_stale(view));
  EXPECT_EQ(injector_.decide(request).error, 0);
  const FileView newer = injector_.view_of("/data/f");
  request.file = &newer;
  EXPECT_FALSE(injector_.is_stale(newer));
  EXPECT_EQ(injector_.decide(request).error, EIO);
  request.file = &view;
  join("complete op=write errno ENOSPC");
  EXPECT_EQ(injector_.decide(request).error, ENOSPC);
}

TEST_F(OpenRules, AreReckonedWithBeforeTheyJoin) {
  EXPECT_TRUE(injector_.acts_on(Layer::wait));
  EXPECT_EQ(injector_.operations_of(Layer::complete), kAllOps);
  EXPECT_TRUE(injector_.wants_paths());
  EXPECT_TRUE(injector_.wants_time());
  EXPECT_FALSE(Injector().acts_on(Layer::wait));
  EXPECT_FALSE(Injector().open());
}

TEST_F(OpenRules, JoinWhileOthersDecide) {
  std::atomic<bool> over{false};
  std::atomic<bool> torn{false};
  const auto decide = [&] {
    while (!over) {
      const int error = injector_.decide(SubmitCall{{}, 1, {}}).error;
      if (error != 0 && error != EAGAIN) torn = true;
    }
  };
  std::thread first(decide);
  std::thread second(decide);
  for (int i = 0; i < 500; ++i) index_->remove(join("submit errno EAGAIN"));
  over = true;
  first.join();
  second.join();
  EXPECT_FALSE(torn);
  EXPECT_EQ(index_->count(), 500U);
}

}  // namespace
}  // namespace aioemu::fault
