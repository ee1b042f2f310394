#include "fault/profiles.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/prng.h"
#include "fault/capabilities.h"

namespace aioemu::fault {
namespace {

constexpr std::string_view kSwarm = "swarm";

const Profile& profile_named(std::string_view name) noexcept {
  const std::span<const Profile> all = profiles();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const Profile& each) { return each.name == name; });
  AIOEMU_CHECK(found != all.end());
  return *found;
}

FaultPlan plan_of(const Profile& profile) {
  auto parsed = parse(profile.text, "profile " + std::string(profile.name));
  AIOEMU_CHECK(std::holds_alternative<FaultPlan>(parsed));
  auto plan = std::get<FaultPlan>(std::move(parsed));
  for (FaultRule& rule : plan.rules) rule.origin.profile = profile.name;
  return plan;
}

bool is_hostile(const Profile& profile) noexcept {
  return profile.name.find("hostile") != std::string_view::npos;
}

// Keeps each rule that the owner can carry out with the chance 1/2, so that runs differ in which
// faults meet; the first such rule stays when the dice leave none.
FaultPlan some_of(FaultPlan plan, Prng& random, const Capabilities& owner) {
  std::vector<FaultRule> possible;
  std::vector<FaultRule> kept;
  for (FaultRule& rule : plan.rules) {
    const bool keep = random.below(2) == 0;
    if (!problem_of(rule.body, owner).empty()) continue;
    possible.push_back(rule);
    if (keep) kept.push_back(rule);
  }
  if (kept.empty() && !possible.empty()) kept.push_back(possible.front());
  plan.rules = std::move(kept);
  const bool ordered =
      plan.order && (owner.orders >> static_cast<unsigned>(plan.order->kind) & 1U) != 0;
  if (!ordered) plan.order.reset();
  plan.aio_max_nr.reset();
  return plan;
}

// A third of the legal profiles, and of each about half the rules.
FaultPlan swarm(std::uint64_t seed, const Capabilities& owner) {
  Prng random(Prng::mix(seed) ^ 0x737761726dULL);
  FaultPlan mix;
  FaultPlan spare;
  for (const Profile& profile : profiles()) {
    if (profile.name == kSwarm || is_hostile(profile)) continue;
    const bool chosen = random.below(3) == 0;
    const FaultPlan some = some_of(plan_of(profile), random, owner);
    if (some.rules.empty()) continue;
    AIOEMU_CHECK(!append(chosen ? mix : spare, some, kSwarm));
  }
  if (mix.rules.empty()) mix = std::move(spare);
  for (FaultRule& rule : mix.rules) rule.origin.profile = kSwarm;
  return mix;
}

}  // namespace

std::vector<std::string_view> profile_names() {
  std::vector<std::string_view> names;
  for (const Profile& profile : profiles()) names.push_back(profile.name);
  return names;
}

std::string_view summary(const Profile& profile) noexcept {
  if (profile.name == kSwarm) return "a random mix of the legal ones, another for each seed";
  std::string_view text = profile.text;
  text.remove_prefix(std::min(text.find("# ") + 2, text.size()));
  return text.substr(0, text.find('\n'));
}

FaultPlan plan_of_profile(std::string_view name, std::uint64_t seed, const Capabilities& owner) {
  return name == kSwarm ? swarm(seed, owner) : plan_of(profile_named(name));
}

std::variant<FaultPlan, PlanError> expand(const FaultPlan& plan, const Capabilities& owner) {
  FaultPlan expanded = plan;
  expanded.profiles.clear();
  for (const std::string& name : plan.profiles) {
    const FaultPlan more = plan_of_profile(name, plan.seed.value_or(0), owner);
    if (auto clash = append(expanded, more, "profile " + name)) return *clash;
    // A hostile profile is asked for by its name.
    if (more.legal && plan.legal) {
      expanded.legal = static_cast<LegalSet>(*plan.legal | *more.legal);
    }
  }
  return expanded;
}

}  // namespace aioemu::fault
