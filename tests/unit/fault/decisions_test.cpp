// What the injector answers at each layer.
#include <gtest/gtest.h>

#include "fault/injector.h"
#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

TEST(SetupDecisions, FailTheCall) {
  const Deciding plan("setup when=1 errno EAGAIN");
  EXPECT_TRUE(plan.injector.acts_on(Layer::setup));
  EXPECT_EQ(plan.injector.decide(SetupCall{{}, 32}).error, EAGAIN);
  EXPECT_EQ(plan.injector.decide(SetupCall{{}, 32}).error, 0);
}

TEST(SetupDecisions, MatchTheNumberOfEventsAndTheContext) {
  const Deciding plan("setup nr>=100 ctx=2 errno ENOMEM");
  EXPECT_EQ(plan.injector.decide(SetupCall{{}, 128}).rule, kNoRule);
  Identity second;
  second.context = 1;
  EXPECT_EQ(plan.injector.decide(SetupCall{second, 99}).rule, kNoRule);
  EXPECT_EQ(plan.injector.decide(SetupCall{second, 100}).error, ENOMEM);
}

TEST(SubmitDecisions, MatchWhatIsInFlight) {
  const Deciding plan("submit inflight==0 errno EAGAIN");
  EXPECT_EQ(plan.injector.decide(SubmitCall{{}, 1, {0, 3, 0}}).rule, kNoRule);
  EXPECT_EQ(plan.injector.decide(SubmitCall{{}, 1, {0, 0, 0}}).error, EAGAIN);
}

TEST(SubmitDecisions, BlockAndCompleteEarly) {
  EXPECT_EQ(Deciding("submit block 3ms").injector.decide(SubmitCall{{}, 1}).block, 3000000U);
  const SubmitDecision early = Deciding("submit complete_early").injector.decide(SubmitCall{{}, 1});
  EXPECT_TRUE(early.complete_early);
  EXPECT_EQ(early.early_rule, 0);
  EXPECT_EQ(early.rule, kNoRule);
}

TEST(SubmitDecisions, CombineWithContinue) {
  const Deciding plan(
      "submit continue block 1ms; submit continue complete_early; submit block 2ms; "
      "submit partial 1; submit errno EAGAIN");
  const SubmitDecision decision = plan.injector.decide(SubmitCall{{}, 2});
  EXPECT_EQ(decision.block, 1000000U);
  EXPECT_TRUE(decision.complete_early);
  EXPECT_EQ(decision.accept, 1U);
  EXPECT_EQ(decision.rule, 3);
  // What was decided already does not advance, nor does what comes behind a rule that ended it.
  EXPECT_EQ(plan.eligible(2), 0U);
  EXPECT_EQ(plan.eligible(4), 0U);
}

TEST(CompleteDecisions, DelayStallAndHang) {
  using Timing = CompleteDecision::Timing;
  const CompleteDecision delay = Deciding("complete delay 7ns").injector.decide(write_request());
  EXPECT_EQ(delay.timing, Timing::delay);
  EXPECT_EQ(delay.time, 7U);
  EXPECT_EQ(delay.timing_rule, 0);
  EXPECT_EQ(delay.rule, kNoRule);
  EXPECT_EQ(Deciding("complete stall 2s").injector.decide(write_request()).timing, Timing::stall);
  EXPECT_EQ(Deciding("complete hang").injector.decide(write_request()).timing, Timing::hang);
}

TEST(CompleteDecisions, DrawDelaysFromTheirRange) {
  const Deciding plan("complete delay 10ns..13ns", 3);
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    AcceptedRequest asked = write_request();
    asked.identity.submit = i;
    const std::uint64_t time = plan.injector.decide(asked).time;
    ASSERT_GE(time, 10U);
    ASSERT_LE(time, 13U);
    seen |= 1U << (time - 10);
  }
  EXPECT_EQ(seen, 15U);
}

TEST(CompleteDecisions, DelayAnErrorWithContinue) {
  const Deciding plan("complete continue delay 1ms; complete when=2 errno EIO");
  const CompleteDecision first = plan.injector.decide(write_request());
  EXPECT_EQ(first.kind, CompleteDecision::Kind::none);
  EXPECT_EQ(first.time, 1000000U);
  const CompleteDecision second = plan.injector.decide(write_request());
  EXPECT_EQ(second.error, EIO);
  EXPECT_EQ(second.rule, 1);
  EXPECT_EQ(second.time, 1000000U);
  EXPECT_EQ(second.timing_rule, 0);
}

