// What a run says at its end.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/rules.h"
#include "conformance/verdict.h"

namespace conformance {

struct JudgedBackend {
  std::string name;
  std::string kernel;       // Facts::kernel
  std::string environment;  // what stands before a command line that meets it again
  std::map<std::string, std::string> facts{};  // those that depend on the kernel's version
};

struct Report {
  std::vector<JudgedBackend> backends;  // in the order in which they are shown
  std::vector<std::pair<std::string, std::string>> unavailable;  // name, reason
  std::vector<JudgedResult> results;
  std::vector<std::string> suite_errors;  // of rules and ledger
};

// The table backend x area, the differences with their reasons, the failures with the line that
// replays each, the suite errors.
void print_report(const Report& report, std::ostream& out);

// Markdown: each rule with its tests and their verdict on each backend.
void print_coverage(const Report& report, const RuleBook& book, const std::vector<TestEntry>& tests,
                    std::ostream& out);

// JUnit XML, one suite per backend: failures are failures, broken is error, n.a. is skipped.
void print_junit(const Report& report, std::ostream& out);

// 0 when every test passed or ended as the ledger says; else 1.
int exit_status(const Report& report);

}  // namespace conformance
