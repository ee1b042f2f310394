#include "tests/tidy/exceptions.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "tests/tidy/cpp_text.h"

namespace tidy {
namespace {

struct Excuse {
  std::string rule;
  std::string path;
  std::string reason;
  std::size_t line;
};

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<Excuse> parse(std::string_view table) {
  std::vector<Excuse> excuses;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(table)) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream columns{std::string(line)};
    std::array<std::string, 3> column;
    for (std::string& text : column) std::getline(columns, text, '|');
    excuses.push_back({trimmed(column[0]), trimmed(column[1]), trimmed(column[2]), number});
  }
  return excuses;
}

}  // namespace

std::vector<Finding> without_excused(const std::vector<Finding>& findings, std::string_view table) {
  std::vector<Finding> left = findings;
  for (const Excuse& excuse : parse(table)) {
    const std::size_t before = left.size();
    std::erase_if(left, [&](const Finding& finding) {
      return finding.rule == excuse.rule && finding.path == excuse.path;
    });
    if (left.size() == before || excuse.reason.empty()) {
      left.push_back({"stale-exception", "tests/tidy/exceptions.txt", excuse.line,
                      excuse.reason.empty()
                          ? "gives no reason"
                          : "excuses nothing: " + excuse.rule + ", " + excuse.path});
    }
  }
  return left;
}

}  // namespace tidy