TEST(CompleteDecisions, CountSectorsAsTheyAreSet) {
  const Deciding plan("set sector=4096; complete short sectors:1");
  EXPECT_EQ(plan.injector.decide(write_request(4096)).rule, kNoRule);
  EXPECT_EQ(plan.injector.decide(write_request(8192)).bytes, 4096U);
  EXPECT_EQ(Deciding("complete short sectors:2").injector.decide(write_request()).bytes, 1024U);
}

TEST(CompleteDecisions, MatchEverythingThatARequestHas) {
  const Deciding plan(
      "complete direct=yes flags=nowait,dsync data=7 ctx=2 thread=3 batch_index=4 inflight>=5 "
      "errno EIO");
  AcceptedRequest asked = write_request();
  asked.direct = true;
  asked.flags = abi::kRwfNowait | abi::kRwfDsync | abi::kRwfHipri;
  asked.data = 7;
  asked.identity.context = 1;
  asked.identity.index = 4;
  asked.at = {2, 5, 0};
  EXPECT_EQ(plan.injector.decide(asked).error, EIO);
  for (int change = 0; change < 7; ++change) {
    AcceptedRequest other = asked;
    if (change == 0) other.direct = false;
    if (change == 1) other.flags = abi::kRwfNowait;
    if (change == 2) other.data = 8;
    if (change == 3) other.identity.context = 2;
    if (change == 4) other.at.thread = 0;
    if (change == 5) other.identity.index = 3;
    if (change == 6) other.at.inflight = 4;
    EXPECT_EQ(plan.injector.decide(other).rule, kNoRule) << change;
  }
}

TEST(Paths, AreLookedUpOncePerFile) {
  const Deciding plan("complete path=/data/** op=read errno EIO; complete errno ESTALE");
  EXPECT_TRUE(plan.injector.wants_paths());
  const FileView inside = plan.injector.view_of("/data/x/y");
  const FileView outside = plan.injector.view_of("/tmp/x");
  AcceptedRequest asked = read_request();
  asked.file = &inside;
  EXPECT_EQ(plan.injector.decide(asked).error, EIO);
  asked.file = &outside;
  EXPECT_EQ(plan.injector.decide(asked).error, ESTALE);
  asked.file = nullptr;
  EXPECT_EQ(plan.injector.decide(asked).error, ESTALE);
  EXPECT_FALSE(Deciding("complete errno EIO").injector.wants_paths());
}

TEST(Rules, CanBeAThousand) {
  std::string text;
  for (int i = 0; i < 1023; ++i) text += "complete op=read fd=" + std::to_string(i + 9) + " hang\n";
  const Deciding plan(text + "complete op=read fd=5 errno EIO");
  AcceptedRequest asked = read_request();
  asked.fd = 5;
  EXPECT_EQ(plan.injector.decide(asked).rule, 1023);
  asked.op = abi::Opcode::pwrite;
  EXPECT_EQ(plan.injector.decide(asked).rule, kNoRule);
}

TEST(WaitDecisions, EndAWaitThatReapedNothing) {
  const Deciding plan("wait errno EINTR");
  EXPECT_EQ(plan.injector.decide(WaitCall{{}, 1, 8, false}).rule, kNoRule);
  EXPECT_EQ(plan.eligible(0), 0U);
  EXPECT_EQ(plan.injector.decide(WaitCall{{}, 1, 8, true}).error, EINTR);
}

TEST(WaitDecisions, ReturnEarlyBelowMinNr) {
  const Deciding plan("wait min_nr>1 early 2");
  EXPECT_EQ(plan.injector.decide(WaitCall{{}, 2, 8}).rule, kNoRule);
  const WaitDecision decision = plan.injector.decide(WaitCall{{}, 3, 8});
  EXPECT_EQ(decision.error, 0);
  EXPECT_EQ(decision.most, 2U);
}

TEST(WaitDecisions, SignalAnEventfdLate) {
  const Deciding plan("wait op=read eventfd_late; wait early 1");
  EXPECT_EQ(plan.injector.decide(EventfdSignal{read_request()}).late, 5000000U);
  EXPECT_EQ(plan.injector.decide(EventfdSignal{write_request()}).rule, kNoRule);
  EXPECT_EQ(plan.injector.decide(WaitCall{{}, 2, 8}).rule, 1);
}

TEST(CancelDecisions, SayHowItGoes) {
  using Kind = CancelDecision::Kind;
  const CancelCall call{request(abi::Opcode::poll, 0)};
  EXPECT_EQ(Deciding("cancel einval").injector.decide(call).kind, Kind::einval);
  EXPECT_EQ(Deciding("cancel inprogress_done").injector.decide(call).kind, Kind::inprogress_done);
  EXPECT_EQ(Deciding("cancel op=poll inprogress_canceled").injector.decide(call).kind,
            Kind::inprogress_canceled);
  EXPECT_EQ(Deciding("cancel op=read einval").injector.decide(call).kind, Kind::none);
}

