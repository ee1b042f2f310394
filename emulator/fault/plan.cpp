#include "fault/plan.h"

#include <algorithm>

namespace aioemu::fault {
namespace {

template <typename Value>
void keep_first(std::optional<Value>& value, const std::optional<Value>& other) {
  if (!value) value = other;
}

bool has_name(const FaultPlan& plan, const std::string& name) {
  return !name.empty() && std::any_of(plan.rules.begin(), plan.rules.end(),
                                      [&](const FaultRule& rule) { return rule.name == name; });
}

}  // namespace

std::string describe(const PlanError& error) {
  // The caret line keeps the tabs of the line above it, so that both are as wide.
  std::string margin = error.excerpt.substr(0, static_cast<std::size_t>(error.column - 1));
  for (char& c : margin) c = c == '\t' ? '\t' : ' ';
  return error.source + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) +
         ": " + error.message + "\n  " + error.excerpt + "\n  " + margin + "^";
}

PlanError error_about(const FaultRule& rule, std::string message) {
  PlanError error;
  error.source = rule.origin.source.empty() ? "plan" : rule.origin.source;
  error.line = rule.origin.line;
  error.message = std::move(message);
  error.excerpt = print(rule);
  return error;
}

std::optional<PlanError> append(FaultPlan& plan, const FaultPlan& more, std::string_view source) {
  for (const FaultRule& rule : more.rules) {
    if (!has_name(plan, rule.name)) continue;
    PlanError error = error_about(rule, "there is already a rule named '" + rule.name + "'");
    error.source = source;
    return error;
  }
  plan.rules.insert(plan.rules.end(), more.rules.begin(), more.rules.end());
  for (const std::string& profile : more.profiles) {
    if (std::find(plan.profiles.begin(), plan.profiles.end(), profile) != plan.profiles.end()) {
      continue;
    }
    plan.profiles.push_back(profile);
  }
  keep_first(plan.seed, more.seed);
  keep_first(plan.aio_max_nr, more.aio_max_nr);
  keep_first(plan.sector, more.sector);
  keep_first(plan.block, more.block);
  keep_first(plan.legal, more.legal);
  keep_first(plan.order, more.order);
  return std::nullopt;
}

std::vector<PlanError> illegal(const FaultPlan& plan) {
  std::vector<PlanError> errors;
  const LegalSet allowed = plan.legal.value_or(kDefaultLegal);
  for (const FaultRule& rule : plan.rules) {
    const Legality legality = legality_of(rule.body);
    if ((allowed & legal_bit(legality)) != 0) continue;
    const bool hostile = legality == Legality::illegal;
    errors.push_back(error_about(
        rule, hostile ? "no kernel and no device does this; 'set legal=kernel,device,illegal' "
                        "asks for it all the same"
                      : "this is " + std::string(word_of(legality)) +
                            "-legal, and 'set legal=' of this plan does not name '" +
                            std::string(word_of(legality)) + "'"));
  }
  return errors;
}

std::string title(const FaultRule& rule) { return rule.name.empty() ? print(rule) : rule.name; }

}  // namespace aioemu::fault
