// Random fault plans: every rule that the plan language can say, and nothing that it refuses.
//
//   holds([] { const fault::FaultPlan plan = any_plan(); ... });
//
// To be called inside a property (the functions draw with operator*), or through
// rc::gen::exec(any_plan). Shrinking makes the plans shorter and the numbers smaller.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "fault/capabilities.h"
#include "fault/legality.h"
#include "fault/plan.h"
#include "fault/profiles.h"
#include "fault/vocabulary.h"

namespace aioemu::property {

inline bool maybe() { return *rc::gen::arbitrary<bool>(); }
// low .. high, both included; small ones more often.
inline std::uint64_t amount(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t near = std::min(high, low + 20);
  const std::uint64_t end = maybe() ? near : high;
  return end == fault::kNoEnd ? *rc::gen::arbitrary<std::uint64_t>() % (end - low) + low
                              : *rc::gen::inRange(low, end + 1);
}

inline fault::Condition any_condition(fault::Subject subject) {
  using fault::Relation;
  fault::Condition made;
  std::vector<fault::Key> keys;
  for (std::size_t i = 0; i < fault::kKeys; ++i) {
    if (has_key(subject, static_cast<fault::Key>(i))) keys.push_back(static_cast<fault::Key>(i));
  }
  made.key = *rc::gen::elementOf(keys);
  made.relation = static_cast<Relation>(*rc::gen::inRange(0, 7));
  made.low = amount(0, fault::kNoEnd);
  if (made.relation == Relation::between) made.high = amount(made.low, fault::kNoEnd);
  return made;
}

inline fault::Match any_match() {
  fault::Match made;
  if (maybe()) {
    constexpr const char* kPieces[] = {"/",    "*",    "**", "?", "a", "data", ".",
                                       "\\\\", "\\\"", " ",  ";", "#", "é",    "'"};
    std::string path;
    const auto pieces = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14));
    for (const int piece : pieces) path += kPieces[piece];
    if (!path.empty() && path.size() < 200) RC_ASSERT(made.path.assign(path));
  }
  made.direct = static_cast<fault::Direct>(*rc::gen::inRange(0, 3));
  for (std::size_t i = 0; i < fault::flag_words().size(); ++i) {
    if (*rc::gen::inRange(0, 4) == 0) made.flags |= fault::flag_of(i);
  }
  return made;
}

inline void any_when(fault::Schedule& made) {
  made.first = amount(1, 1000);
  made.last = maybe() ? fault::kNoEnd : amount(made.first, 2000);
  made.step = amount(1, 50);
}

inline void any_ratio(fault::Schedule& made) {
  made.of = amount(2, 1000);
  do {
    made.chance = amount(1, made.of - 1);
  } while (std::gcd(made.chance, made.of) != 1);
}

inline fault::Schedule any_schedule(fault::Subject subject, bool spends_bytes) {
  fault::Schedule made;
  if (maybe()) any_when(made);
  if (maybe()) made.one_in = amount(1, 1000);
  if (maybe()) any_ratio(made);
  if (maybe()) made.times = amount(1, 100);
  if (maybe()) made.after = amount(0, fault::kNoEnd - 1);
  if (maybe()) made.duration = amount(1, fault::kNoEnd - 1);
  const bool may_budget = subject == fault::Subject::request && !spends_bytes;
  if (may_budget && maybe()) made.budget = amount(0, fault::kNoEnd - 1);
  if (maybe()) {
    auto letters = *rc::gen::container<std::string>(rc::gen::element('w', 'x'));
    letters.resize(std::min<std::size_t>(letters.size(), 60));
    if (maybe()) letters += maybe() ? 'X' : 'W';
    RC_ASSERT(made.seq.assign(letters));
  }
  return made;
}

// Some operations that the action can happen to, or none.
inline fault::OpSet any_ops(fault::OpSet possible) {
  fault::OpSet made = 0;
  for (const abi::Opcode op :
       {abi::Opcode::pread, abi::Opcode::pwrite, abi::Opcode::fsync, abi::Opcode::fdsync,
        abi::Opcode::poll, abi::Opcode::preadv, abi::Opcode::pwritev}) {
    if (maybe()) made |= fault::op_bit(op);
  }
  made &= possible;
  return made == fault::kAllOps ? fault::kNoOps : made;
}

