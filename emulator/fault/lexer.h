// Lexer of the plan language: words, numbers and signs with their places. It reads on demand, so
// that what follows a refused word is never looked at.
#pragma once

#include <string>
#include <string_view>

namespace aioemu::fault {

struct Token {
  enum class Kind : unsigned char {
    word,           // a letter, then letters, digits, '_' and '-'
    number,         // digits and whatever letters follow them: a suffix
    sign,           // = == != < <= > >= .. + - , :
    value,          // whatever next_value() took
    statement_end,  // a newline or ';'
    text_end,
    unknown,  // any other character
  };
  Kind kind = Kind::text_end;
  std::string_view text;
  int line = 1;
  int column = 1;
  bool glued = false;  // nothing stands between it and the token before it

  [[nodiscard]] bool is(std::string_view sign) const noexcept {
    return kind == Kind::sign && text == sign;
  }
  [[nodiscard]] bool ends_statement() const noexcept {
    return kind == Kind::statement_end || kind == Kind::text_end;
  }
};

// "'nr'", "the end of the statement": how an error names what was found.
std::string spelled(const Token& token);

class Lexer {
 public:
  // `text` must outlive the lexer and its tokens.
  explicit Lexer(std::string_view text) noexcept : text_(text) {}
  Token next() noexcept;
  // All up to the next blank, ';' or end of the line, or a text in double quotes with its quotes;
  // in both a backslash takes the next character along. A quote that is not closed is `unknown`.
  Token next_value() noexcept;

 private:
  bool skip_blanks() noexcept;
  Token take(Token::Kind kind, std::size_t length) noexcept;
  [[nodiscard]] std::size_t sign_length() const noexcept;
  [[nodiscard]] std::size_t quoted_length() const noexcept;
  [[nodiscard]] std::size_t value_length() const noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t line_start_ = 0;
  bool glued_ = false;
};

// The whole line `number` of `text`, counted from 1.
std::string_view line_of(std::string_view text, int number) noexcept;

}  // namespace aioemu::fault
