#include "fault/parser.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "fault/legality.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

// "; did you mean 'submit'?" or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? "" : "; did you mean " + quoted(near) + "?";
}

std::string too_early(std::string_view what, std::string_view word) {
  return std::string(what) + " " + quoted(word) + " is not supported yet in this version";
}

bool is_rule_name(std::string_view word) noexcept {
  return word[0] >= 'a' && word[0] <= 'z' && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::vector<std::string_view> all_errnos() {
  std::vector<std::string_view> names;
  for (int number = 1; number < 134; ++number)
    names.push_back(errno_name(static_cast<Errno>(number)));
  return names;
}

// What one multiplies by for K, M, G; 0 for any other suffix.
std::uint64_t unit_of(std::string_view suffix) noexcept {
  if (suffix.empty()) return 1;
  if (suffix == "K" || suffix == "k") return 1ULL << 10U;
  if (suffix == "M" || suffix == "m") return 1ULL << 20U;
  if (suffix == "G" || suffix == "g") return 1ULL << 30U;
  return 0;
}

}  // namespace

std::variant<FaultPlan, PlanError> parse(std::string_view text, std::string_view source) {
  Parser parser(text, source);
  FaultPlan plan;
  if (!parser.run(plan)) return parser.error();
  return plan;
}

Parser::Parser(std::string_view text, std::string_view source) : text_(text), lexer_(text) {
  error_.source = source;
  advance();
}

bool Parser::run(FaultPlan& plan) {
  while (token_.kind != Token::Kind::text_end) {
    if (token_.kind == Token::Kind::statement_end) {
      advance();
      continue;
    }
    if (!statement()) return false;
    any_statement_ = true;
  }
  plan = std::move(plan_);
  return true;
}

bool Parser::fail(const Token& at, std::string message) {
  error_.line = at.line;
  error_.column = at.column;
  error_.message = std::move(message);
  error_.excerpt = line_of(text_, at.line);
  return false;
}

bool Parser::expected(std::string_view what) {
  return fail(token_, "expected " + std::string(what) + ", found " + spelled(token_));
}

bool Parser::end_of_statement(std::string_view hint) {
  if (token_.ends_statement()) return true;
  return expected("the end of the statement" + std::string(hint));
}

bool Parser::once(bool& given, const Token& word) {
  if (given) return fail(word, quoted(word.text) + " is given twice in this rule");
  return given = true;
}

bool Parser::statement() {
  const Token word = token_;
  if (word.kind != Token::Kind::word) return expected("a rule, 'seed' or 'set'");
  advance();
  if (token_.is(":")) {
    advance();
    FaultRule rule;
    if (!name(rule, word)) return false;
    plan_.rules.push_back(rule);
    const Token layer_word = token_;
    if (layer_word.kind != Token::Kind::word) return expected("a layer (submit or complete)");
    advance();
    return this->rule(layer_word);
  }
  if (word.text == "plan") return version();
  if (word.text == "seed") return seed();
  if (word.text == "set") return settings();
  if (is_later_statement(word.text)) return fail(word, too_early("the statement", word.text));
  plan_.rules.emplace_back();
  return rule(word);
}

bool Parser::version() {
  const Token at = token_;
  std::uint64_t version = 0;
  if (any_statement_) return fail(at, "'plan 1' belongs on the first line");
  if (!number(version, "the version of the plan language")) return false;
  if (version != 1) {
    return fail(at, "version " + std::to_string(version) + " of the plan language is not known; " +
                        "this program reads version 1");
  }
  return end_of_statement("");
}

bool Parser::seed() {
  const Token at = token_;
  std::uint64_t value = 0;
  if (!number(value, "a number")) return false;
  if (plan_.seed) return fail(at, "the seed is given twice");
  plan_.seed = value;
  return end_of_statement("");
}

