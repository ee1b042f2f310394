#include "fault/glob.h"

#include <algorithm>

namespace aioemu::fault {
namespace {

bool is_deep(std::string_view pattern) noexcept { return pattern.substr(0, 2) == "**"; }

// How many characters of the pattern stand for one character of the path.
std::size_t unit(std::string_view pattern) noexcept {
  return pattern[0] == '\\' && pattern.size() > 1 ? 2 : 1;
}

bool takes(std::string_view pattern, char c) noexcept {
  if (pattern[0] == '?') return c != '/';
  return pattern[unit(pattern) - 1] == c;
}

// Where to go on after a mismatch: behind a star, with one more character given to it.
struct Retry {
  std::string_view pattern;  // behind the star
  std::string_view text;     // what the star has not taken
  bool set = false;
};

// One star has taken too little: it takes one more. '/' ends a plain one.
bool give_more(Retry& retry, bool deep) noexcept {
  if (!retry.set || retry.text.empty() || (!deep && retry.text[0] == '/')) return false;
  retry.text.remove_prefix(1);
  return true;
}

// The classical match with one remembered star, twice: a plain star cannot cross a '/', so that a
// mismatch behind it goes back to the newest deep one. Time is at most length times length.
bool matches(std::string_view pattern, std::string_view text) noexcept {
  Retry plain;
  Retry deep;
  while (true) {
    if (!pattern.empty() && pattern[0] == '*') {
      const bool crosses = is_deep(pattern);
      pattern.remove_prefix(crosses ? 2 : 1);
      (crosses ? deep : plain) = {pattern, text, true};
      if (crosses) plain.set = false;
      continue;
    }
    if (pattern.empty() && text.empty()) return true;
    if (!pattern.empty() && !text.empty() && takes(pattern, text[0])) {
      pattern.remove_prefix(unit(pattern));
      text.remove_prefix(1);
      continue;
    }
    if (give_more(plain, false)) {
      pattern = plain.pattern;
      text = plain.text;
      continue;
    }
    plain.set = false;
    if (!give_more(deep, true)) return false;
    pattern = deep.pattern;
    text = deep.text;
  }
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) noexcept {
  if (pattern.find('/') == std::string_view::npos) {
    path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
  }
  return matches(pattern, path);
}

std::string problem_of_pattern(std::string_view pattern) {
  if (pattern.empty()) return "a path is not empty";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '"') return "a quote within a path is written \\\"";
    if (pattern[i] == '\\' && ++i == pattern.size()) return "a path does not end in a backslash";
  }
  return "";
}

}  // namespace aioemu::fault
