#include "cli/explain_command.h"

#include <fmt/format.h>

#include "fault/capabilities.h"
#include "fault/explain.h"
#include "fault/plan.h"
#include "fault/profiles.h"

namespace aioemu::cli {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

void print_rule(const fault::FaultRule& rule, fault::LegalSet allowed) {
  fmt::print("{}\n", fault::print(rule));
  for (const fault::Explained& line : fault::explain(rule, allowed)) {
    fmt::print("  {:<8} {}\n", line.label, line.text);
  }
}

// What is no rule stands for itself, but for profiles.
void print_rest(fault::FaultPlan plan) {
  plan.rules.clear();
  plan.profiles.clear();
  fmt::print("{}", fault::print(plan));
}

void print_profiles(const fault::FaultPlan& plan) {
  for (const fault::Profile& profile : fault::profiles()) {
    for (const std::string& name : plan.profiles) {
      if (name != profile.name) continue;
      fmt::print("profile {}\n  {:<8} {}\n  {:<8} aioemu profiles {}\n", name, "what",
                 fault::summary(profile), "rules", name);
    }
  }
}

}  // namespace

int explain_command(const std::string& text) {
  const auto parsed = fault::parse(text, "rule");
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) {
    fmt::print(stderr, "aioemu: {}\n", describe(*error));
    return kRefused;
  }
  const auto& plan = std::get<fault::FaultPlan>(parsed);
  if (fault::print(plan).empty()) {
    fmt::print(stderr, "aioemu: there is no rule to explain (aioemu explain --help)\n");
    return kUsage;
  }
  const fault::LegalSet allowed = plan.legal.value_or(fault::kDefaultLegal);
  print_rest(plan);
  for (const fault::FaultRule& rule : plan.rules) print_rule(rule, allowed);
  print_profiles(plan);
  return fault::illegal(plan).empty() ? 0 : kRefused;
}

}  // namespace aioemu::cli
