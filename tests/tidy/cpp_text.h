// Just enough of C++ to lint it: code without comments and literals, includes, functions.
//
// Not a parser. It knows strings, comments, preprocessor lines and braces, and it tells a function
// from a class by the words before the brace. That is right for code that clang-format has been
// over; a rare misreading would show as a strange finding, never as a silent pass of the caps
// for a file (those count lines).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

// Splits at newlines, without them.
std::vector<std::string_view> lines_of(std::string_view text);

// The same text with comments and the insides of string and character literals replaced by
// spaces. Newlines stay, so line numbers and columns do too.
std::string code_only(std::string_view text);

struct Include {
  std::size_t line;
  std::string name;
  bool quoted;
};
std::vector<Include> includes_of(std::string_view text);

struct Function {
  std::string head;   // from its first word to the opening brace, blanks squeezed
  std::size_t first;  // line of the first word
  std::size_t last;   // line of the closing brace
  [[nodiscard]] std::size_t length() const { return last - first + 1; }
};
// Function definitions that are not inside another function: free functions, members, test bodies,
// and lambdas at namespace level.
std::vector<Function> functions_of(std::string_view text);

}  // namespace tidy
