#include "fault/explain.h"

#include <array>

#include "fault/capabilities.h"
#include "fault/legality.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string ordinal(std::uint64_t value) {
  const std::uint64_t tens = value % 100;
  const std::uint64_t ones = value % 10;
  const bool teen = tens >= 11 && tens <= 13;
  if (ones == 1 && !teen) return number(value) + "st";
  if (ones == 2 && !teen) return number(value) + "nd";
  if (ones == 3 && !teen) return number(value) + "rd";
  return number(value) + "th";
}

std::string duration(std::uint64_t ns) {
  if (ns != 0 && ns % 1000000000 == 0) return number(ns / 1000000000) + " s";
  if (ns != 0 && ns % 1000000 == 0) return number(ns / 1000000) + " ms";
  if (ns != 0 && ns % 1000 == 0) return number(ns / 1000) + " us";
  return number(ns) + " ns";
}

std::string plural(std::uint64_t count, const std::string& one) {
  return number(count) + " " + one + (count == 1 ? "" : "s");
}

std::string are(std::uint64_t count) { return count == 1 ? " is" : " are"; }

void add(std::string& text, const std::string& more) {
  if (!text.empty()) text += "; ";
  text += more;
}

// What one eligible thing is called.
std::string_view noun(const Site& site) noexcept {
  return site.subject == Subject::request && site.layer != Layer::cancel ? "request" : "call";
}

std::string place(const RuleBody& body, const Site& site) {
  switch (body.layer) {
    case Layer::setup:
      return "calls of io_setup";
    case Layer::submit:
      return "calls of io_submit with a valid context and at least one iocb";
    case Layer::complete:
      return "accepted requests";
    case Layer::wait:
      return site.subject == Subject::request
                 ? "requests that signal an eventfd, when they complete"
                 : "calls of io_getevents and io_pgetevents";
    case Layer::cancel:
      return "calls of io_cancel for a request in flight";
    case Layer::medium:
      return "transfers between memory and the disk";
    case Layer::durability:
      return "requests that reach the disk";
    case Layer::hostile:
      return "requests that are about to complete";
  }
  return "";
}

std::string_view meaning(Key key, Subject subject) noexcept {
  switch (key) {
    case Key::fd:
      return "the descriptor";
    case Key::nr:
      if (subject == Subject::setup_call) return "the number of events asked for";
      if (subject == Subject::wait_call) return "nr";
      return "the number of iocbs in the io_submit";
    case Key::len:
      return "the number of bytes";
    case Key::offset:
      return "the offset";
    case Key::batch_index:
      return "the place in the batch, from 0,";
    case Key::min_nr:
      return "min_nr";
    case Key::inflight:
      return "the number of requests in flight in the context";
    case Key::data:
      return "the data cookie";
    case Key::ctx:
      return "the number of the context, by first use,";
    case Key::thread:
      return "the number of the thread, by first use,";
  }
  return "";
}

std::string_view relation_words(Relation relation) noexcept {
  constexpr std::array<std::string_view, 6> kWords = {"is",         "is not",   "is below",
                                                      "is at most", "is above", "is at least"};
  return kWords[static_cast<std::size_t>(relation)];
}

std::string words_of(const Condition& condition, Subject subject) {
  if (condition.relation != Relation::between) {
    return std::string(meaning(condition.key, subject)) + " " +
           std::string(relation_words(condition.relation)) + " " + number(condition.low);
  }
  const std::string range = number(condition.low) + " to " + number(condition.high);
  if (condition.key == Key::offset) return "it touches one of the bytes " + range;
  return std::string(meaning(condition.key, subject)) + " is one of " + range;
}

// EAGAIN and EINTR need a request that can end so.
std::string condition_of_error(const RuleBody& body) {
  if (body.layer != Layer::complete || body.act.action != Action::error) return "";
  if (body.act.amount == EAGAIN) return "it must not wait (RWF_NOWAIT or O_NONBLOCK)";
  return body.act.amount == EINTR ? "it is on a pipe, a socket or a terminal" : "";
}

