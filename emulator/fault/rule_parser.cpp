#include "fault/rule_parser.h"

#include <algorithm>
#include <array>

#include "fault/glob.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Why a qualifier is none of the layer's.
std::string about(std::string_view qualifier) {
  return qualifies(qualifier, Subject::request) ? " is about one request, not about a whole call"
                                                : " is about waits";
}

bool is_bytes(Key key) noexcept { return key == Key::len || key == Key::offset; }

}  // namespace

bool RuleParser::run(const Token& layer_word) {
  Token action_word;
  return layer(layer_word) && qualifiers(action_word) && action(action_word);
}

bool RuleParser::layer(const Token& word) {
  if (const std::optional<Layer> layer = layer_from_word(word.text)) {
    body_.layer = *layer;
    return true;
  }
  return in_.fail(word, "expected a layer (" + listed(layer_words()) + ") or a statement (seed, " +
                            "set, order or profile), found " + spelled(word) +
                            suggestion(word.text, statement_words()));
}

bool RuleParser::qualifiers(Token& action) {
  const std::vector<std::string_view> actions = action_words(body_.layer);
  while (true) {
    action = in_.token();
    if (action.kind != Token::Kind::word) {
      return in_.expected("a match, when= or an action (" + listed(actions) + ")");
    }
    if (contains(actions, action.text)) {
      in_.advance();
      return true;
    }
    in_.advance();
    if (!qualifier(action)) return false;
  }
}

bool RuleParser::qualifier(const Token& word) {
  if (!contains(qualifier_words(), word.text)) return unknown(word);
  const std::vector<std::string_view> possible = qualifier_words(body_.layer);
  if (!contains(possible, word.text)) {
    return in_.fail(word, quoted(word.text) + about(word.text) + "; a rule of the layer " +
                              std::string(word_of(body_.layer)) + " takes " + listed(possible));
  }
  const std::optional<Key> key = key_from_word(word.text);
  if (!key && !once(word)) return false;
  given_.push_back(word);
  if (key) return condition(*key);
  if (word.text == "continue") return body_.goes_on = true;
  if (!in_.token().is("=")) return in_.expected("'='");
  return match(word);
}

bool RuleParser::unknown(const Token& word) {
  const std::vector<std::string_view> actions = action_words(body_.layer);
  if (const std::optional<Layer> other = layer_with_action(word.text)) {
    return in_.fail(word, "the action " + quoted(word.text) + " belongs to the layer " +
                              std::string(word_of(*other)) + "; " +
                              std::string(word_of(body_.layer)) + " has " + listed(actions));
  }
  const std::vector<std::string_view> qualifiers = qualifier_words(body_.layer);
  std::vector<std::string_view> candidates(qualifiers.begin(), qualifiers.end());
  candidates.insert(candidates.end(), actions.begin(), actions.end());
  return in_.fail(word, "expected a match (" + listed(qualifiers) + ") or an action (" +
                            listed(actions) + "), found " + spelled(word) +
                            suggestion(word.text, candidates));
}

bool RuleParser::given(std::string_view word) const {
  return std::any_of(given_.begin(), given_.end(),
                     [word](const Token& token) { return token.text == word; });
}

bool RuleParser::once(const Token& word) {
  if (!given(word.text)) return true;
  return in_.fail(word, quoted(word.text) + " is given twice in this rule");
}

// The reader stands on the '=' behind `word`.
bool RuleParser::match(const Token& word) {
  if (word.text == "path") return path();
  if (word.text == "probability") {
    in_.advance_to_value();
    return in_.ratio(body_.schedule.chance, body_.schedule.of);
  }
  in_.advance();
  if (word.text == "op") return ops();
  if (word.text == "direct") return direct();
  if (word.text == "flags") return flags();
  if (word.text == "persist") return persist();
  return schedule(word);
}

bool RuleParser::ops() {
  while (true) {
    const Token& token = in_.token();
    const std::optional<OpSet> set = ops_from_word(token.text);
    if (token.kind != Token::Kind::word || !set) {
      return in_.fail(token, "expected an operation (" + listed(op_words()) + "), found " +
                                 spelled(token) + suggestion(token.text, op_words()));
    }
    body_.ops |= *set;
    in_.advance();
    if (!in_.token().is(",")) break;
    in_.advance();
  }
  // `any` says no more than no `op=` at all.
  if (body_.ops == kAllOps) body_.ops = kNoOps;
  return true;
}

bool RuleParser::path() {
  in_.advance_to_value();
  const Token token = in_.token();
  if (token.kind == Token::Kind::unknown && token.text == "\"") {
    return in_.fail(token, "the quote is not closed on this line");
  }
  if (token.kind != Token::Kind::value) return in_.expected("a path, which may have * and **");
  std::string_view text = token.text;
  const bool in_quotes = text[0] == '"';
  if (in_quotes) text = text.substr(1, text.size() - 2);
  const std::string reason = problem_of_pattern(text);
  if (!reason.empty()) return in_.fail(token, reason);
  if (!body_.match.path.assign(text)) {
    return in_.fail(token, "a path has at most " +
                               std::to_string(decltype(body_.match.path)::kCapacity) + " bytes");
  }
  in_.advance();
  return true;
}

