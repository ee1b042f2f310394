#include "conformance/matrix.h"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>

#include "conformance/results.h"

namespace conformance {
namespace {

// "linux-6.1/kernel" is backend "kernel" of machine "linux-6.1".
std::string machine_of(const std::string& name) { return name.substr(0, name.find('/')); }
std::string backend_of(const std::string& name) { return name.substr(name.find('/') + 1); }

std::vector<std::string> machines_of(const Report& report) {
  std::vector<std::string> machines;
  for (const JudgedBackend& one : report.backends) {
    const std::string machine = machine_of(one.name);
    if (machines.empty() || machines.back() != machine) machines.push_back(machine);
  }
  return machines;
}

std::string in_cell(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

using Verdicts = std::map<std::string, std::map<std::string, Verdict>>;  // backend, test

Verdicts verdicts_of(const Report& report) {
  Verdicts verdicts;
  for (const JudgedResult& one : report.results) {
    verdicts[one.raw.backend][one.raw.full_name()] = one.verdict;
  }
  return verdicts;
}

void print_counts(const Report& report, const Verdicts& verdicts, std::ostream& out) {
  constexpr std::array kShown{Verdict::kPass, Verdict::kFail, Verdict::kBroken,
                              Verdict::kNotApplicable, Verdict::kDiffers};
  out << "| machine | kernel | backend | passed | failed | broken | not applicable | known "
         "differences |\n|---|---|---|---|---|---|---|---|\n";
  for (const JudgedBackend& one : report.backends) {
    out << "| " << machine_of(one.name) << " | " << in_cell(one.kernel) << " | "
        << backend_of(one.name) << " |";
    const auto found = verdicts.find(one.name);
    for (Verdict verdict : kShown) {
      const auto same = [&](const auto& test) { return test.second == verdict; };
      const auto count = found == verdicts.end()
                             ? 0
                             : std::count_if(found->second.begin(), found->second.end(), same);
      out << " " << count << " |";
    }
    out << "\n";
  }
}

void print_agreement_table(const Report& report, std::ostream& out) {
  out << "\n| machine | the emulator as | tests alike | facts alike | in the ledger | differences "
         "|\n|---|---|---|---|---|---|\n";
  for (const Agreement& one : agreements(report)) {
    out << "| " << machine_of(one.kernel) << " | " << backend_of(one.emulator).substr(9) << " | "
        << one.tests_alike << " | " << one.facts_alike << " | " << one.tests_in_ledger << " |";
    if (one.differences.empty()) out << " none";
    for (const std::string& difference : one.differences) out << " " << in_cell(difference) << ";";
    out << " |\n";
  }
}

// The worst verdict of some tests; an empty string when none of them ran.
std::string worst_of(const std::map<std::string, Verdict>& verdicts,
                     const std::vector<std::string>& tests) {
  constexpr std::array kWorstFirst{Verdict::kFail, Verdict::kBroken, Verdict::kDiffers,
                                   Verdict::kNotApplicable, Verdict::kPass};
  std::set<Verdict> seen;
  for (const std::string& test : tests) {
    const auto found = verdicts.find(test);
    if (found != verdicts.end()) seen.insert(found->second);
  }
  for (Verdict verdict : kWorstFirst) {
    if (seen.count(verdict) != 0) return verdict_name(verdict);
  }
  return "";
}

std::string cell_of(const Report& report, const Verdicts& verdicts, const std::string& machine,
                    const std::vector<std::string>& tests) {
  std::string exceptions;
  bool ran = false;
  for (const JudgedBackend& one : report.backends) {
    const auto found = verdicts.find(one.name);
    if (machine_of(one.name) != machine || found == verdicts.end()) continue;
    const std::string worst = worst_of(found->second, tests);
    if (worst.empty()) continue;
    ran = true;
    if (worst == verdict_name(Verdict::kPass)) continue;
    const std::string backend = backend_of(one.name);
    exceptions +=
        (exceptions.empty() ? "" : "<br>") + backend.substr(0, backend.find(':')) + " " + worst;
  }
  if (!ran) return "-";
  return exceptions.empty() ? "pass" : exceptions;
}

std::vector<std::string> tests_of(const Rule& rule, const std::vector<TestEntry>& tests) {
  std::vector<std::string> names;
  for (const TestEntry& test : tests) {
    const bool covers =
        std::find(test.rules.begin(), test.rules.end(), rule.id) != test.rules.end();
    if (covers) names.push_back(test.full_name());
  }
  return names;
}

}  // namespace

std::string matrix_row_head(const Rule& rule) {
  std::string head = "| " + rule.id + " | " + in_cell(rule.title);
  if (!rule.versions.empty()) head += "<br>*" + in_cell(rule.versions) + "*";
  if (!rule.untestable.empty()) head += "<br>*untestable: " + in_cell(rule.untestable) + "*";
  return head + " |";
}

void print_matrix(const Report& report, const RuleBook& book, const std::vector<TestEntry>& tests,
                  std::ostream& out) {
  const Verdicts verdicts = verdicts_of(report);
  const std::vector<std::string> machines = machines_of(report);
  print_counts(report, verdicts, out);
  print_agreement_table(report, out);
  out << "\n| rule | title | tests |";
  for (const std::string& machine : machines) out << " " << machine << " |";
  out << "\n|---|---|---|";
  for (std::size_t i = 0; i < machines.size(); ++i) out << "---|";
  out << "\n";
  for (const Rule& rule : book.rules()) {
    const std::vector<std::string> covering = tests_of(rule, tests);
    out << matrix_row_head(rule) << " " << covering.size() << " |";
    for (const std::string& machine : machines) {
      out << " " << cell_of(report, verdicts, machine, covering) << " |";
    }
    out << "\n";
  }
}

}  // namespace conformance