bool Parser::settings() {
  if (token_.ends_statement()) return expected("a setting such as 'aio-max-nr=N'");
  while (!token_.ends_statement()) {
    const Token word = token_;
    if (word.kind != Token::Kind::word) return expected("the name of a setting");
    if (is_later_setting(word.text)) return fail(word, too_early("the setting", word.text));
    constexpr std::string_view kSettings[] = {"aio-max-nr"};
    if (word.text != kSettings[0]) {
      return fail(word, "there is no setting " + quoted(word.text) + "; expected aio-max-nr=N" +
                            suggestion(word.text, kSettings));
    }
    advance();
    std::uint64_t value = 0;
    if (!sign("=", "'=' and a number") || !number(value, "a number")) return false;
    if (plan_.aio_max_nr) return fail(word, "'aio-max-nr' is set twice");
    plan_.aio_max_nr = value;
  }
  return true;
}

bool Parser::name(FaultRule& rule, const Token& word) {
  const std::span<const std::string_view> layers = layer_words();
  if (!is_rule_name(word.text)) {
    return fail(word, "a rule's name is made of small letters, digits, '_' and '-'");
  }
  if (std::find(layers.begin(), layers.end(), word.text) != layers.end()) {
    return fail(word, quoted(word.text) + " is a layer and cannot name a rule");
  }
  for (const FaultRule& other : plan_.rules) {
    if (other.name == word.text) {
      return fail(word, "there is already a rule named " + quoted(word.text));
    }
  }
  rule.name = word.text;
  return true;
}

bool Parser::rule(const Token& layer_word) {
  RuleBody& body = plan_.rules.back().body;
  return layer(body, layer_word) && qualifiers(body);
}

bool Parser::layer(RuleBody& body, const Token& word) {
  const std::optional<Layer> layer = layer_from_word(word.text);
  if (!layer) {
    const std::span<const std::string_view> layers = layer_words();
    if (std::find(layers.begin(), layers.end(), word.text) != layers.end()) {
      return fail(word, too_early("the layer", word.text) + " (submit and complete are)");
    }
    std::vector<std::string_view> candidates(layers.begin(), layers.end());
    const std::span<const std::string_view> others = statement_words();
    candidates.insert(candidates.end(), others.begin(), others.end());
    return fail(word, "expected a statement (submit ..., complete ..., seed N, set ...), found " +
                          spelled(word) + suggestion(word.text, candidates));
  }
  body.layer = *layer;
  return true;
}

bool Parser::qualifiers(RuleBody& body) {
  Given given;
  while (true) {
    const Token word = token_;
    if (word.kind != Token::Kind::word) {
      return expected("a match, when= or an action (" + listed(action_words(body.layer)) + ")");
    }
    advance();
    const std::span<const std::string_view> actions = action_words(body.layer);
    if (std::find(actions.begin(), actions.end(), word.text) != actions.end()) {
      return action(body, word) && end_of_statement(" (matches and when= come before the action)");
    }
    if (!qualifier(body, given, word)) return false;
  }
}

bool Parser::qualifier(RuleBody& body, Given& given, const Token& word) {
  Schedule& schedule = body.schedule;
  if (word.text == "op") return once(given.op, word) && ops(body, word);
  if (word.text == "when") {
    return once(given.when, word) && sign("=", "'='") && when(schedule);
  }
  if (word.text == "times") {
    return once(given.times, word) && sign("=", "'='") && positive(schedule.times, "a count");
  }
  if (word.text == "one_in") {
    return once(given.one_in, word) && sign("=", "'='") && positive(schedule.one_in, "a ratio");
  }
  if (const std::optional<Key> key = key_from_word(word.text)) return condition(body, *key, word);
  return unknown_in_rule(body, word);
}

