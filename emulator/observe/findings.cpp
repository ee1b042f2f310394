#include "observe/findings.h"

#include <dlfcn.h>

#include <charconv>

namespace aioemu::observe {
namespace {

std::string hex(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return "0x" + std::string(digits, end);
}

std::string file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// Adds to the last finding of each oracle how many more there were.
void say_how_many(std::vector<OracleFinding>& all, const Tale& tale) {
  std::array<std::uint64_t, kOracles> told{};
  for (const Finding& finding : tale.findings) ++told[static_cast<std::size_t>(finding.oracle)];
  for (std::size_t i = 0; i < kOracles; ++i) {
    if (tale.counts[i] <= told[i] || told[i] == 0) continue;
    for (std::size_t last = all.size(); last-- > 0;) {
      if (all[last].oracle != word_of(static_cast<Oracle>(i))) continue;
      all[last].story.push_back("and " + std::to_string(tale.counts[i] - told[i]) +
                                " more of this kind");
      break;
    }
  }
}

}  // namespace

std::vector<OracleFinding> spoken(const Tale& tale, const Names& names) {
  std::vector<OracleFinding> all;
  for (const Finding& finding : tale.findings) {
    all.push_back({std::string(word_of(finding.oracle)), describe(finding, names)});
  }
  say_how_many(all, tale);
  return all;
}

Names own_names(const fault::FaultPlan& plan) {
  Names names;
  names.rule = [&plan](std::int32_t rule) {
    const auto place = static_cast<std::size_t>(rule);
    return place < plan.rules.size() ? title(plan.rules[place]) : std::string();
  };
  names.code = name_of_code;
  return names;
}

std::string name_of_code(std::uint64_t address) {
  Dl_info found{};
  if (dladdr(reinterpret_cast<const void*>(address), &found) == 0) return "";
  const auto base = reinterpret_cast<std::uint64_t>(found.dli_fbase);
  std::string text = file_name(found.dli_fname) + "+" + hex(address - base);
  if (found.dli_sname != nullptr) text += " (" + std::string(found.dli_sname) + ")";
  return text;
}

}  // namespace aioemu::observe
