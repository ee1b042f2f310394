#include "tests/tidy/rules.h"

#include <regex>
#include <string>

#include "tests/tidy/cpp_text.h"
#include "tests/tidy/layers.h"

namespace tidy {
namespace {

constexpr std::size_t kFunctionCap = 70;
constexpr std::size_t kFileCap = 600;
constexpr std::size_t kTestFileCap = 800;

bool is_test(std::string_view path) {
  return path.starts_with("tests/") || path.ends_with("_test.cpp");
}

// Every line of every file that matches `pattern`.
std::vector<Finding> grep(const Tree& tree, const std::string& rule, const std::regex& pattern,
                          const std::string& message) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    std::size_t number = 0;
    for (const std::string_view line : lines_of(file.text)) {
      ++number;
      std::cmatch match;
      if (std::regex_search(line.data(), line.data() + line.size(), match, pattern)) {
        findings.push_back({rule, file.path, number, message + ": '" + match.str() + "'"});
      }
    }
  }
  return findings;
}

std::string with_extension(const std::string& path, std::string_view extension) {
  return path.substr(0, path.rfind('.')).append(extension);
}

}  // namespace

std::vector<Finding> check_unbuilt(const Tree& tree) {
  std::set<std::string> included;
  for (const SourceFile& file : tree.files) {
    if (!is_code(file.path)) continue;
    for (const Include& include : includes_of(file.text)) {
      included.insert(resolve(tree, file.path, include.name));
    }
  }
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (is_header(file.path) && !included.contains(file.path)) {
      findings.push_back({"unbuilt", file.path, 0, "no file includes it"});
    }
    if (tree.knows_built && is_source(file.path) && !tree.built.contains(file.path) &&
        !included.contains(file.path)) {
      findings.push_back({"unbuilt", file.path, 0, "no target compiles it"});
    }
  }
  return findings;
}

std::vector<Finding> check_function_length(const Tree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!is_code(file.path)) continue;
    for (const Function& function : functions_of(file.text)) {
      if (function.length() <= kFunctionCap) continue;
      findings.push_back({"function-length", file.path, function.first,
                          std::to_string(function.length()) + " lines, the cap is " +
                              std::to_string(kFunctionCap) + ": " + function.head.substr(0, 60)});
    }
  }
  return findings;
}

std::vector<Finding> check_file_length(const Tree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!is_code(file.path)) continue;
    const std::size_t lines = lines_of(file.text).size();
    const std::size_t cap = is_test(file.path) ? kTestFileCap : kFileCap;
    if (lines <= cap) continue;
    findings.push_back({"file-length", file.path, 0,
                        std::to_string(lines) + " lines, the cap is " + std::to_string(cap)});
  }
  return findings;
}

std::vector<Finding> check_pragma_once(const Tree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!is_header(file.path)) continue;
    const std::string code = code_only(file.text);
    const std::size_t first = code.find_first_not_of(" \t\n");
    if (first == std::string::npos ||
        !std::string_view(code).substr(first).starts_with("#pragma once")) {
      findings.push_back({"pragma-once", file.path, 0, "does not begin with '#pragma once'"});
    }
  }
  return findings;
}

std::vector<Finding> check_first_include(const Tree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!is_source(file.path)) continue;
    const std::string own = with_extension(file.path, ".h");
    if (tree.find(own) == nullptr) continue;
    const std::vector<Include> includes = includes_of(file.text);
    if (!includes.empty() && resolve(tree, file.path, includes.front().name) == own) continue;
    findings.push_back({"first-include", file.path, includes.empty() ? 0 : includes.front().line,
                        "the first include is not " + own});
  }
  return findings;
}

std::vector<Finding> check_public_headers(const Tree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!file.path.starts_with("emulator/include/")) continue;
    for (const Include& include : includes_of(file.text)) {
      const std::string target = resolve(tree, file.path, include.name);
      if (target.empty() || target.starts_with("emulator/include/")) continue;
      findings.push_back({"public-header", file.path, include.line,
                          "includes " + target + ", which is not installed"});
    }
  }
  return findings;
}

std::vector<Finding> check_unfinished(const Tree& tree) {
  // Written in pieces, so that this file does not find itself.
  static const std::regex pattern(R"(\b(TO)"
                                  R"(DO|FIX)"
                                  R"(ME|XX)"
                                  R"(X)\b)");
  return grep(tree, "unfinished", pattern, "marks unfinished work");
}

std::vector<Finding> check_outside(const Tree& tree) {
  static const std::regex pattern(R"((\.\./sha)"
                                  R"(red|/wo)"
                                  R"(rk/|/home/[a-z]|/roo)"
                                  R"(t/|\b[Ii]ss)"
                                  R"(ues? +#?[0-9]+|\((?:see )?#[0-9]+\)))");
  return grep(tree, "outside", pattern, "points out of the repository");
}

std::vector<Finding> check_text_rules(const Tree& tree) {
  std::vector<Finding> all;
  for (const auto check :
       {check_unbuilt, check_function_length, check_file_length, check_pragma_once,
        check_first_include, check_public_headers, check_unfinished, check_outside}) {
    const std::vector<Finding> findings = check(tree);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

}  // namespace tidy