inline std::vector<int> legal_errors(const fault::Site& site, fault::OpSet ops) {
  std::vector<int> legal;
  for (int number = 1; number < 134; ++number) {
    const Errno error{number};
    const std::string problem = site.subject == fault::Subject::request
                                    ? fault::problem_of_completion(error, ops)
                                    : fault::problem_of_call(error, site.layer);
    if (problem.empty() && errno_name(error) != "E?") legal.push_back(number);
  }
  return legal;
}

inline void any_bytes(fault::Act& act) {
  act.action = *rc::gen::element(fault::Action::short_to, fault::Action::short_by,
                                 fault::Action::short_sectors);
  act.amount = amount(act.action == fault::Action::short_by ? 1 : 0, fault::kNoEnd);
}

inline fault::Act any_act(const fault::Site& site, fault::OpSet ops) {
  using fault::Arguments;
  fault::Act act;
  act.action = site.action;
  switch (site.arguments) {
    case Arguments::none:
      break;
    case Arguments::error:
      act.amount = static_cast<std::uint64_t>(*rc::gen::elementOf(legal_errors(site, ops)));
      break;
    case Arguments::count:
      act.amount = amount(1, fault::kNoEnd);
      break;
    case Arguments::bytes:
      any_bytes(act);
      break;
    case Arguments::duration:
    case Arguments::optional_duration:
      act.amount = amount(0, fault::kNoEnd);
      break;
    case Arguments::durations:
      act.amount = amount(0, fault::kNoEnd);
      act.upper = maybe() ? act.amount : amount(act.amount, fault::kNoEnd);
      break;
    case Arguments::sectors:
      act.keep = static_cast<fault::Keep>(*rc::gen::inRange(0, 3));
      if (act.keep != fault::Keep::random) act.amount = amount(1, fault::kNoEnd);
      break;
    case Arguments::space:
      act.amount = amount(0, fault::kNoEnd);
      if (maybe()) act.refill = amount(1, fault::kNoEnd);
      if (act.refill != 0) act.after = amount(0, fault::kNoEnd);
      break;
  }
  return act;
}

inline fault::RuleBody any_rule_of(const fault::Site& site) {
  fault::RuleBody body;
  body.layer = site.layer;
  const bool about_requests = site.subject == fault::Subject::request;
  if (about_requests) body.ops = any_ops(site.ops);
  if (about_requests) body.match = any_match();
  if (site.arguments == fault::Arguments::error && legal_errors(site, body.ops).empty()) {
    body.ops = fault::kNoOps;
  }
  body.act = any_act(site, body.ops);
  body.condition_count = *rc::gen::inRange<std::uint32_t>(0, fault::kMaxConditions + 1);
  for (std::uint32_t i = 0; i < body.condition_count; ++i) {
    body.conditions[i] = any_condition(site.subject);
  }
  body.schedule = any_schedule(site.subject, site.arguments == fault::Arguments::space);
  body.goes_on = maybe();
  body.persist = static_cast<fault::Persist>(*rc::gen::inRange(0, 3));
  if (body.persist == fault::Persist::persistent) body.schedule.times = fault::kNoEnd;
  return body;
}

inline fault::RuleBody any_rule() {
  const std::size_t site = *rc::gen::inRange<std::size_t>(0, fault::sites().size());
  return any_rule_of(fault::sites()[site]);
}

inline fault::Order any_order() {
  fault::Order made;
  made.kind = static_cast<fault::Order::Kind>(*rc::gen::inRange(0, 5));
  if (made.kind != fault::Order::Kind::pct) return made;
  made.depth = amount(1, 100);
  if (maybe()) made.steps = amount(1, 100000);
  return made;
}

inline fault::FaultPlan any_plan() {
  fault::FaultPlan plan;
  if (maybe()) plan.seed = amount(0, fault::kNoEnd);
  if (maybe()) plan.aio_max_nr = amount(0, fault::kNoEnd);
  if (maybe()) plan.sector = 512U << *rc::gen::inRange(0, 4);
  if (maybe()) plan.block = 4096U << *rc::gen::inRange(0, 4);
  if (maybe()) plan.legal = static_cast<fault::LegalSet>(*rc::gen::inRange(1, 8));
  if (maybe()) plan.order = any_order();
  const int rules = *rc::gen::inRange(0, 6);
  for (int i = 0; i < rules; ++i) {
    fault::FaultRule rule;
    if (maybe()) rule.name = "rule-" + std::to_string(i);
    rule.body = any_rule();
    plan.rules.push_back(rule);
  }
  for (const std::string_view name : fault::profile_names()) {
    if (*rc::gen::inRange(0, 10) == 0) plan.profiles.emplace_back(name);
  }
  return plan;
}

}  // namespace aioemu::property
