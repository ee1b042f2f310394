#include "tests/bugs/registry.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace bugs {
namespace {

constexpr std::string_view kDirectory = BUGS_SOURCES;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

// Puts one line's value where it belongs. False: there is no such word.
bool assign(Case& made, const std::string& word, const std::string& value) {
  if (word == "class") {
    made.bug_class = value.empty() ? '?' : value[0];
  } else if (word == "program") {
    made.program = value;
  } else if (word == "fault") {
    made.fault = value;
  } else if (word == "options") {
    made.options = value;
  } else if (word == "seed") {
    made.seed = std::stoull(value);
  } else if (word == "symptom") {
    made.symptom = value;
  } else if (word == "seen") {
    made.seen = value;
  } else {
    return false;
  }
  return true;
}

bool is_symptom(const std::string& word) {
  constexpr std::array<std::string_view, 4> kPlain = {"wrong", "gives up", "hang", "crash"};
  return std::find(kPlain.begin(), kPlain.end(), word) != kPlain.end() ||
         word.rfind("oracle ", 0) == 0;
}

void check(const Case& made, std::size_t line) {
  const std::string where = "registry, the case that ends before line " + std::to_string(line);
  if (made.bug_class < 'A' || made.bug_class > 'J') {
    throw std::runtime_error(where + ": a class is a letter from A to J");
  }
  if (made.program.empty() || made.fault.empty() || made.seen.empty()) {
    throw std::runtime_error(where + ": wants program, fault and seen");
  }
  if (!is_symptom(made.symptom)) {
    throw std::runtime_error(where + ": no symptom is called '" + made.symptom + "'");
  }
}

// The next paragraph of // lines.
std::string next_paragraph(std::istream& lines) {
  std::string paragraph;
  for (std::string line; std::getline(lines, line) && line.rfind("// ", 0) == 0;) {
    if (!paragraph.empty()) paragraph += '\n';
    paragraph += line.substr(3);
  }
  return paragraph;
}

}  // namespace

std::vector<Case> parse_registry(std::string_view text) {
  std::vector<Case> cases;
  std::istringstream lines{std::string(text)};
  Case current;
  bool begun = false;
  std::size_t number = 0;
  const auto end_case = [&] {
    if (!begun) return;
    check(current, number);
    cases.push_back(current);
    current = {};
    begun = false;
  };
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.rfind('#', 0) == 0) continue;
    if (trimmed(line).empty()) {
      end_case();
      continue;
    }
    const std::size_t colon = line.find(':');
    begun = true;
    if (colon == std::string::npos ||
        !assign(current, line.substr(0, colon), trimmed(line.substr(colon + 1)))) {
      throw std::runtime_error("registry, line " + std::to_string(number) +
                               ": wants 'word: value': " + line);
    }
  }
  ++number;
  end_case();
  return cases;
}

std::vector<Case> load_registry() {
  return parse_registry(read_text(std::string(kDirectory) + "/registry.txt"));
}

std::vector<std::string> programs(const std::vector<Case>& cases) {
  std::vector<std::string> names;
  for (const Case& made : cases) {
    if (std::find(names.begin(), names.end(), made.program) == names.end()) {
      names.push_back(made.program);
    }
  }
  return names;
}

About about(const std::string& program) {
  std::istringstream lines(read_text(std::string(kDirectory) + "/programs/" + program + ".cpp"));
  About text;
  text.mistake = next_paragraph(lines);
  text.why = next_paragraph(lines);
  return text;
}

}  // namespace bugs
