#include "observe/replay.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "observe/lifelines.h"

namespace aioemu::observe {
namespace {

using Context = std::pair<std::uint64_t, std::uint64_t>;  // process, context
using Place = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;  // identity

Place place_of(const Record& record) {
  return {record.who.process, record.who.context, record.who.submit, record.who.index};
}

std::string spoken(const Context& context) {
  return "process " + std::to_string(context.first) + ", ctx " + std::to_string(context.second + 1);
}

std::string spoken(const Record& record) {
  return spoken({record.who.process, record.who.context}) + ", call " +
         std::to_string(record.who.submit + 1) + ", index " + std::to_string(record.who.index);
}

// A decision: which rule did how much of what, and where.
std::string rule_of(const Record& fault, const Trace& trace) {
  const auto number = static_cast<std::size_t>(fault.rule);
  const bool known = fault.rule >= 0 && number < trace.header.rules.size();
  return known ? trace.header.rules[number] : std::to_string(fault.rule);
}

struct Decision {
  const Record* record;
  std::string rule;
};

using Decisions = std::map<Place, std::vector<Decision>>;

Decisions decisions_of(const Trace& trace) {
  Decisions all;
  for (const Record& record : trace.records) {
    if (record.event != Event::fault) continue;
    all[place_of(record)].push_back({&record, rule_of(record, trace)});
  }
  return all;
}

std::string text_of(const Record& fault, const Trace& trace) {
  return spoken(fault) + ": " + fault_text(fault, trace) + ", amount " +
         std::to_string(fault.amount);
}

// Takes the decision of `rule` at that place out of `all`.
std::optional<Decision> take(Decisions& all, const Record& fault, const std::string& rule) {
  const auto place = all.find(place_of(fault));
  if (place == all.end()) return std::nullopt;
  std::vector<Decision>& there = place->second;
  const auto found = std::find_if(there.begin(), there.end(), [&](const Decision& one) {
    return one.rule == rule && one.record->action == fault.action;
  });
  if (found == there.end()) return std::nullopt;
  const Decision decision = *found;
  there.erase(found);
  return decision;
}

std::optional<Divergence> faults_differ(const Trace& expected, const Trace& came) {
  Decisions left = decisions_of(came);
  for (const Record& fault : expected.records) {
    if (fault.event != Event::fault) continue;
    const auto same = take(left, fault, rule_of(fault, expected));
    if (!same) return Divergence{text_of(fault, expected), "no such fault there"};
    if (same->record->amount != fault.amount) {
      return Divergence{text_of(fault, expected), text_of(*same->record, came)};
    }
  }
  const Record* first = nullptr;
  for (const auto& [place, decisions] : left) {
    for (const Decision& one : decisions) {
      if (first == nullptr || one.record->time < first->time) first = one.record;
    }
  }
  if (first == nullptr) return std::nullopt;
  return Divergence{"no further fault", text_of(*first, came)};
}

using Orders = std::map<Context, std::vector<const Record*>>;

Orders completions_of(const Trace& trace, bool all) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> held;
  Orders orders;
  for (const Record& record : trace.records) {
    const std::pair<std::uint64_t, std::uint64_t> request{record.who.process, record.serial};
    if (record.event == Event::held) held.insert(request);
    if (record.event != Event::completed) continue;
    if (all || held.count(request) == 0) {
      orders[{record.who.process, record.who.context}].push_back(&record);
    }
  }
  return orders;
}

bool gives_order(const Trace& trace) {
  const auto plan = fault::parse(trace.header.plan, "trace");
  const auto* const good = std::get_if<fault::FaultPlan>(&plan);
  return good != nullptr && good->order && good->order->kind != fault::Order::Kind::at_once;
}

std::string text_of(const std::vector<const Record*>& order, std::size_t place) {
  if (place >= order.size()) return "no further completion";
  const Record& record = *order[place];
  return "completion " + std::to_string(place + 1) + " of " + spoken(record) + " with " +
         std::to_string(record.result);
}

std::optional<Divergence> orders_differ(const Trace& expected, const Trace& came) {
  const bool all = gives_order(expected);
  const Orders before = completions_of(expected, all);
  Orders after = completions_of(came, all);
  for (const auto& [context, order] : before) {
    const std::vector<const Record*>& now = after[context];
    for (std::size_t i = 0; i < std::max(order.size(), now.size()); ++i) {
      const bool same = i < order.size() && i < now.size() &&
                        place_of(*order[i]) == place_of(*now[i]) &&
                        order[i]->result == now[i]->result;
      if (!same) return Divergence{text_of(order, i), text_of(now, i)};
    }
    after.erase(context);
  }
  for (const auto& [context, order] : after) {
    if (!order.empty()) return Divergence{"no request in " + spoken(context), text_of(order, 0)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Divergence> first_divergence(const Trace& expected, const Trace& came) {
  if (auto divergence = faults_differ(expected, came)) return divergence;
  return orders_differ(expected, came);
}

}  // namespace aioemu::observe