// One of two words, each with its meaning.
template <typename Meaning>
bool RuleParser::one_of(Meaning& meaning, std::string_view what,
                        const std::array<std::string_view, 2>& words,
                        const std::array<Meaning, 2>& meanings) {
  std::size_t place = 0;
  if (!in_.choice(place, what, words)) return false;
  meaning = meanings[place];
  return true;
}

bool RuleParser::direct() {
  return one_of(body_.match.direct, "an answer", {"yes", "no"}, {Direct::yes, Direct::no});
}

bool RuleParser::flags() {
  while (true) {
    std::size_t place = 0;
    if (!in_.choice(place, "a flag", flag_words())) return false;
    body_.match.flags |= flag_of(place);
    if (!in_.token().is(",")) return true;
    in_.advance();
  }
}

bool RuleParser::condition(Key key) {
  if (body_.condition_count == kMaxConditions) {
    return in_.fail(given_.back(),
                    "a rule takes at most " + std::to_string(kMaxConditions) + " conditions");
  }
  const Token& token = in_.token();
  const std::optional<Relation> relation =
      token.kind == Token::Kind::sign ? relation_from_sign(token.text) : std::nullopt;
  if (!relation) return in_.expected("one of = == != < <= > >=");
  const bool plain = token.is("=");
  in_.advance();
  Condition& condition = body_.conditions[body_.condition_count++];
  condition.key = key;
  condition.relation = *relation;
  return amount(key, condition.low) && (!plain || upper_end(condition));
}

bool RuleParser::amount(Key key, std::uint64_t& value) {
  return is_bytes(key) ? in_.size(value, "a size") : in_.number(value, "a number");
}

bool RuleParser::upper_end(Condition& condition) {
  const Token at = in_.token();
  const bool length = condition.key == Key::offset && at.is("+");
  if (!length && !at.is("..")) return true;
  in_.advance();
  if (!amount(condition.key, condition.high)) return false;
  if (length) {
    if (condition.high == 0) return in_.fail(at, "the range has no byte");
    if (condition.high - 1 > kNoEnd - condition.low) {
      return in_.fail(at, "the range ends beyond 2^64");
    }
    condition.high = condition.low + (condition.high - 1);
  }
  condition.relation = Relation::between;
  if (condition.high < condition.low) return in_.fail(at, "the range ends before it begins");
  return true;
}

bool RuleParser::schedule(const Token& word) {
  Schedule& schedule = body_.schedule;
  if (word.text == "when") return when();
  if (word.text == "times") return in_.positive(schedule.times, "a count");
  if (word.text == "one_in") return in_.positive(schedule.one_in, "a ratio");
  if (word.text == "after") return in_.duration(schedule.after);
  if (word.text == "seq") return seq();
  if (word.text == "budget") return in_.size(schedule.budget, "a size");
  const Token at = in_.token();  // for=
  if (!in_.duration(schedule.duration)) return false;
  return schedule.duration != 0 || in_.fail(at, "nothing happens for no time");
}

bool RuleParser::when() {
  Schedule& schedule = body_.schedule;
  const Token at = in_.token();
  if (!in_.positive(schedule.first, "the number of the first time, counted from 1")) return false;
  schedule.last = schedule.first;
  if (in_.token().is("..") && in_.token().glued) {
    in_.advance();
    if (!in_.positive(schedule.last, "the number of the last time")) return false;
    if (schedule.last < schedule.first) {
      return in_.fail(at, "the last time comes before the first");
    }
    return step();
  }
  if (in_.token().is("+") && in_.token().glued) schedule.last = kNoEnd;
  return step();
}

bool RuleParser::step() {
  if (!in_.token().is("+") || !in_.token().glued) return true;
  in_.advance();
  if (in_.token().kind != Token::Kind::number || !in_.token().glued) return true;
  return in_.positive(body_.schedule.step, "a step");
}

// `wwxX`: what becomes of the first, the second, ... eligible one.
bool RuleParser::seq() {
  const Token token = in_.token();
  if (token.kind != Token::Kind::word) return in_.expected("letters: w works, x fails");
  const std::string_view letters = token.text;
  const std::size_t small = letters.find_first_not_of("wx");
  const bool capital_ends =
      small + 1 == letters.size() && (letters[small] == 'X' || letters[small] == 'W');
  if (small != std::string_view::npos && !capital_ends) {
    return in_.fail(token,
                    "a sequence is made of w (works) and x (fails); W or X stands at its end and "
                    "means from then on");
  }
  if (!body_.schedule.seq.assign(letters)) {
    return in_.fail(token, "a sequence has at most " +
                               std::to_string(decltype(body_.schedule.seq)::kCapacity) +
                               " letters");
  }
  in_.advance();
  return true;
}

bool RuleParser::persist() {
  return one_of(body_.persist, "a kind of fault", {"transient", "persistent"},
                {Persist::transient, Persist::persistent});
}

}  // namespace aioemu::fault
