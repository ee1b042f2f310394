#include "fault/plan.h"

#include <algorithm>

#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

std::string print(const Condition& condition) {
  std::string text(word_of(condition.key));
  if (condition.relation == Relation::between) {
    return text + "=" + std::to_string(condition.low) + ".." + std::to_string(condition.high);
  }
  return text + std::string(sign_of(condition.relation)) + std::to_string(condition.low);
}

std::string print(const Schedule& schedule) {
  std::string text;
  const Schedule always;
  if (schedule.first != always.first || schedule.last != always.last ||
      schedule.step != always.step) {
    text += " when=" + std::to_string(schedule.first);
    const bool endless = schedule.last == kNoEnd;
    const bool single = schedule.last == schedule.first && schedule.step == 1;
    if (!endless && !single) text += ".." + std::to_string(schedule.last);
    if (endless || schedule.step != 1) text += "+";
    if (schedule.step != 1) text += std::to_string(schedule.step);
  }
  if (schedule.times != always.times) text += " times=" + std::to_string(schedule.times);
  if (schedule.one_in != always.one_in) text += " one_in=" + std::to_string(schedule.one_in);
  return text;
}

std::string print_action(const RuleBody& body) {
  const std::string amount = std::to_string(body.amount);
  switch (body.action) {
    case Action::error:
      return " errno " + std::string(errno_name(static_cast<Errno>(body.amount)));
    case Action::partial:
      return " partial " + amount;
    case Action::short_to:
      return " short " + amount;
    case Action::short_by:
      return " short -" + amount;
  }
  return "";
}

}  // namespace

std::string describe(const PlanError& error) {
  // The caret line keeps the tabs of the line above it, so that both are as wide.
  std::string margin = error.excerpt.substr(0, static_cast<std::size_t>(error.column - 1));
  for (char& c : margin) c = c == '\t' ? '\t' : ' ';
  return error.source + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) +
         ": " + error.message + "\n  " + error.excerpt + "\n  " + margin + "^";
}

std::optional<PlanError> append(FaultPlan& plan, const FaultPlan& more, std::string_view source) {
  for (const FaultRule& rule : more.rules) {
    const auto same = [&rule](const FaultRule& other) {
      return !rule.name.empty() && other.name == rule.name;
    };
    if (std::any_of(plan.rules.begin(), plan.rules.end(), same)) {
      PlanError error;
      error.source = source;
      error.message = "there is already a rule named '" + rule.name + "'";
      error.excerpt = print(rule);
      return error;
    }
  }
  plan.rules.insert(plan.rules.end(), more.rules.begin(), more.rules.end());
  if (!plan.seed) plan.seed = more.seed;
  if (!plan.aio_max_nr) plan.aio_max_nr = more.aio_max_nr;
  return std::nullopt;
}

std::string print(const FaultRule& rule) {
  const RuleBody& body = rule.body;
  std::string text = rule.name.empty() ? "" : rule.name + ": ";
  text += word_of(body.layer);
  if (body.ops != kNoOps) text += " op=" + print_ops(body.ops);
  for (std::uint32_t i = 0; i < body.condition_count; ++i) text += " " + print(body.conditions[i]);
  return text + print(body.schedule) + print_action(body);
}

std::string print(const FaultPlan& plan) {
  std::string text;
  if (plan.seed) text += "seed " + std::to_string(*plan.seed) + "\n";
  if (plan.aio_max_nr) text += "set aio-max-nr=" + std::to_string(*plan.aio_max_nr) + "\n";
  for (const FaultRule& rule : plan.rules) text += print(rule) + "\n";
  return text;
}

std::string title(const FaultRule& rule) { return rule.name.empty() ? print(rule) : rule.name; }

}  // namespace aioemu::fault
