#include "observe/oracle.h"

#include <array>
#include <vector>

#include "fault/vocabulary.h"

namespace aioemu::observe {
namespace {

constexpr std::array<std::string_view, kOracles> kWords{
    "dropped_iocb", "unreaped_events", "short_not_continued", "buffer_ownership",
    "iocb_reused",  "overlap",         "leaked_context",      "certain_hang"};
constexpr std::string_view kWholeBuffers = "whole_buffers";

std::optional<OracleSet> set_named(std::string_view word, OracleSet usual) noexcept {
  if (word == "default") return usual;
  if (word == "all") return kAllOracles;
  const std::optional<Oracle> oracle = oracle_named(word);
  return oracle ? std::optional(oracle_bit(*oracle)) : std::nullopt;
}

std::string refusal(std::string_view word) {
  std::vector<std::string_view> known(kWords.begin(), kWords.end());
  known.insert(known.end(), {"default", "all", "none", kWholeBuffers});
  std::string text = "no oracle is called \"" + std::string(word) + "\"";
  const std::string_view near = fault::nearest(word, known);
  if (!near.empty()) text += "; did you mean " + std::string(near) + "?";
  return text + " Known: " + fault::listed(known);
}

// False for a word that is none.
bool apply(OracleChoice& choice, std::string_view word, OracleSet usual) noexcept {
  const bool away = word.substr(0, 1) == "-";
  if (away) word.remove_prefix(1);
  if (word == kWholeBuffers) {
    choice.whole_buffers = !away;
    return true;
  }
  const std::optional<OracleSet> set = set_named(word, usual);
  if (!set) return false;
  choice.set = away ? choice.set & ~*set : choice.set | *set;
  return true;
}

}  // namespace

std::string_view word_of(Oracle oracle) noexcept {
  return kWords[static_cast<std::size_t>(oracle)];
}

std::optional<Oracle> oracle_named(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i] == word) return static_cast<Oracle>(i);
  }
  return std::nullopt;
}

std::variant<OracleChoice, std::string> parse_oracles(std::string_view list, OracleSet usual) {
  OracleChoice choice{0, false};
  if (list == "none") return choice;
  // What only takes away, or only says how, begins with the default.
  const std::string_view first = list.substr(0, list.find(','));
  if (first.substr(0, 1) == "-" || first == kWholeBuffers) choice.set = usual;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    if (!apply(choice, word, usual)) return refusal(word);
    if (comma == std::string_view::npos) return choice;
    list.remove_prefix(comma + 1);
  }
}

std::string print(const OracleChoice& choice) {
  if (choice.none()) return "none";
  std::string text;
  if (choice.set == kDefaultOracles) {
    text = "default";
  } else if (choice.set == kAllOracles) {
    text = "all";
  } else {
    for (std::size_t i = 0; i < kOracles; ++i) {
      if ((choice.set >> i & 1U) == 0) continue;
      if (!text.empty()) text += ",";
      text += kWords[i];
    }
  }
  if (choice.whole_buffers) text += "," + std::string(kWholeBuffers);
  return text;
}

}  // namespace aioemu::observe