bool Parser::unknown_in_rule(const RuleBody& body, const Token& word) {
  if (is_later_qualifier(word.text)) return fail(word, too_early("the qualifier", word.text));
  if (is_later_action(word.text)) return fail(word, too_early("the action", word.text));
  const Layer other = body.layer == Layer::submit ? Layer::complete : Layer::submit;
  for (const std::string_view action : action_words(other)) {
    if (action != word.text) continue;
    return fail(word, "the action " + quoted(action) + " belongs to the layer " +
                          std::string(word_of(other)) + "; " + std::string(word_of(body.layer)) +
                          " has " + listed(action_words(body.layer)));
  }
  const std::span<const std::string_view> qualifiers = qualifier_words();
  std::vector<std::string_view> candidates(qualifiers.begin(), qualifiers.end());
  const std::span<const std::string_view> actions = action_words(body.layer);
  candidates.insert(candidates.end(), actions.begin(), actions.end());
  return fail(word, "expected a match (" + listed(qualifiers) + ") or an action (" +
                        listed(actions) + "), found " + spelled(word) +
                        suggestion(word.text, candidates));
}

bool Parser::ops(RuleBody& body, const Token& word) {
  if (body.layer == Layer::submit) {
    return fail(word,
                "a submit rule is about the whole call, which may mix operations; it takes "
                "nr, when, times and one_in");
  }
  if (!sign("=", "'=' and an operation")) return false;
  while (true) {
    const std::optional<OpSet> set = ops_from_word(token_.text);
    if (token_.kind != Token::Kind::word || !set) {
      return fail(token_, "expected an operation (" + listed(op_words()) + "), found " +
                              spelled(token_) + suggestion(token_.text, op_words()));
    }
    body.ops |= *set;
    advance();
    if (!token_.is(",")) break;
    advance();
  }
  // `any` says no more than no `op=` at all.
  if (body.ops == ops_from_word("any")) body.ops = kNoOps;
  return true;
}

bool Parser::condition(RuleBody& body, Key key, const Token& word) {
  if (body.layer == Layer::submit && key != Key::nr) {
    return fail(word,
                "a submit rule is about the whole call, not one request; it takes nr, when, "
                "times and one_in");
  }
  if (body.condition_count == kMaxConditions) {
    return fail(word, "a rule takes at most " + std::to_string(kMaxConditions) + " conditions");
  }
  const std::optional<Relation> relation =
      token_.kind == Token::Kind::sign ? relation_from_sign(token_.text) : std::nullopt;
  if (!relation) return expected("one of = == != < <= > >=");
  const bool plain = token_.is("=");
  advance();
  Condition& condition = body.conditions[body.condition_count++];
  condition.key = key;
  condition.relation = *relation;
  const bool bytes = key == Key::len || key == Key::offset;
  if (bytes ? !size(condition.low, "a size") : !number(condition.low, "a number")) return false;
  return !plain || upper_end(condition);
}

bool Parser::upper_end(Condition& condition) {
  const bool length = condition.key == Key::offset && token_.is("+");
  if (!length && !token_.is("..")) return true;
  const Token at = token_;
  advance();
  const bool bytes = condition.key == Key::len || condition.key == Key::offset;
  if (bytes ? !size(condition.high, "a size") : !number(condition.high, "a number")) return false;
  if (length) {
    if (condition.high == 0) return fail(at, "the range has no byte");
    if (condition.high - 1 > kNoEnd - condition.low) return fail(at, "the range ends beyond 2^64");
    condition.high = condition.low + (condition.high - 1);
  }
  condition.relation = Relation::between;
  if (condition.high < condition.low) return fail(at, "the range ends before it begins");
  return true;
}

bool Parser::when(Schedule& schedule) {
  const Token at = token_;
  if (!positive(schedule.first, "the number of the first time, counted from 1")) return false;
  schedule.last = schedule.first;
  if (token_.is("..") && token_.glued) {
    advance();
    if (!positive(schedule.last, "the number of the last time")) return false;
    if (schedule.last < schedule.first) return fail(at, "the last time comes before the first");
    return step(schedule);
  }
  if (token_.is("+") && token_.glued) schedule.last = kNoEnd;
  return step(schedule);
}

bool Parser::step(Schedule& schedule) {
  if (!token_.is("+") || !token_.glued) return true;
  advance();
  if (token_.kind != Token::Kind::number || !token_.glued) return true;
  return positive(schedule.step, "a step");
}

