// Patterns for `path=`.
//
//   *    any characters but '/'
//   **   any characters
//   ?    one character but '/'
//   \c   the character c itself
//
// A pattern without a '/' is compared with the last component of a path, any other with the whole
// path.
#pragma once

#include <string>
#include <string_view>

namespace aioemu::fault {

bool path_matches(std::string_view pattern, std::string_view path) noexcept;

// Why `pattern` is none; empty when it is one.
std::string problem_of_pattern(std::string_view pattern);

}  // namespace aioemu::fault
