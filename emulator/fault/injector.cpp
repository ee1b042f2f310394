#include "fault/injector.h"

#include <map>

#include "base/check.h"
#include "base/prng.h"
#include "fault/legality.h"

namespace aioemu::fault {
namespace {

// FNV-1a, then mixed: the same on every machine.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return Prng::mix(value);
}

std::uint64_t draw(std::uint64_t seed, std::uint64_t stream, const Identity& identity) noexcept {
  std::uint64_t value = Prng::mix(seed ^ stream);
  for (const std::uint64_t part :
       {identity.process, identity.context, identity.submit, identity.index}) {
    value = Prng::mix(value + 0x9e3779b97f4a7c15ULL + part);
  }
  return value;
}

bool holds(Relation relation, std::uint64_t value, const Condition& condition) noexcept {
  switch (relation) {
    case Relation::equal:
      return value == condition.low;
    case Relation::not_equal:
      return value != condition.low;
    case Relation::less:
      return value < condition.low;
    case Relation::at_most:
      return value <= condition.low;
    case Relation::greater:
      return value > condition.low;
    case Relation::at_least:
      return value >= condition.low;
    case Relation::between:
      return value >= condition.low && value <= condition.high;
  }
  return false;
}

// The bytes offset .. offset+length-1; an empty request overlaps what contains its offset.
bool overlaps(const AcceptedRequest& request, const Condition& range) noexcept {
  const auto first = static_cast<std::uint64_t>(request.offset);
  const std::uint64_t last = first + (request.length > 0 ? request.length - 1 : 0);
  return first <= range.high && last >= range.low;
}

bool holds(const Condition& condition, const AcceptedRequest& request) noexcept {
  switch (condition.key) {
    case Key::fd:
      return holds(condition.relation, static_cast<std::uint32_t>(request.fd), condition);
    case Key::nr:
      return holds(condition.relation, request.nr, condition);
    case Key::len:
      return holds(condition.relation, request.length, condition);
    case Key::offset:
      if (condition.relation == Relation::between) return overlaps(request, condition);
      return holds(condition.relation, static_cast<std::uint64_t>(request.offset), condition);
  }
  return false;
}

// Can the action happen to this request at all? One that cannot is not eligible.
bool possible(const RuleBody& rule, const AcceptedRequest& request) noexcept {
  const bool transfer = ((kReadOps | kWriteOps) & op_bit(request.op)) != 0;
  switch (rule.action) {
    case Action::error:
      return legal_for(static_cast<Errno>(rule.amount), request);
    case Action::short_to:
      return transfer && rule.amount < request.length;
    case Action::short_by:
      return transfer && rule.amount <= request.length;
    case Action::partial:
      return false;
  }
  return false;
}

bool matches(const RuleBody& rule, const AcceptedRequest& request) noexcept {
  if (rule.layer != Layer::complete) return false;
  if (rule.ops != kNoOps && (rule.ops & op_bit(request.op)) == 0) return false;
  for (std::uint32_t i = 0; i < rule.condition_count; ++i) {
    if (!holds(rule.conditions[i], request)) return false;
  }
  return possible(rule, request);
}

// A submit rule has conditions on `nr` alone: the parser sees to that.
bool matches(const RuleBody& rule, const SubmitCall& call) noexcept {
  if (rule.layer != Layer::submit) return false;
  for (std::uint32_t i = 0; i < rule.condition_count; ++i) {
    if (!holds(rule.conditions[i].relation, call.nr, rule.conditions[i])) return false;
  }
  return rule.action != Action::partial || rule.amount < call.nr;
}

// Is the nth eligible call or request (from 1) one that `when=` names?
bool scheduled(const Schedule& schedule, std::uint64_t nth) noexcept {
  return nth >= schedule.first && nth <= schedule.last &&
         (nth - schedule.first) % schedule.step == 0;
}

// Counts one more firing unless that would exceed `times`.
bool claim(std::atomic<std::uint64_t>& fired, std::uint64_t times) noexcept {
  std::uint64_t before = fired.load(std::memory_order_relaxed);
  do {
    if (before >= times) return false;
  } while (!fired.compare_exchange_weak(before, before + 1, std::memory_order_relaxed));
  return true;
}

CompleteDecision decision_of(int rule, const RuleBody& body, std::uint64_t length) noexcept {
  using Kind = CompleteDecision::Kind;
  if (body.action == Action::error) return {Kind::error, rule, static_cast<int>(body.amount), 0};
  return {Kind::short_count, rule, 0,
          body.action == Action::short_to ? body.amount : length - body.amount};
}

}  // namespace

std::vector<CompiledRule> compile(const FaultPlan& plan) {
  std::vector<CompiledRule> compiled;
  std::map<std::string, std::uint64_t> seen;
  for (const FaultRule& rule : plan.rules) {
    // Rules with the same text draw from different streams: the count tells them apart.
    const std::string text = print(FaultRule{{}, rule.body});
    compiled.push_back({rule.body, Prng::mix(hash(text) + seen[text]++)});
  }
  return compiled;
}

Injector::Injector(std::span<const CompiledRule> rules, std::span<RuleState> states,
                   std::uint64_t seed) noexcept
    : rules_(rules), states_(states), seed_(seed) {
  AIOEMU_CHECK(rules.size() == states.size());
  for (const CompiledRule& rule : rules) {
    (rule.body.layer == Layer::submit ? on_submit_ : on_complete_) = true;
  }
}

bool Injector::fires(std::size_t rule, const Identity& identity) const noexcept {
  const Schedule& schedule = rules_[rule].body.schedule;
  RuleState& state = states_[rule];
  const std::uint64_t nth = state.eligible.fetch_add(1, std::memory_order_relaxed) + 1;
  if (!scheduled(schedule, nth)) return false;
  if (schedule.one_in > 1 && draw(seed_, rules_[rule].stream, identity) % schedule.one_in != 0) {
    return false;
  }
  return claim(state.fired, schedule.times);
}

SubmitDecision Injector::decide(const SubmitCall& call) const noexcept {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const RuleBody& body = rules_[i].body;
    if (!matches(body, call) || !fires(i, call.identity)) continue;
    const int rule = static_cast<int>(i);
    if (body.action == Action::error) return {rule, static_cast<int>(body.amount), kNoEnd};
    return {rule, 0, body.amount};
  }
  return {};
}

CompleteDecision Injector::decide(const AcceptedRequest& request) const noexcept {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!matches(rules_[i].body, request) || !fires(i, request.identity)) continue;
    return decision_of(static_cast<int>(i), rules_[i].body, request.length);
  }
  return {};
}

void Injector::take_back(int rule) const noexcept {
  if (rule == kNoRule) return;
  states_[static_cast<std::size_t>(rule)].fired.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace aioemu::fault
