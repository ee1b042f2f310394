#include "fault/lexer.h"

#include <algorithm>
#include <array>

namespace aioemu::fault {
namespace {

// Plans mean the same under every locale, so <cctype> is of no use here.
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

template <typename Accept>
std::size_t span_of(std::string_view text, Accept accept) noexcept {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accept) -
                                  text.begin());
}

}  // namespace

std::string spelled(const Token& token) {
  switch (token.kind) {
    case Token::Kind::text_end:
    case Token::Kind::statement_end:
      return "the end of the statement";
    default:
      return "'" + std::string(token.text) + "'";
  }
}

bool Lexer::skip_blanks() noexcept {
  const std::size_t start = at_;
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '#') {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }
  return at_ != start;
}

Token Lexer::take(Token::Kind kind, std::size_t length) noexcept {
  Token token;
  token.kind = kind;
  token.text = text_.substr(at_, length);
  token.line = line_;
  token.column = static_cast<int>(at_ - line_start_) + 1;
  token.glued = glued_;
  at_ += length;
  return token;
}

std::size_t Lexer::sign_length() const noexcept {
  constexpr std::array<std::string_view, 13> kSigns = {"==", "!=", "<=", ">=", "..", "=", "<",
                                                       ">",  "+",  "-",  ",",  ":",  "!"};
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view sign : kSigns) {
    if (rest.substr(0, sign.size()) == sign) return sign.size();
  }
  return 0;
}

Token Lexer::next() noexcept {
  glued_ = !skip_blanks() && at_ > line_start_;
  if (at_ == text_.size()) return take(Token::Kind::text_end, 0);
  const std::string_view rest = text_.substr(at_);
  if (rest[0] == ';') return take(Token::Kind::statement_end, 1);
  if (rest[0] == '\n') {
    const Token token = take(Token::Kind::statement_end, 1);
    ++line_;
    line_start_ = at_;
    return token;
  }
  if (is_letter(rest[0])) {
    return take(Token::Kind::word,
                span_of(rest, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }));
  }
  if (is_digit(rest[0])) {
    return take(Token::Kind::number,
                span_of(rest, [](char c) { return is_letter(c) || is_digit(c); }));
  }
  const std::size_t sign = sign_length();
  return sign != 0 ? take(Token::Kind::sign, sign) : take(Token::Kind::unknown, 1);
}

// 0 when the line ends before the quote does.
std::size_t Lexer::quoted_length() const noexcept {
  const std::string_view rest = text_.substr(at_);
  for (std::size_t i = 1; i < rest.size() && rest[i] != '\n'; ++i) {
    if (rest[i] == '"') return i + 1;
    if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] != '\n') ++i;
  }
  return 0;
}

std::size_t Lexer::value_length() const noexcept {
  const std::string_view rest = text_.substr(at_);
  std::size_t length = 0;
  while (length < rest.size() && !is_blank(rest[length]) && rest[length] != ';' &&
         rest[length] != '\n') {
    const bool pair = rest[length] == '\\' && length + 1 < rest.size() && rest[length + 1] != '\n';
    length += pair ? 2 : 1;
  }
  return length;
}

Token Lexer::next_value() noexcept {
  const bool blank = at_ < text_.size() && is_blank(text_[at_]);
  if (blank || at_ == text_.size() || text_[at_] == ';' || text_[at_] == '\n') return next();
  glued_ = true;
  const bool quoted = text_[at_] == '"';
  const std::size_t length = quoted ? quoted_length() : value_length();
  return length != 0 ? take(Token::Kind::value, length) : take(Token::Kind::unknown, 1);
}

std::string_view line_of(std::string_view text, int number) noexcept {
  for (; number > 1; --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

}  // namespace aioemu::fault
