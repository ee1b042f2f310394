// The canonical text of plans and rules.
#include <array>
#include <utility>

#include "fault/plan.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

// In the largest unit that gives a whole number.
std::string duration(std::uint64_t ns) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 3> kUnits = {
      {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}}};
  for (const auto& [unit, name] : kUnits) {
    if (ns != 0 && ns % unit == 0) return number(ns / unit) + name;
  }
  return number(ns) + "ns";
}

// A path pattern, in quotes where its characters would mean something else.
std::string pattern(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:@%=/*?";
  if (text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  return "\"" + std::string(text) + "\"";
}

std::string print(const Condition& condition) {
  std::string text(word_of(condition.key));
  if (condition.relation == Relation::between) {
    return text + "=" + number(condition.low) + ".." + number(condition.high);
  }
  return text + std::string(sign_of(condition.relation)) + number(condition.low);
}

std::string print(const Match& match) {
  std::string text;
  if (!match.path.empty()) text += " path=" + pattern(match.path.view());
  if (match.direct != Direct::any)
    text += match.direct == Direct::yes ? " direct=yes" : " direct=no";
  if (match.flags != 0) text += " flags=" + print_flags(match.flags);
  return text;
}

std::string print_when(const Schedule& schedule) {
  const Schedule always;
  if (schedule.first == always.first && schedule.last == always.last &&
      schedule.step == always.step) {
    return "";
  }
  std::string text = " when=" + number(schedule.first);
  const bool endless = schedule.last == kNoEnd;
  const bool single = schedule.last == schedule.first && schedule.step == 1;
  if (!endless && !single) text += ".." + number(schedule.last);
  if (endless || schedule.step != 1) text += "+";
  if (schedule.step != 1) text += number(schedule.step);
  return text;
}

std::string print(const Schedule& schedule) {
  std::string text = print_when(schedule);
  if (schedule.times != kNoEnd) text += " times=" + number(schedule.times);
  if (schedule.one_in != 1) text += " one_in=" + number(schedule.one_in);
  if (schedule.of != 1) {
    text += " probability=" + number(schedule.chance) + "/" + number(schedule.of);
  }
  if (schedule.after != 0) text += " after=" + duration(schedule.after);
  if (schedule.duration != kNoEnd) text += " for=" + duration(schedule.duration);
  if (schedule.budget != kNoEnd) text += " budget=" + number(schedule.budget);
  if (!schedule.seq.empty()) text += " seq=" + std::string(schedule.seq.view());
  return text;
}

std::string print_bytes(const Act& act) {
  if (act.action == Action::short_sectors) return "sectors:" + number(act.amount);
  return (act.action == Action::short_by ? "-" : "") + number(act.amount);
}

std::string print_keep(const Act& act) {
  if (act.keep == Keep::random) return "keep=random";
  return (act.keep == Keep::first ? "keep=first:" : "keep=last:") + number(act.amount);
}

std::string print_space(const Act& act) {
  std::string text = "budget=" + number(act.amount);
  if (act.refill != 0) text += " refill=" + number(act.refill) + " after=" + duration(act.after);
  return text;
}

std::string print_arguments(Arguments arguments, const Act& act) {
  switch (arguments) {
    case Arguments::none:
      return "";
    case Arguments::error:
      return std::string(errno_name(static_cast<Errno>(act.amount)));
    case Arguments::count:
      return number(act.amount);
    case Arguments::bytes:
      return print_bytes(act);
    case Arguments::duration:
    case Arguments::optional_duration:
      return duration(act.amount);
    case Arguments::durations:
      return duration(act.amount) + (act.upper == act.amount ? "" : ".." + duration(act.upper));
    case Arguments::sectors:
      return print_keep(act);
    case Arguments::space:
      return print_space(act);
  }
  return "";
}

std::string print(Persist persist) {
  if (persist == Persist::unset) return "";
  return persist == Persist::transient ? " persist=transient" : " persist=persistent";
}

std::string print(const Order& order) {
  std::string text(order_words()[static_cast<std::size_t>(order.kind)]);
  if (order.kind == Order::Kind::pct) text += " depth=" + number(order.depth);
  if (order.steps != 0) text += " steps=" + number(order.steps);
  return text;
}

std::string print_legal(LegalSet set) {
  std::string text;
  for (const Legality legality : {Legality::kernel, Legality::device, Legality::illegal}) {
    if ((set & legal_bit(legality)) == 0) continue;
    text += (text.empty() ? "" : ",") + std::string(word_of(legality));
  }
  return text;
}

std::string print_settings(const FaultPlan& plan) {
  std::string text;
  if (plan.sector) text += " sector=" + number(*plan.sector);
  if (plan.block) text += " block=" + number(*plan.block);
  if (plan.aio_max_nr) text += " aio-max-nr=" + number(*plan.aio_max_nr);
  if (plan.legal) text += " legal=" + print_legal(*plan.legal);
  return text.empty() ? text : "set" + text + "\n";
}

}  // namespace

std::string print(const FaultRule& rule) {
  const RuleBody& body = rule.body;
  const Site& site = site_of(body);
  std::string text = rule.name.empty() ? "" : rule.name + ": ";
  text += word_of(body.layer);
  if (body.ops != kNoOps) text += " op=" + print_ops(body.ops);
  text += print(body.match);
  for (std::uint32_t i = 0; i < body.condition_count; ++i) text += " " + print(body.conditions[i]);
  text += print(body.schedule) + print(body.persist);
  if (body.goes_on) text += " continue";
  const std::string arguments = print_arguments(site.arguments, body.act);
  return text + " " + title(site) + (arguments.empty() ? "" : " " + arguments);
}

std::string print(const FaultPlan& plan) {
  std::string text;
  if (plan.seed) text += "seed " + number(*plan.seed) + "\n";
  text += print_settings(plan);
  if (plan.order) text += "order " + print(*plan.order) + "\n";
  for (const FaultRule& rule : plan.rules) text += print(rule) + "\n";
  for (const std::string& profile : plan.profiles) text += "profile " + profile + "\n";
  return text;
}

}  // namespace aioemu::fault