TEST(MediumDecisions, ComeWithAllThatADiskNeeds) {
  const Deciding plan("medium torn_write keep=last:3", 9);
  const MediumDecision decision = plan.injector.decide(MediumAccess{write_request()});
  EXPECT_TRUE(decision.fires);
  EXPECT_EQ(decision.action, Action::torn_write);
  EXPECT_EQ(decision.keep, Keep::last);
  EXPECT_EQ(decision.sectors, 3U);
  EXPECT_TRUE(decision.sticky);
  EXPECT_EQ(decision.random, plan.injector.decide(MediumAccess{write_request()}).random);
  EXPECT_NE(decision.random, plan.injector.decide(MediumAccess{write_request(4096, 4096)}).random);
  EXPECT_FALSE(plan.injector.decide(MediumAccess{read_request()}).fires);
  EXPECT_FALSE(Deciding("medium persist=transient bit_rot")
                   .injector.decide(MediumAccess{read_request()})
                   .sticky);
}

TEST(DurabilityDecisions, FailAnFsync) {
  const Deciding plan("durability when=2 fsync eio_revert");
  const DurabilityEvent sync{request(abi::Opcode::fdsync, 0)};
  EXPECT_FALSE(plan.injector.decide(sync).fires);
  EXPECT_EQ(plan.injector.decide(sync).action, Action::fsync_eio_revert);
  EXPECT_FALSE(plan.injector.decide(DurabilityEvent{write_request(), 4096}).fires);
}

TEST(DurabilityDecisions, CutThePowerAtAnyRequest) {
  const Deciding plan("durability when=3 power_cut");
  EXPECT_FALSE(plan.injector.decide(DurabilityEvent{read_request()}).fires);
  EXPECT_FALSE(plan.injector.decide(DurabilityEvent{write_request(), 4096}).fires);
  EXPECT_EQ(plan.injector.decide(DurabilityEvent{request(abi::Opcode::fsync, 0)}).action,
            Action::power_cut);
}

DurabilityDecision grow(const Deciding& plan, std::uint64_t bytes, std::uint64_t now = 0) {
  DurabilityEvent event{write_request(bytes), bytes};
  event.request.at.now = now;
  return plan.injector.decide(event);
}

TEST(DurabilityDecisions, SpendABudgetOfSpace) {
  const Deciding plan("durability enospc budget=10000");
  EXPECT_FALSE(grow(plan, 8000).fires);
  const DurabilityDecision last = grow(plan, 4096);
  EXPECT_TRUE(last.fires);
  EXPECT_EQ(last.room, 2000U);
  EXPECT_TRUE(grow(plan, 1).fires);
  EXPECT_EQ(grow(plan, 1).room, 0U);
  EXPECT_FALSE(grow(plan, 0).fires);  // an overwrite wants no space
  EXPECT_EQ(plan.eligible(0), 5U);
  EXPECT_EQ(plan.fired(0), 3U);
}

TEST(DurabilityDecisions, FreeSpaceAgain) {
  const Deciding plan("durability enospc budget=1000 refill=500 after=10ns");
  EXPECT_FALSE(grow(plan, 1000, 0).fires);
  EXPECT_EQ(grow(plan, 100, 5).room, 0U);
  EXPECT_TRUE(grow(plan, 100, 14).fires);
  EXPECT_FALSE(grow(plan, 500, 15).fires);
  EXPECT_TRUE(grow(plan, 1, 16).fires);
  EXPECT_FALSE(grow(plan, 1, 26).fires);
}

TEST(HostileDecisions, NameTheAction) {
  const Deciding plan("set legal=illegal; hostile op=read event_before_data; hostile duplicate");
  EXPECT_EQ(plan.injector.decide(HostileChance{read_request()}).action, Action::event_before_data);
  EXPECT_EQ(plan.injector.decide(HostileChance{write_request()}).action, Action::duplicate);
  EXPECT_FALSE(Deciding("complete hang").injector.decide(HostileChance{read_request()}).fires);
}

TEST(Fired, SumsByNameTextAndLayer) {
  const FaultPlan plan = plan_of("a: complete errno EIO; complete hang; submit partial 1");
  std::vector<RuleState> states(3);
  states[0].fired = 2;
  states[1].fired = 3;
  states[2].fired = 4;
  EXPECT_EQ(fired(plan, states, "a"), 2U);
  EXPECT_EQ(fired(plan, states, "complete hang"), 3U);
  EXPECT_EQ(fired(plan, states, "complete"), 5U);
  EXPECT_EQ(fired(plan, states, "nobody"), 0U);
}

}  // namespace
}  // namespace aioemu::fault
