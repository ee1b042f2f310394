// Sweep points: where a rule could fire, one run each.
//
// A sweep asks of every rule: what if it happened exactly once, at the first place where it can, at
// the second, ...? So its own schedule does not matter, however random: each point is the same rule
// with `when=N` instead. What decides whether the rule is eligible at all (its matches, after=,
// for=, budget=) stays as it is, and so does persist=persistent, which then means "from there on".
//
// How many points a rule has is counted in one run in which no rule fires.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fault/capabilities.h"
#include "fault/plan.h"

namespace aioemu::cli {

// The rule without what a sweep puts in the place of its schedule.
fault::FaultRule without_when(fault::FaultRule rule);

// The rule, firing at the `nth` eligible occasion, counted from 1, and at no other.
fault::FaultRule at_point(fault::FaultRule rule, std::uint64_t nth);

// The rule, which counts its eligible occasions and never fires.
fault::FaultRule counting(fault::FaultRule rule);

// What is swept when nobody says what: that io_submit takes one iocb only, or none for now; that a
// request fails, or moves less than asked for; that a signal ends a wait. Only what `owner` carries
// out.
std::vector<fault::FaultRule> default_rules(const fault::Capabilities& owner);

// A plan with the settings of `plan` and that one rule: the smallest that does it.
fault::FaultPlan plan_with(const fault::FaultPlan& plan, const fault::FaultRule& rule);

// At most `most` points in all of the 1 .. points[i] that rule i has. Each rule gets the same
// number of them, and what one does not need goes to the others. Within a rule they lie evenly, the
// first and the last among them.
std::vector<std::vector<std::uint64_t>> chosen_points(std::span<const std::uint64_t> points,
                                                      std::uint64_t most);

}  // namespace aioemu::cli
