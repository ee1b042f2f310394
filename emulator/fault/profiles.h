// Profiles: plans with a name, compiled in from the files in profiles/.
//
// A profile is ordinary text of the plan language. Its first comment line says what it is. Only
// those with `hostile` in their name hold what is illegal. `swarm` is not a text: it is drawn from
// the rules of the legal ones by the seed, anew for each seed.
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "fault/plan.h"

namespace aioemu::fault {

struct Capabilities;

struct Profile {
  std::string_view name;
  std::string_view text;  // empty for `swarm`
};

// In the order of CMakeLists.txt, swarm last.
std::span<const Profile> profiles() noexcept;
std::vector<std::string_view> profile_names();

// The first comment line of the profile's text.
std::string_view summary(const Profile& profile) noexcept;

// The rules of one profile. `owner` and `seed` matter for `swarm` alone, which is drawn from what
// the owner can do. CHECKs that there is a profile of that name.
FaultPlan plan_of_profile(std::string_view name, std::uint64_t seed, const Capabilities& owner);

// The plan with the rules of its profiles behind its own. Fails when a rule of the plan has the
// name of one of theirs.
std::variant<FaultPlan, PlanError> expand(const FaultPlan& plan, const Capabilities& owner);

}  // namespace aioemu::fault
