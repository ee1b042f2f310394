// Rules that join a World's plan and leave it while the program runs.
//
// Numbers of rules are never used again: requests in flight remember who decided about them. So a
// rule that leaves keeps its place and its counters, and only the index forgets it.
#include <algorithm>
#include <stdexcept>

#include "fault/capabilities.h"
#include "sim/engine.h"

namespace aioemu::sim {
namespace {

[[noreturn]] void refuse(const fault::PlanError& error) {
  throw std::invalid_argument(fault::describe(error));
}

// The rules in `text` with nothing else, ready for a World whose plan allows `legal`.
fault::FaultPlan rules_in(std::string_view text, const std::optional<fault::LegalSet>& legal) {
  auto parsed = fault::parse(text, "rules");
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) refuse(*error);
  auto& plan = std::get<fault::FaultPlan>(parsed);
  const bool settings = plan.seed || plan.aio_max_nr || plan.sector || plan.block || plan.legal ||
                        plan.order || !plan.profiles.empty();
  if (settings || plan.rules.empty()) {
    throw std::invalid_argument(
        "rules that join a World are rules and nothing else: a seed, an "
        "order, settings and profiles belong into its own plan");
  }
  plan.legal = legal;
  auto prepared = fault::prepare(plan, fault::world_capabilities());
  if (const auto* error = std::get_if<fault::PlanError>(&prepared)) refuse(*error);
  return std::get<fault::FaultPlan>(std::move(prepared));
}

std::vector<fault::RuleState> copied(const std::vector<fault::RuleState>& states,
                                     std::size_t count) {
  std::vector<fault::RuleState> made(count);
  for (std::size_t i = 0; i < states.size(); ++i) {
    made[i].eligible = states[i].eligible.load();
    made[i].fired = states[i].fired.load();
    made[i].suppressed = states[i].suppressed.load();
    made[i].bytes = states[i].bytes.load();
    made[i].full_since = states[i].full_since.load();
    made[i].refills = states[i].refills.load();
  }
  return made;
}

}  // namespace

AddedRules Engine::add_rules(std::string_view text) {
  // Contexts and requests that nobody noted cannot be decided about.
  if (!attended_ && system_.aio_nr() != 0) {
    throw std::logic_error(
        "a World without oracles and without a plan takes rules only as long as "
        "it has no context");
  }
  const fault::FaultPlan more = rules_in(text, plan_.legal);
  fault::FaultPlan plan = plan_;
  if (plan.rules.size() + more.rules.size() > fault::kMaxRules) {
    throw std::invalid_argument("a World has at most 1024 rules in its life");
  }
  if (const auto clash = append(plan, more, "rules")) refuse(*clash);
  const AddedRules added{plan_.rules.size(), more.rules.size()};
  plan_ = std::move(plan);
  rules_ = fault::compile(plan_);
  states_ = copied(states_, rules_.size());
  if (rule_index_ == nullptr) rule_index_ = std::make_unique<fault::RuleIndex>();
  for (std::size_t i = rule_index_->count(); i < rules_.size(); ++i) {
    rule_index_->add(i, rules_[i].body);
  }
  injector_ = fault::Injector(rules_, states_, seed_of_rules_, *rule_index_);
  injector_.draw_from(options_.choices);
  for (auto& [path, view] : views_) view = injector_.view_of(path);
  attended_ = true;
  return added;
}

void Engine::remove_rules(const AddedRules& rules) {
  for (std::size_t i = rules.first; i < rules.first + rules.count; ++i) {
    rule_index_->remove(i);
    plan_.rules[i].name.clear();  // free for the next one
  }
}

std::uint64_t Engine::fired(const AddedRules& rules) const {
  std::uint64_t count = 0;
  for (std::size_t i = rules.first; i < rules.first + rules.count; ++i) {
    count += states_[i].fired.load();
  }
  return count;
}

}  // namespace aioemu::sim