bool Parser::action(RuleBody& body, const Token& word) {
  if (word.text == "errno") return error_action(body);
  if (word.text == "short") return short_action(body, word);
  body.action = Action::partial;
  return positive(body.amount, "how many iocbs are accepted");
}

bool Parser::error_action(RuleBody& body) {
  const Token word = token_;
  if (word.kind != Token::Kind::word) return expected("the name of an error, such as EIO");
  const std::optional<Errno> error = errno_from_name(word.text);
  if (!error) {
    return fail(word,
                "there is no error " + quoted(word.text) + suggestion(word.text, all_errnos()));
  }
  advance();
  body.action = Action::error;
  body.amount = static_cast<std::uint64_t>(*error);
  return body.layer == Layer::submit ? submit_errno(*error, word)
                                     : complete_errno(body, *error, word);
}

bool Parser::submit_errno(Errno error, const Token& at) {
  if (legal_for_submit(error)) return true;
  std::string legal;
  for (const int number : legal_for_submit()) {
    legal += ' ';
    legal += errno_name(static_cast<Errno>(number));
  }
  return fail(
      at, "no kernel lets io_submit fail with " + std::string(at.text) + "; legal here:" + legal);
}

bool Parser::complete_errno(const RuleBody& body, Errno error, const Token& at) {
  const OpSet legal = ops_ending_with(error);
  if (body.ops == kNoOps) {
    if (legal != kNoOps) return true;
    return fail(at, "no kernel completes a request with " + std::string(at.text) + "; legal for " +
                        "reads: " + legal_list(kReadOps) + "; for writes: " +
                        legal_list(kWriteOps) + "; for fsync: " + legal_list(kSyncOps));
  }
  const OpSet refused = body.ops & ~legal;
  if (refused != kNoOps) {
    return fail(at, "no kernel completes a " + print_ops(refused) + " with " +
                        std::string(at.text) + "; legal for it: " + legal_list(refused));
  }
  return true;
}

bool Parser::short_action(RuleBody& body, const Token& word) {
  if (body.ops != kNoOps && (body.ops & ~(kReadOps | kWriteOps)) != 0) {
    return fail(word, "only reads and writes can be short");
  }
  if (token_.kind == Token::Kind::word && token_.text == "sectors") {
    return fail(token_, too_early("the amount", "sectors:"));
  }
  body.action = Action::short_to;
  if (!token_.is("-")) return size(body.amount, "N or -N bytes");
  advance();
  body.action = Action::short_by;
  const Token at = token_;
  if (!size(body.amount, "a size")) return false;
  return body.amount != 0 || fail(at, "short -0 is not short");
}

bool Parser::sign(std::string_view text, std::string_view what) {
  if (!token_.is(text)) return expected(what);
  advance();
  return true;
}

bool Parser::number(std::uint64_t& value, std::string_view what) {
  if (token_.kind != Token::Kind::number) return expected(what);
  const char* end = token_.text.data() + token_.text.size();
  const auto [stop, status] = std::from_chars(token_.text.data(), end, value);
  if (status == std::errc::result_out_of_range) {
    return fail(token_, spelled(token_) + " does not fit into 64 bits");
  }
  if (stop != end) return expected(std::string(what) + " without a unit");
  advance();
  return true;
}

bool Parser::size(std::uint64_t& value, std::string_view what) {
  if (token_.kind != Token::Kind::number) return expected(what);
  const char* end = token_.text.data() + token_.text.size();
  const auto [stop, status] = std::from_chars(token_.text.data(), end, value);
  const std::uint64_t unit = unit_of({stop, static_cast<std::size_t>(end - stop)});
  if (unit == 0) return expected(std::string(what) + " in bytes, K, M or G");
  if (status == std::errc::result_out_of_range || value > kNoEnd / unit) {
    return fail(token_, spelled(token_) + " does not fit into 64 bits");
  }
  value *= unit;
  advance();
  return true;
}

bool Parser::positive(std::uint64_t& value, std::string_view what) {
  const Token at = token_;
  if (!number(value, what)) return false;
  return value != 0 || fail(at, std::string(what) + " is at least 1");
}

}  // namespace aioemu::fault