// What the action itself wants of a call or request.
std::string condition_of_action(const RuleBody& body) {
  const Act& act = body.act;
  switch (act.action) {
    case Action::error:
      if (body.layer == Layer::wait) {
        return "nothing is there to be reaped, and a signal could end the wait";
      }
      return condition_of_error(body);
    case Action::partial:
      return "it has more than " + plural(act.amount, "iocb");
    case Action::short_to:
      return "it asks for more than " + plural(act.amount, "byte");
    case Action::short_sectors:
      return "it asks for more than " + plural(act.amount, "sector");
    case Action::short_by:
      return "it asks for at least " + plural(act.amount, "byte");
    case Action::early:
      return "min_nr is above " + number(act.amount);
    default:
      return "";
  }
}

OpSet operations(const RuleBody& body, const Site& site) {
  if (body.ops != kNoOps) return body.ops;
  if (site.arguments == Arguments::error) {
    return ops_ending_with(static_cast<Errno>(body.act.amount));
  }
  return site.ops;
}

std::string matching(const RuleBody& body, const Site& site) {
  std::string text;
  if (site.subject == Subject::request) {
    const OpSet ops = operations(body, site);
    if (ops != kAllOps) add(text, spoken_ops(ops) + " only");
  }
  const Match& match = body.match;
  if (!match.path.empty()) add(text, "the file's path matches " + std::string(match.path.view()));
  if (match.direct != Direct::any) {
    add(text, match.direct == Direct::yes ? "the file is open with O_DIRECT"
                                          : "the file is open without O_DIRECT");
  }
  if (match.flags != 0) add(text, "it has the flags " + print_flags(match.flags));
  for (std::uint32_t i = 0; i < body.condition_count; ++i) {
    add(text, words_of(body.conditions[i], site.subject));
  }
  const std::string more = condition_of_action(body);
  if (!more.empty() && text.find(more) == std::string::npos) add(text, more);
  return text.empty() ? "all of them" : text;
}

std::string counted(const Schedule& schedule, const std::string& thing) {
  const std::string behind = " eligible " + thing + " of the run, counted over all processes";
  if (schedule.first == schedule.last) return "the " + ordinal(schedule.first) + behind;
  const bool endless = schedule.last == kNoEnd;
  if (schedule.step != 1) {
    std::string text = "every " + ordinal(schedule.step) + behind + ", from the " +
                       ordinal(schedule.first) + " on";
    return endless ? text : text + " to the " + ordinal(schedule.last);
  }
  if (endless) return "from the " + ordinal(schedule.first) + behind + ", on";
  return "from the " + ordinal(schedule.first) + " to the " + ordinal(schedule.last) + behind;
}

std::string in_sequence(std::string_view seq, const std::string& thing) {
  std::string failing;
  for (std::size_t i = 0; i < seq.size(); ++i) {
    if (seq[i] != 'x' && seq[i] != 'X') continue;
    failing += (failing.empty() ? "" : ", ") + ordinal(i + 1);
  }
  if (failing.empty()) return "never: the sequence has no x";
  return "of the eligible " + thing + "s the " + failing +
         (seq.back() == 'X' ? " and all that follow" : "");
}

std::string at_times(const RuleBody& body, const Site& site) {
  const Schedule& schedule = body.schedule;
  const std::string thing(noun(site));
  std::string text;
  if (schedule.first != 1 || schedule.last != kNoEnd || schedule.step != 1) {
    add(text, counted(schedule, thing));
  }
  if (!schedule.seq.empty()) add(text, in_sequence(schedule.seq.view(), thing));
  if (schedule.one_in != 1) add(text, "with the chance 1 in " + number(schedule.one_in));
  if (schedule.of != 1) {
    add(text, "with the chance " + number(schedule.chance) + " in " + number(schedule.of));
  }
  if (schedule.after != 0) add(text, "after " + duration(schedule.after) + " of the run");
  if (schedule.duration != kNoEnd) add(text, "for " + duration(schedule.duration));
  if (schedule.budget != kNoEnd) {
    add(text, "once " + plural(schedule.budget, "byte") + " have gone by");
  }
  if (schedule.times != kNoEnd) add(text, "at most " + plural(schedule.times, "time"));
  if (text.empty()) text = "always";
  if (body.persist == Persist::persistent && body.layer != Layer::medium) {
    add(text, "and from then on always");
  }
  return text;
}

