#include "cli/sweep_points.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace aioemu::cli {
namespace {

// No run gets there.
constexpr std::uint64_t kNever = std::uint64_t{1} << 62U;

constexpr std::array kDefaultRules = {
    "submit partial 1",
    "submit errno EAGAIN",
    "complete op=read,write errno EIO",
    "complete op=read,write short sectors:1",
    "wait errno EINTR",
};

// So many points for each rule that all together are at most `most`.
std::vector<std::uint64_t> shares(std::span<const std::uint64_t> points, std::uint64_t most) {
  std::vector<std::uint64_t> share(points.size(), 0);
  for (bool grew = true; grew && most > 0;) {
    grew = false;
    const auto open = static_cast<std::uint64_t>(
        std::count_if(points.begin(), points.end(),
                      [&, i = std::size_t{0}](std::uint64_t n) mutable { return share[i++] < n; }));
    const std::uint64_t each = open == 0 ? 0 : std::max<std::uint64_t>(1, most / open);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::uint64_t more = std::min({each, most, points[i] - share[i]});
      share[i] += more;
      most -= more;
      grew = grew || more > 0;
    }
  }
  return share;
}

// `count` of 1 .. points, evenly.
std::vector<std::uint64_t> evenly(std::uint64_t points, std::uint64_t count) {
  std::vector<std::uint64_t> chosen;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t gaps = std::max<std::uint64_t>(1, count - 1);
    const std::uint64_t whole = (points - 1) / gaps * i;
    chosen.push_back(1 + whole + (points - 1) % gaps * i / gaps);
  }
  return chosen;
}

}  // namespace

fault::FaultRule without_when(fault::FaultRule rule) {
  fault::Schedule& schedule = rule.body.schedule;
  const fault::Schedule always;
  schedule.first = always.first;
  schedule.last = always.last;
  schedule.step = always.step;
  schedule.times = always.times;
  schedule.one_in = always.one_in;
  schedule.chance = always.chance;
  schedule.of = always.of;
  schedule.seq = always.seq;
  if (rule.body.act.action == fault::Action::enospc) {
    // There is no space at that very request, instead of some for those before.
    rule.body.act.amount = rule.body.act.refill = rule.body.act.after = 0;
  }
  return rule;
}

fault::FaultRule at_point(fault::FaultRule rule, std::uint64_t nth) {
  fault::FaultRule made = without_when(std::move(rule));
  made.body.schedule.first = made.body.schedule.last = nth;
  return made;
}

fault::FaultRule counting(fault::FaultRule rule) { return at_point(std::move(rule), kNever); }

std::vector<fault::FaultRule> default_rules(const fault::Capabilities& owner) {
  std::vector<fault::FaultRule> rules;
  for (const char* text : kDefaultRules) {
    const auto parsed = fault::parse(text, "sweep");
    const auto* plan = std::get_if<fault::FaultPlan>(&parsed);
    AIOEMU_CHECK(plan != nullptr && plan->rules.size() == 1);
    if (fault::gap(plan->rules[0].body, owner).empty()) rules.push_back(plan->rules[0]);
  }
  return rules;
}

fault::FaultPlan plan_with(const fault::FaultPlan& plan, const fault::FaultRule& rule) {
  fault::FaultPlan made = plan;
  made.profiles.clear();
  made.rules = {rule};
  made.rules[0].origin = {};
  return made;
}

std::vector<std::vector<std::uint64_t>> chosen_points(std::span<const std::uint64_t> points,
                                                      std::uint64_t most) {
  const std::vector<std::uint64_t> share = shares(points, most);
  std::vector<std::vector<std::uint64_t>> chosen;
  for (std::size_t i = 0; i < points.size(); ++i) chosen.push_back(evenly(points[i], share[i]));
  return chosen;
}

}  // namespace aioemu::cli
