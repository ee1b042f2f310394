// The end of a rule: its action with its arguments, and what follows from it for the rest.
#include <algorithm>
#include <array>

#include "fault/legality.h"
#include "fault/rule_parser.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

std::vector<std::string_view> all_errnos() {
  std::vector<std::string_view> names;
  for (int number = 1; number < 134; ++number)
    names.push_back(errno_name(static_cast<Errno>(number)));
  return names;
}

}  // namespace

bool RuleParser::action(const Token& word) {
  const Site* site = nullptr;
  if (!variant(word, site)) return false;
  body_.act.action = site->action;
  if (!check_qualifiers(*site) || !check_ops(*site, word)) return false;
  if (body_.persist == Persist::persistent && given("times")) {
    return in_.fail(word, "'persist=persistent' has no end, and 'times' wants one");
  }
  return arguments(*site, word) &&
         in_.end_of_statement(" (matches and when= come before the action)");
}

// The site that `word` names, with the word behind it where several share the first.
bool RuleParser::variant(const Token& word, const Site*& site) {
  std::vector<std::string_view> variants;
  std::vector<const Site*> found;
  for (const Site& each : sites()) {
    if (each.layer != body_.layer || each.word != word.text) continue;
    found.push_back(&each);
    variants.push_back(each.variant);
  }
  std::size_t place = 0;
  if (found.size() > 1 && !in_.choice(place, "what becomes of it", variants)) return false;
  site = found[place];
  return true;
}

bool RuleParser::check_qualifiers(const Site& site) {
  for (const Token& word : given_) {
    if (qualifies(word.text, site.subject)) continue;
    return in_.fail(word, quoted(word.text) + " says nothing about '" +
                              std::string(word_of(site.layer)) + " " + title(site) + "'");
  }
  // Both would count the same bytes.
  const bool twice = site.arguments == Arguments::space && given("budget");
  return !twice || in_.fail(given_.back(), "'" + title(site) + "' has its budget behind it");
}

// The errors of the complete layer say themselves which operations they belong to.
bool RuleParser::check_ops(const Site& site, const Token& word) {
  if (body_.ops == kNoOps || site.arguments == Arguments::error) return true;
  const OpSet refused = body_.ops & ~site.ops;
  if (refused == kNoOps) return true;
  return in_.fail(word, "'" + title(site) + "' can happen to " + spoken_ops(site.ops) +
                            ", not to " + spoken_ops(refused));
}

bool RuleParser::arguments(const Site& site, const Token& word) {
  Act& act = body_.act;
  switch (site.arguments) {
    case Arguments::none:
      return true;
    case Arguments::error:
      return error_name(site);
    case Arguments::count:
      return in_.positive(act.amount, body_.layer == Layer::submit ? "how many iocbs are accepted"
                                                                   : "how many events come");
    case Arguments::bytes:
      return bytes();
    case Arguments::duration:
      return in_.duration(act.amount);
    case Arguments::durations:
      return durations();
    case Arguments::optional_duration:
      act.amount = kDefaultEventfdDelay;
      return in_.token().ends_statement() || in_.duration(act.amount);
    case Arguments::sectors:
      return sectors();
    case Arguments::space:
      return space();
  }
  return in_.fail(word, "an action without arguments");
}

bool RuleParser::error_name(const Site& site) {
  const Token word = in_.token();
  if (word.kind != Token::Kind::word) return in_.expected("the name of an error, such as EIO");
  const std::optional<Errno> error = errno_from_name(word.text);
  if (!error) {
    return in_.fail(word,
                    "there is no error " + quoted(word.text) + suggestion(word.text, all_errnos()));
  }
  in_.advance();
  body_.act.amount = static_cast<std::uint64_t>(*error);
  const std::string reason = site.subject == Subject::request
                                 ? problem_of_completion(*error, body_.ops)
                                 : problem_of_call(*error, site.layer);
  return reason.empty() || in_.fail(word, reason);
}

// N, -N or sectors:N.
bool RuleParser::bytes() {
  Act& act = body_.act;
  if (in_.token().kind == Token::Kind::word && in_.token().text == "sectors") {
    in_.advance();
    act.action = Action::short_sectors;
    return in_.sign(":", "':' and a number") && in_.number(act.amount, "a number of sectors");
  }
  act.action = Action::short_to;
  if (!in_.token().is("-")) return in_.size(act.amount, "N, -N or sectors:N");
  in_.advance();
  act.action = Action::short_by;
  const Token at = in_.token();
  if (!in_.size(act.amount, "a size")) return false;
  return act.amount != 0 || in_.fail(at, "short -0 is not short");
}

bool RuleParser::durations() {
  Act& act = body_.act;
  if (!in_.duration(act.amount)) return false;
  act.upper = act.amount;
  const Token at = in_.token();
  if (!at.is("..")) return true;
  in_.advance();
  if (!in_.duration(act.upper)) return false;
  return act.upper >= act.amount || in_.fail(at, "the range ends before it begins");
}

bool RuleParser::sectors() {
  Act& act = body_.act;
  constexpr std::array<std::string_view, 1> kKeep = {"keep"};
  constexpr std::array<std::string_view, 3> kKinds = {"first", "last", "random"};
  std::size_t place = 0;
  if (!in_.choice(place, "what is kept", kKeep) || !in_.sign("=", "'='")) return false;
  if (!in_.choice(place, "which sectors", kKinds)) return false;
  act.keep = static_cast<Keep>(place);
  if (act.keep == Keep::random) return true;
  return in_.sign(":", "':' and a number") && in_.positive(act.amount, "a number of sectors");
}

bool RuleParser::space() {
  Act& act = body_.act;
  constexpr std::array<std::string_view, 1> kBudget = {"budget"};
  constexpr std::array<std::string_view, 1> kRefill = {"refill"};
  constexpr std::array<std::string_view, 1> kAfter = {"after"};
  std::size_t place = 0;
  if (!in_.choice(place, "the space there is", kBudget) || !in_.sign("=", "'='") ||
      !in_.size(act.amount, "a size")) {
    return false;
  }
  if (in_.token().ends_statement()) return true;
  if (!in_.choice(place, "the space that becomes free", kRefill) || !in_.sign("=", "'='")) {
    return false;
  }
  const Token at = in_.token();
  if (!in_.size(act.refill, "a size")) return false;
  if (act.refill == 0) return in_.fail(at, "a refill of nothing");
  return in_.choice(place, "when that is", kAfter) && in_.sign("=", "'='") &&
         in_.duration(act.after);
}

}  // namespace aioemu::fault
