// The plan language and the injector: what holds for every plan that can be written.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fault/capabilities.h"
#include "fault/explain.h"
#include "fault/injector.h"
#include "fault/profiles.h"
#include "tests/property/property.h"
#include "tests/support/plan_generator.h"

namespace aioemu {
namespace {

using fault::FaultPlan;
using property::any_plan;
using property::holds;

FaultPlan reread(const std::string& text) {
  const auto parsed = fault::parse(text, "printed");
  const auto* error = std::get_if<fault::PlanError>(&parsed);
  if (error != nullptr) RC_FAIL(describe(*error));
  return std::get<FaultPlan>(parsed);
}

fault::AcceptedRequest any_request() {
  fault::AcceptedRequest made;
  made.identity.submit = *rc::gen::inRange<std::uint64_t>(0, 4);
  made.op = *rc::gen::element(abi::Opcode::pread, abi::Opcode::pwrite, abi::Opcode::fsync,
                              abi::Opcode::poll, abi::Opcode::pwritev);
  made.fd = *rc::gen::inRange(0, 20);
  made.nr = *rc::gen::inRange<std::uint64_t>(1, 20);
  made.length = *rc::gen::inRange<std::uint64_t>(0, 9000);
  made.offset = *rc::gen::inRange<std::int64_t>(0, 100000);
  made.nowait = property::maybe();
  made.direct = property::maybe();
  made.at.now = *rc::gen::inRange<std::uint64_t>(0, 10000000000);
  return made;
}

struct Counters {
  explicit Counters(const FaultPlan& plan) : rules(compile(plan)), states(rules.size()) {}
  std::vector<fault::CompiledRule> rules;
  std::vector<fault::RuleState> states;
};

TEST(PlanProperty, WhatIsPrintedIsReadAsTheSamePlan) {
  holds([] {
    const FaultPlan plan = any_plan();
    const std::string text = print(plan);
    RC_LOG() << text;
    const FaultPlan again = reread(text);
    RC_ASSERT(again == plan);
    RC_ASSERT(print(again) == text);
  });
}

TEST(PlanProperty, TheVersionMayStandInFront) {
  holds([] {
    const FaultPlan plan = any_plan();
    RC_ASSERT(reread("plan 1\n" + print(plan)) == plan);
  });
}

TEST(PlanProperty, NoDamagedTextIsReadWithoutAPlace) {
  holds([] {
    std::string text = print(any_plan());
    RC_PRE(!text.empty());
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::element('x', '=', '"', '\n', '#', '9', '.', ':', '\\');
    const auto parsed = fault::parse(text, "damaged");
    const auto* error = std::get_if<fault::PlanError>(&parsed);
    if (error == nullptr) return;
    RC_ASSERT(error->line >= 1);
    RC_ASSERT(error->column >= 1);
    RC_ASSERT(static_cast<std::size_t>(error->column) <= error->excerpt.size() + 1);
    RC_ASSERT(!error->message.empty());
  });
}

TEST(PlanProperty, EveryRuleIsExplained) {
  holds([] {
    fault::FaultRule rule;
    rule.body = property::any_rule();
    for (const fault::Explained& line : explain(rule, fault::kDefaultLegal)) {
      RC_ASSERT(!line.label.empty());
      RC_ASSERT(!line.text.empty());
    }
  });
}

TEST(PlanProperty, WhatOneEngineCannotDoIsNeverSilent) {
  holds([] {
    FaultPlan plan = any_plan();
    plan.profiles.clear();
    const fault::Capabilities& owner = fault::run_capabilities();
    const auto prepared = prepare(plan, owner);
    bool refused = !illegal(plan).empty() || (plan.block.has_value() && !owner.disk);
    if (plan.order) {
      refused = refused || (owner.orders >> static_cast<unsigned>(plan.order->kind) & 1U) == 0;
    }
    for (const fault::FaultRule& rule : plan.rules) {
      refused = refused || !gap(rule.body, owner).empty();
      RC_ASSERT(supports(owner, site_of(rule.body)) || !gap(rule.body, owner).empty());
    }
    if (refused) RC_ASSERT(std::holds_alternative<fault::PlanError>(prepared));
  });
}

TEST(PlanProperty, DecisionsRepeatThemselvesAndCountsAddUp) {
  holds([] {
    FaultPlan plan = any_plan();
    plan.profiles.clear();
    const auto requests =
        *rc::gen::container<std::vector<fault::AcceptedRequest>>(rc::gen::exec(any_request));
    Counters one(plan);
    Counters two(plan);
    const fault::Injector first(one.rules, one.states, 7);
    const fault::Injector second(two.rules, two.states, 7);
    for (const fault::AcceptedRequest& request : requests) {
      const fault::CompleteDecision decision = first.decide(request);
      const fault::CompleteDecision again = second.decide(request);
      RC_ASSERT(decision.rule == again.rule);
      RC_ASSERT(decision.time == again.time);
      RC_ASSERT(decision.bytes == again.bytes);
      if (decision.kind == fault::CompleteDecision::Kind::short_count) {
        RC_ASSERT(decision.bytes < request.length);
      }
    }
    for (const fault::RuleState& state : one.states) {
      RC_ASSERT(state.fired.load() + state.suppressed.load() <= state.eligible.load());
      RC_ASSERT(state.eligible.load() <= requests.size());
    }
  });
}

}  // namespace
}  // namespace aioemu
