#include "fault/parser.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "fault/profiles.h"
#include "fault/rule_parser.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

bool is_rule_name(std::string_view word) noexcept {
  return word[0] >= 'a' && word[0] <= 'z' && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

// Reads `word` and the sign behind it.
bool key(Reader& in, std::string_view word) {
  const std::array<std::string_view, 1> words = {word};
  std::size_t place = 0;
  return in.choice(place, "an argument", words) && in.sign("=", "'='");
}

}  // namespace

std::variant<FaultPlan, PlanError> parse(std::string_view text, std::string_view source) {
  Parser parser(text, source);
  FaultPlan plan;
  if (!parser.run(plan)) return parser.error();
  return plan;
}

bool Parser::run(FaultPlan& plan) {
  while (in_.token().kind != Token::Kind::text_end) {
    if (in_.token().kind == Token::Kind::statement_end) {
      in_.advance();
      continue;
    }
    if (!statement()) return false;
    any_statement_ = true;
  }
  plan = std::move(plan_);
  return true;
}

bool Parser::statement() {
  const Token word = in_.token();
  if (word.kind != Token::Kind::word) {
    return in_.expected("a rule, 'seed', 'set', 'order' or 'profile'");
  }
  in_.advance();
  if (in_.token().is(":")) return named(word);
  if (word.text == "plan") return version();
  if (word.text == "seed") return seed();
  if (word.text == "set") return settings();
  if (word.text == "order") return order();
  if (word.text == "profile") return profile();
  return rule(word, "");
}

bool Parser::named(const Token& word) {
  in_.advance();
  if (!name(word)) return false;
  const Token layer = in_.token();
  if (layer.kind != Token::Kind::word) {
    return in_.expected("a layer (" + listed(layer_words()) + ")");
  }
  in_.advance();
  return rule(layer, std::string(word.text));
}

bool Parser::name(const Token& word) {
  if (!is_rule_name(word.text)) {
    return in_.fail(word, "a rule's name is made of small letters, digits, '_' and '-'");
  }
  if (layer_from_word(word.text)) {
    return in_.fail(word, quoted(word.text) + " is a layer and cannot name a rule");
  }
  const bool taken = std::any_of(plan_.rules.begin(), plan_.rules.end(),
                                 [&](const FaultRule& rule) { return rule.name == word.text; });
  return !taken || in_.fail(word, "there is already a rule named " + quoted(word.text));
}

bool Parser::rule(const Token& layer, std::string name) {
  FaultRule rule;
  rule.name = std::move(name);
  rule.origin.source = in_.source();
  rule.origin.line = layer.line;
  if (!RuleParser(in_, rule.body).run(layer)) return false;
  plan_.rules.push_back(std::move(rule));
  return true;
}

bool Parser::version() {
  const Token at = in_.token();
  std::uint64_t version = 0;
  if (any_statement_) return in_.fail(at, "'plan 1' belongs on the first line");
  if (!in_.number(version, "the version of the plan language")) return false;
  if (version != 1) {
    return in_.fail(at, "version " + std::to_string(version) +
                            " of the plan language is not known; this program reads version 1");
  }
  return in_.end_of_statement("");
}

bool Parser::seed() {
  const Token at = in_.token();
  std::uint64_t value = 0;
  if (!in_.number(value, "a number")) return false;
  if (plan_.seed) return in_.fail(at, "the seed is given twice");
  plan_.seed = value;
  return in_.end_of_statement("");
}

bool Parser::profile() {
  const Token at = in_.token();
  const std::vector<std::string_view> names = profile_names();
  std::size_t place = 0;
  if (!in_.choice(place, "a profile", names)) return false;
  const std::string name(names[place]);
  if (std::find(plan_.profiles.begin(), plan_.profiles.end(), name) != plan_.profiles.end()) {
    return in_.fail(at, "the profile " + quoted(name) + " is named twice");
  }
  plan_.profiles.push_back(name);
  return in_.end_of_statement("");
}

bool Parser::order() {
  const Token at = in_.token();
  std::size_t place = 0;
  if (!in_.choice(place, "an order", order_words())) return false;
  if (plan_.order) return in_.fail(at, "the order is given twice");
  Order order;
  order.kind = static_cast<Order::Kind>(place);
  if (order.kind == Order::Kind::pct && !pct(order)) return false;
  plan_.order = order;
  return in_.end_of_statement("");
}

bool Parser::pct(Order& order) {
  if (!key(in_, "depth") || !in_.positive(order.depth, "the depth")) return false;
  if (in_.token().ends_statement()) return true;
  return key(in_, "steps") && in_.positive(order.steps, "the number of steps");
}

template <typename Value>
bool Parser::once(const std::optional<Value>& value, const Token& word) {
  return !value || in_.fail(word, quoted(word.text) + " is set twice");
}

bool Parser::settings() {
  if (in_.token().ends_statement()) return in_.expected("a setting such as 'aio-max-nr=N'");
  while (!in_.token().ends_statement()) {
    const Token word = in_.token();
    std::size_t place = 0;
    if (!in_.choice(place, "a setting", setting_words()) ||
        !in_.sign("=", "'=' and what it is to be") || !setting(place, word)) {
      return false;
    }
  }
  return true;
}

// `place` as in setting_words().
bool Parser::setting(std::size_t place, const Token& word) {
  if (place == 1) return disk_size(plan_.sector, word);
  if (place == 2) return disk_size(plan_.block, word);
  if (place == 3) return legal(word);
  std::uint64_t value = 0;
  if (!once(plan_.aio_max_nr, word) || !in_.number(value, "a number")) return false;
  plan_.aio_max_nr = value;
  return true;
}

bool Parser::disk_size(std::optional<std::uint64_t>& value, const Token& word) {
  constexpr std::uint64_t kSmallest = 16;
  constexpr std::uint64_t kLargest = 64 << 10U;
  const Token at = in_.token();
  std::uint64_t bytes = 0;
  if (!once(value, word) || !in_.size(bytes, "a size")) return false;
  const bool power_of_two = bytes != 0 && (bytes & (bytes - 1)) == 0;
  if (!power_of_two || bytes < kSmallest || bytes > kLargest) {
    return in_.fail(at, "a " + std::string(word.text) + " is a power of two from 16 to 64K");
  }
  value = bytes;
  return true;
}

bool Parser::legal(const Token& word) {
  constexpr std::array<std::string_view, 3> kWords = {"kernel", "device", "illegal"};
  if (!once(plan_.legal, word)) return false;
  LegalSet set = 0;
  while (true) {
    std::size_t place = 0;
    if (!in_.choice(place, "who may do it", kWords)) return false;
    set = static_cast<LegalSet>(set | legal_bit(static_cast<Legality>(place)));
    if (!in_.token().is(",")) break;
    in_.advance();
  }
  plan_.legal = set;
  return true;
}

}  // namespace aioemu::fault
