// The rule book: every rule of kernel AIO that the suite covers, or says why it cannot.
//
// conformance/rules/<area>.def hold the rules, one line each:
//
//   RULE(K24, "a handle is looked up by address and id")
//   VARIES(K57, "a vector's sum is cut", "a lone segment since 6.4; EFAULT before")
//   UNTESTABLE(K12, "io_setup and fatal signals", "the program that could tell is dead")
//
// docs/semantics/ has their full text.
#pragma once

#include <string>
#include <vector>

#include "conformance/registry.h"
#include "conformance/verdict.h"

namespace conformance {

struct Rule {
  std::string id;
  std::string title;
  std::string untestable;  // why no program can test it; empty for the others
  std::string versions{};  // since or until which kernels; empty when all that were tried agree
};

class RuleBook {
 public:
  // The rules of conformance/rules/*.def.
  static RuleBook built_in();

  void add(Rule rule) { rules_.push_back(std::move(rule)); }
  // In the order of their numbers.
  [[nodiscard]] std::vector<Rule> rules() const;
  [[nodiscard]] const Rule* find(const std::string& id) const;

  // What is wrong between the rules and the tests: an id twice, a test that names no rule or an
  // unknown one, a testable rule without a test, an untestable rule that has one.
  [[nodiscard]] std::vector<std::string> errors(const std::vector<TestEntry>& tests) const;

 private:
  void check_tests(const std::vector<TestEntry>& tests, std::vector<std::string>* errors) const;
  std::vector<Rule> rules_;
};

// Tests of which every backend said "not applicable": nothing ran them.
std::vector<std::string> tests_nothing_ran(const std::vector<JudgedResult>& results);

}  // namespace conformance
