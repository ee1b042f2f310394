// Reader: one text of the plan language, token by token, with the numbers and words that all its
// statements are made of.
//
// A function that returns bool returns false after it has put its reason into error().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fault/lexer.h"
#include "fault/plan.h"

namespace aioemu::fault {

class Reader {
 public:
  // `text` must outlive the reader.
  Reader(std::string_view text, std::string_view source);

  [[nodiscard]] const Token& token() const noexcept { return token_; }
  [[nodiscard]] const PlanError& error() const noexcept { return error_; }
  [[nodiscard]] const std::string& source() const noexcept { return error_.source; }
  void advance() noexcept { token_ = lexer_.next(); }
  // Instead of advance(), on the sign before a value of free form.
  void advance_to_value() noexcept { token_ = lexer_.next_value(); }

  bool fail(const Token& at, std::string message);
  // "expected `what`, found ...".
  bool expected(std::string_view what);
  bool end_of_statement(std::string_view hint);

  bool sign(std::string_view text, std::string_view what);
  bool number(std::uint64_t& value, std::string_view what);
  bool positive(std::uint64_t& value, std::string_view what);
  bool size(std::uint64_t& value, std::string_view what);
  // In ns.
  bool duration(std::uint64_t& value);
  // a/b, a decimal or a percentage, above 0 and at most 1, in lowest terms.
  bool ratio(std::uint64_t& chance, std::uint64_t& of);
  // One of `words`, as its place among them. `kind` is what they are: "an operation".
  bool choice(std::size_t& place, std::string_view kind, std::span<const std::string_view> words);

 private:
  bool decimal(std::uint64_t& value, std::uint64_t& scale, std::string_view& text);
  bool in_unit(std::uint64_t& value, std::string_view what, std::uint64_t (*unit)(std::string_view),
               std::string_view units);

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  PlanError error_;
};

std::string quoted(std::string_view word);
// "; did you mean 'submit'?" or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace aioemu::fault