std::string bytes_moved(const Act& act) {
  switch (act.action) {
    case Action::short_by:
      return plural(act.amount, "byte") + " fewer than asked for are moved";
    case Action::short_sectors:
      return "of it only " + plural(act.amount, "sector") + are(act.amount) + " moved";
    default:
      if (act.amount == 0) return "no byte is moved";
      return "of it only " + plural(act.amount, "byte") + are(act.amount) + " moved";
  }
}

std::string happening(const RuleBody& body, const Site& site) {
  const Act& act = body.act;
  const std::string effect(site.effect);
  switch (site.arguments) {
    case Arguments::none:
      return effect;
    case Arguments::error:
      return effect + ": " + std::string(errno_name(static_cast<Errno>(act.amount)));
    case Arguments::count:
      return effect + " (K is " + number(act.amount) + ")";
    case Arguments::bytes:
      return bytes_moved(act) + ", and the result says how many";
    case Arguments::duration:
    case Arguments::optional_duration:
      return effect + " (" + duration(act.amount) + ")";
    case Arguments::durations:
      return effect + " (" + duration(act.amount) +
             (act.upper == act.amount ? ")" : " to " + duration(act.upper) + ")");
    case Arguments::sectors:
      if (act.keep == Keep::random) return effect + ": which ones is left to chance";
      return effect + ": the " + (act.keep == Keep::first ? "first " : "last ") +
             number(act.amount);
    case Arguments::space:
      return effect + " (the budget is " + plural(act.amount, "byte") +
             (act.refill == 0 ? ")"
                              : "; " + duration(act.after) + " after it is used up, " +
                                    plural(act.refill, "byte") + " become free)");
  }
  return effect;
}

std::string legality(const RuleBody& body, LegalSet allowed) {
  const Legality who = legality_of(body);
  std::string text;
  if (who == Legality::kernel) text = "yes: a correct kernel may do this to a correct program";
  if (who == Legality::device) text = "yes: hardware is known to do this";
  if (who == Legality::illegal) text = "no: no kernel and no device does this";
  if ((allowed & legal_bit(who)) == 0) {
    text += "; refused unless 'set legal=' names '" + std::string(word_of(who)) + "'";
  }
  return text;
}

std::string engines(const RuleBody& body, const Site& site) {
  std::string able;
  std::string unable;
  std::string what;
  for (const Capabilities* owner :
       {&world_capabilities(), &runtime_capabilities(), &run_capabilities()}) {
    if (site.where == Where::world_only && !owner->world) continue;
    const std::string missing = gap(body, *owner);
    std::string& list = missing.empty() ? able : unable;
    list += (list.empty() ? "" : ", ") + std::string(owner->owner);
    if (!missing.empty()) what = missing;
  }
  std::string text = able;
  if (!unable.empty()) add(text, "not yet in " + unable + ", which cannot do " + what);
  if (site.where == Where::world_only) {
    add(text, "never outside of World, where the program's plain pwrite and fsync are not seen");
  }
  return text;
}

}  // namespace

std::vector<Explained> explain(const FaultRule& rule, LegalSet allowed) {
  const RuleBody& body = rule.body;
  const Site& site = site_of(body);
  std::vector<Explained> lines = {
      {"where", place(body, site)},       {"which", matching(body, site)},
      {"when", at_times(body, site)},     {"what", happening(body, site)},
      {"legal", legality(body, allowed)}, {"acts in", engines(body, site)},
  };
  if (body.goes_on) {
    lines.insert(lines.begin() + 4, {"then", "rules behind it may act as well"});
  }
  if (body.layer == Layer::medium && (site.ops & kReadOps) != 0) {
    const bool once = body.persist == Persist::transient;
    lines.insert(lines.begin() + 4,
                 {"stays", once ? "no: the next access is good again"
                                : "yes: the same bytes read wrong again until they are rewritten"});
  }
  return lines;
}

}  // namespace aioemu::fault
