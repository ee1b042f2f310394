#include "conformance/rules.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

namespace conformance {
namespace {

// clang-format off
const std::vector<Rule>& written_rules() {
#define RULE(id, title) {#id, title, ""},
#define VARIES(id, title, versions) {#id, title, "", versions},
#define UNTESTABLE(id, title, reason) {#id, title, reason},
  static const std::vector<Rule> rules{
#if __has_include("conformance/rules/setup.def")
#include "conformance/rules/setup.def"
#endif
#if __has_include("conformance/rules/submit.def")
#include "conformance/rules/submit.def"
#endif
#if __has_include("conformance/rules/poll.def")
#include "conformance/rules/poll.def"
#endif
#if __has_include("conformance/rules/getevents.def")
#include "conformance/rules/getevents.def"
#endif
#if __has_include("conformance/rules/cancel.def")
#include "conformance/rules/cancel.def"
#endif
#if __has_include("conformance/rules/destroy.def")
#include "conformance/rules/destroy.def"
#endif
#if __has_include("conformance/rules/ring.def")
#include "conformance/rules/ring.def"
#endif
  };
#undef RULE
#undef VARIES
#undef UNTESTABLE
  return rules;
}
// clang-format on

// "K24" -> 24. Ids of other shapes sort last.
long number_of(const std::string& id) {
  char* end = nullptr;
  long number = id.size() > 1 ? std::strtol(id.c_str() + 1, &end, 10) : 0;
  return number > 0 && *end == '\0' ? number : 1'000'000;
}

}  // namespace

RuleBook RuleBook::built_in() {
  RuleBook book;
  for (const Rule& rule : written_rules()) book.add(rule);
  return book;
}

std::vector<Rule> RuleBook::rules() const {
  std::vector<Rule> sorted = rules_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Rule& a, const Rule& b) { return number_of(a.id) < number_of(b.id); });
  return sorted;
}

const Rule* RuleBook::find(const std::string& id) const {
  for (const Rule& rule : rules_) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

std::vector<std::string> RuleBook::errors(const std::vector<TestEntry>& tests) const {
  std::vector<std::string> errors;
  std::set<std::string> seen;
  for (const Rule& rule : rules()) {
    if (!seen.insert(rule.id).second) errors.push_back("rule " + rule.id + " is there twice");
  }
  check_tests(tests, &errors);
  return errors;
}

void RuleBook::check_tests(const std::vector<TestEntry>& tests,
                           std::vector<std::string>* errors) const {
  std::set<std::string> tested;
  for (const TestEntry& test : tests) {
    if (test.rules.empty()) errors->push_back(test.full_name() + " names no rule");
    for (const std::string& id : test.rules) {
      tested.insert(id);
      if (find(id) == nullptr) errors->push_back(test.full_name() + " names no known rule: " + id);
    }
  }
  for (const Rule& rule : rules()) {
    bool has_test = tested.count(rule.id) != 0;
    if (rule.untestable.empty() && !has_test) {
      errors->push_back("rule " + rule.id + " has no test: " + rule.title);
    }
    if (!rule.untestable.empty() && has_test) {
      errors->push_back("rule " + rule.id + " is listed as untestable and has a test");
    }
  }
}

std::vector<std::string> tests_nothing_ran(const std::vector<JudgedResult>& results) {
  std::map<std::string, bool> ran;
  for (const JudgedResult& one : results) {
    bool& any = ran[one.raw.full_name()];
    any = any || !one.raw.notes.not_applicable;
  }
  std::vector<std::string> none;
  for (const auto& [test, any] : ran) {
    if (!any) none.push_back(test);
  }
  return none;
}

}  // namespace conformance
