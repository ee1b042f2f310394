#include "fault/rule_index.h"

#include "fault/legality.h"
#include "fault/sites.h"

namespace aioemu::fault {
namespace {

// The operations to which the rule applies when it does not say so itself.
OpSet operations(const RuleBody& rule) noexcept {
  if (rule.ops != kNoOps) return rule.ops;
  const Site& site = site_of(rule);
  if (site.arguments != Arguments::error) return site.ops;
  return ops_ending_with(static_cast<Errno>(rule.act.amount));
}

bool goes_by_time(const RuleBody& rule) noexcept {
  return rule.schedule.after != 0 || rule.schedule.duration != kNoEnd || rule.act.refill != 0;
}

}  // namespace

// What is asked last is said first, so that nobody finds half a rule.
void RuleIndex::add(std::size_t rule, const RuleBody& body) noexcept {
  const auto layer = static_cast<std::size_t>(body.layer);
  count_.store(static_cast<std::uint32_t>(rule) + 1);
  all_.add(rule);
  if (goes_by_time(body)) wants_time_.store(1);
  if (body.match.path.empty()) {
    pathless_.add(rule);
  } else {
    wants_paths_.store(1);
  }
  if (site_of(body).subject != Subject::request) {
    calls_[layer].add(rule);
  } else {
    const OpSet ops = operations(body);
    for (std::size_t op = 0; op < kOpcodes; ++op) {
      if ((ops >> op & 1U) != 0) requests_[layer][op].add(rule);
    }
    operations_[layer].set(ops);
  }
  layers_.set(1U << layer);
}

bool RuleIndex::remove(std::size_t rule) noexcept {
  if (rule >= count() || !all_.contains(rule)) return false;
  for (SharedRuleSet& calls : calls_) calls.remove(rule);
  for (auto& layer : requests_) {
    for (SharedRuleSet& requests : layer) requests.remove(rule);
  }
  all_.remove(rule);
  return true;
}

}  // namespace aioemu::fault
