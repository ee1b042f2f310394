// Capabilities: what an owner of an injector carries out today. A plan that wants more is refused
// before anything starts; nothing is ever silently ignored.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/plan.h"
#include "fault/sites.h"

namespace aioemu::fault {

struct Capabilities {
  std::string_view owner;         // "World", "aioemu run"
  std::uint64_t sites = 0;        // bits, by number_of(site)
  std::uint32_t keys = 0;         // bits, by Key
  bool paths = false;             // path=
  bool direct = false;            // direct=
  bool flags = false;             // flags=
  bool time = false;              // after=, for=, refill=: tells the injector what time it is
  std::uint32_t orders = 1;       // bits, by Order::Kind; `inline` at least
  bool disk = false;              // set block=
  bool world = false;             // sees synchronous I/O too
  std::size_t rules = kMaxRules;  // at most
};

// The engines as they are: the simulated world, a Runtime in a C++ program, a program under
// `aioemu run` or with AIOEMU_PLAN.
const Capabilities& world_capabilities() noexcept;
const Capabilities& runtime_capabilities() noexcept;
const Capabilities& run_capabilities() noexcept;
// Everything that the language can say.
const Capabilities& all_capabilities() noexcept;

bool supports(const Capabilities& owner, const Site& site) noexcept;

// What of a rule `owner` cannot carry out: "'wait early'"; empty when it can do all of it.
std::string gap(const RuleBody& rule, const Capabilities& owner);

// The same as a sentence, with the reason.
std::string problem_of(const RuleBody& rule, const Capabilities& owner);

// Everything for which `owner` must refuse the plan: what is illegal(), and what it cannot do.
// Profiles must have been expanded.
std::vector<PlanError> unsupported(const FaultPlan& plan, const Capabilities& owner);

// The plan with its profiles expanded (by the seed that is in force), ready for `owner`; or the
// first reason why it is not.
std::variant<FaultPlan, PlanError> prepare(const FaultPlan& plan, const Capabilities& owner);
// parse() and prepare() in one.
std::variant<FaultPlan, PlanError> parse_for(const Capabilities& owner, std::string_view text,
                                             std::string_view source);

}  // namespace aioemu::fault
