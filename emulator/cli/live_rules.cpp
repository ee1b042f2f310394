#include "cli/live_rules.h"

#include <optional>
#include <variant>

#include "fault/capabilities.h"
#include "observe/trace_format.h"

namespace aioemu::cli {
namespace {

using fault::FaultPlan;

std::string refusal(const fault::PlanError& error) {
  return "error " + std::to_string(error.line) + ":" + std::to_string(error.column) + " " +
         error.message;
}

// What can only be said before the program starts.
bool has_settings(const FaultPlan& plan) {
  return plan.seed || plan.aio_max_nr || plan.sector || plan.block || plan.legal || plan.order;
}

// Faults that need to have seen what was there before.
bool comes_too_late(const fault::FaultRule& rule) {
  return rule.body.act.action == fault::Action::stale_read ||
         rule.body.act.action == fault::Action::event_before_data;
}

}  // namespace

LiveRules::LiveRules(host::Session& session, FaultPlan plan)
    : session_(session), plan_(std::move(plan)), words_(observe::rule_words(plan_)) {}

FaultPlan LiveRules::plan() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return plan_;
}

std::uint64_t LiveRules::changes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return changes_;
}

// Without the rules that have been taken away.
FaultPlan LiveRules::living() const {
  FaultPlan plan = plan_;
  plan.rules.clear();
  for (std::size_t i = 0; i < plan_.rules.size(); ++i) {
    if (session_.layout()->index.contains(i)) plan.rules.push_back(plan_.rules[i]);
  }
  return plan;
}

std::string LiveRules::add(std::string_view statement) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto parsed = fault::parse(statement, "control");
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) return refusal(*error);
  const auto& more = std::get<FaultPlan>(parsed);
  if (has_settings(more)) return "error 1:1 only rules and profiles can join a run";
  FaultPlan combined = living();
  const std::size_t before = combined.rules.size();
  if (const auto clash = append(combined, more, "control")) return refusal(*clash);
  const auto prepared = fault::prepare(combined, fault::run_capabilities());
  if (const auto* error = std::get_if<fault::PlanError>(&prepared)) return refusal(*error);
  return publish(std::get<FaultPlan>(prepared), before);
}

std::string LiveRules::publish(const FaultPlan& combined, std::size_t first) {
  const std::vector<fault::CompiledRule> compiled = fault::compile(combined);
  if (first == compiled.size()) return "error 1:1 says nothing";
  if (plan_.rules.size() + compiled.size() - first > host::kMaxRules) {
    return "error 1:1 a run has at most " + std::to_string(host::kMaxRules) + " rules in all";
  }
  for (std::size_t i = first; i < compiled.size(); ++i) {
    if (comes_too_late(combined.rules[i])) {
      return "error 1:1 needs to have seen what was there before: put it into the plan";
    }
  }
  std::string answer = "ok";
  for (std::size_t i = first; i < compiled.size(); ++i) {
    const fault::FaultRule& rule = combined.rules[i];
    plan_.rules.push_back(rule);
    words_.push_back(observe::rule_word(rule, words_));
    // The trace must know the rule before anybody can be hit by it.
    if (joined_) joined_(words_.back(), fault::print(rule));
    session_.add_rule(compiled[i]);
    answer += (i == first ? " " : "; ") + fault::title(rule);
  }
  ++changes_;
  return answer;
}

std::string LiveRules::remove(std::string_view name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan_.rules.size(); ++i) {
    if (fault::title(plan_.rules[i]) != name) continue;
    if (session_.layout()->index.remove(i)) ++count;
  }
  if (count == 0) return "error 1:1 no rule is called '" + std::string(name) + "'";
  ++changes_;
  return "ok " + std::to_string(count);
}

std::string LiveRules::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan_.rules.size(); ++i) {
    if (session_.layout()->index.remove(i)) ++count;
  }
  ++changes_;
  return "ok " + std::to_string(count);
}

std::string LiveRules::pause(bool on) {
  const std::lock_guard<std::mutex> lock(mutex_);
  session_.layout()->index.pause(on);
  ++changes_;
  return "ok";
}

}  // namespace aioemu::cli
