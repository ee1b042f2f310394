#include "conformance/report.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>
#include <sstream>

namespace conformance {
namespace {

// The first column fits every name in use.
int name_width(const Report& report) {
  std::size_t width = 12;
  for (const JudgedBackend& one : report.backends) width = std::max(width, one.name.size());
  return static_cast<int>(width) + 2;
}

constexpr std::array kVerdicts{Verdict::kPass, Verdict::kFail, Verdict::kBroken,
                               Verdict::kNotApplicable, Verdict::kDiffers};

struct Counts {
  std::array<int, kVerdicts.size()> of{};
  void add(Verdict verdict) { ++of[static_cast<std::size_t>(verdict)]; }
};

std::vector<const JudgedResult*> with_verdict(const Report& report, Verdict verdict) {
  std::vector<const JudgedResult*> chosen;
  for (const JudgedResult& one : report.results) {
    if (one.verdict == verdict) chosen.push_back(&one);
  }
  return chosen;
}

void print_row(int width, const std::string& backend, const std::string& area, const Counts& counts,
               std::ostream& out) {
  out << "  " << std::left << std::setw(width) << backend << std::setw(16) << area << std::right;
  for (int count : counts.of) {
    if (count == 0) {
      out << std::setw(9) << "-";
    } else {
      out << std::setw(9) << count;
    }
  }
  out << "\n";
}

void print_table_of(const std::string& backend, const Report& report, std::ostream& out) {
  std::map<std::string, Counts> areas;
  Counts all;
  for (const JudgedResult& one : report.results) {
    if (one.raw.backend != backend) continue;
    areas[one.raw.area].add(one.verdict);
    all.add(one.verdict);
  }
  for (const auto& [area, counts] : areas)
    print_row(name_width(report), backend, area, counts, out);
  print_row(name_width(report), backend, "all", all, out);
}

void print_table(const Report& report, std::ostream& out) {
  if (report.backends.empty()) return;
  out << "  " << std::left << std::setw(name_width(report)) << "backend" << std::setw(16) << "area"
      << std::right;
  for (Verdict verdict : kVerdicts) out << std::setw(9) << verdict_name(verdict);
  out << "\n";
  for (const JudgedBackend& backend : report.backends) print_table_of(backend.name, report, out);
}

void print_reasons(const Report& report, Verdict verdict, const char* title, std::ostream& out) {
  // One line per test and reason, with all the backends that share them.
  std::map<std::pair<std::string, std::string>, std::string> lines;
  for (const JudgedResult* one : with_verdict(report, verdict)) {
    std::string& backends = lines[{one->raw.full_name(), one->reason}];
    backends += (backends.empty() ? "" : ", ") + one->raw.backend;
  }
  if (lines.empty()) return;
  out << "\n" << title << "\n";
  for (const auto& [what, backends] : lines) {
    out << "  " << what.first << " [" << backends << "]: " << what.second << "\n";
  }
}

std::string environment_of(const Report& report, const std::string& backend) {
  for (const JudgedBackend& one : report.backends) {
    if (one.name == backend) return one.environment;
  }
  return "";
}

std::string indented(const std::string& text) {
  std::string result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) result += "    " + line + "\n";
  return result;
}

void print_unspecified(const Report& report, std::ostream& out) {
  std::set<std::pair<std::string, std::string>> lines;
  for (const JudgedResult& one : report.results) {
    for (const std::string& reason : one.raw.notes.unspecified) {
      lines.insert({one.raw.full_name(), reason});
    }
  }
  if (lines.empty()) return;
  out << "\nUnspecified (nothing asserted):\n";
  for (const auto& [test, reason] : lines) out << "  " << test << ": " << reason << "\n";
}

void print_failures(const Report& report, std::ostream& out) {
  std::vector<const JudgedResult*> failures = with_verdict(report, Verdict::kFail);
  if (failures.empty()) return;
  out << "\nFailures:\n";
  for (const JudgedResult* one : failures) {
    out << "  " << one->raw.full_name() << " on " << one->raw.backend << "\n";
    if (!one->reason.empty()) out << indented(one->reason);
    for (const std::string& failure : one->raw.failures) out << indented(failure);
    out << "    replay: " << environment_of(report, one->raw.backend)
        << "aioemu-conformance --backend " << one->raw.backend << " --filter "
        << one->raw.full_name() << "\n";
  }
}

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        // XML 1.0 has no way to write most control characters.
        result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return result;
}

std::string story_of(const JudgedResult& one) {
  std::string story = one.reason;
  for (const std::string& failure : one.raw.failures) story += "\n" + failure;
  return story;
}

void print_junit_case(const JudgedResult& one, std::ostream& out) {
  out << "    <testcase classname=\"" << escaped(one.raw.backend + "." + one.raw.area)
      << "\" name=\"" << escaped(one.raw.name) << "\" time=\"" << one.raw.milliseconds / 1000 << "."
      << std::setw(3) << std::setfill('0') << one.raw.milliseconds % 1000 << std::setfill(' ')
      << "\"";
  std::string reason = escaped(one.reason);
  switch (one.verdict) {
    case Verdict::kPass:
      out << "/>\n";
      return;
    case Verdict::kFail:
      out << "><failure message=\"failed\">" << escaped(story_of(one)) << "</failure>";
      break;
    case Verdict::kBroken:
      out << "><error message=\"broken\">" << reason << "</error>";
      break;
    case Verdict::kNotApplicable:
      out << "><skipped message=\"not applicable: " << reason << "\"/>";
      break;
    case Verdict::kDiffers:
      out << "><skipped message=\"known difference: " << reason << "\"/>";
      break;
  }
  out << "</testcase>\n";
}

void print_junit_suite(const std::string& backend, const Report& report, std::ostream& out) {
  Counts counts;
  int total = 0;
  for (const JudgedResult& one : report.results) {
    if (one.raw.backend != backend) continue;
    counts.add(one.verdict);
    ++total;
  }
  auto count = [&counts](Verdict verdict) { return counts.of[static_cast<std::size_t>(verdict)]; };
  out << "  <testsuite name=\"" << escaped(backend) << "\" tests=\"" << total << "\" failures=\""
      << count(Verdict::kFail) << "\" errors=\"" << count(Verdict::kBroken) << "\" skipped=\""
      << count(Verdict::kNotApplicable) + count(Verdict::kDiffers) << "\">\n";
  for (const JudgedResult& one : report.results) {
    if (one.raw.backend == backend) print_junit_case(one, out);
  }
  out << "  </testsuite>\n";
}

std::string in_table(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

bool names(const TestEntry& test, const std::string& rule) {
  return std::find(test.rules.begin(), test.rules.end(), rule) != test.rules.end();
}

// The worst verdict of a rule's tests: one row of the coverage table shows it.
std::string worst_of(const Report& report, const std::string& backend,
                     const std::vector<std::string>& tests) {
  constexpr std::array kWorstFirst{Verdict::kFail, Verdict::kBroken, Verdict::kDiffers,
                                   Verdict::kPass, Verdict::kNotApplicable};
  std::set<Verdict> seen;
  for (const JudgedResult& one : report.results) {
    if (one.raw.backend != backend) continue;
    if (std::find(tests.begin(), tests.end(), one.raw.full_name()) == tests.end()) continue;
    seen.insert(one.verdict);
  }
  for (Verdict verdict : kWorstFirst) {
    if (seen.count(verdict) != 0) return verdict_name(verdict);
  }
  return "-";
}

void print_coverage_row(const Report& report, const Rule& rule, const std::vector<TestEntry>& tests,
                        std::ostream& out) {
  std::vector<std::string> covering;
  for (const TestEntry& test : tests) {
    if (names(test, rule.id)) covering.push_back(test.full_name());
  }
  std::string list;
  for (const std::string& test : covering) list += (list.empty() ? "" : "<br>") + test;
  if (covering.empty() && !rule.untestable.empty()) list = "untestable: " + rule.untestable;
  std::string title = in_table(rule.title);
  if (!rule.versions.empty()) title += "<br>*" + in_table(rule.versions) + "*";
  out << "| " << rule.id << " | " << title << " | " << in_table(list) << " |";
  for (const JudgedBackend& backend : report.backends) {
    out << " " << worst_of(report, backend.name, covering) << " |";
  }
  out << "\n";
}

}  // namespace

void print_report(const Report& report, std::ostream& out) {
  for (const JudgedBackend& backend : report.backends) {
    out << backend.name << ": " << backend.kernel << "\n";
  }
  for (const auto& [name, reason] : report.unavailable) {
    out << name << ": not available here: " << reason << "\n";
  }
  out << "\n";
  print_table(report, out);
  print_reasons(report, Verdict::kDiffers, "Differences (from the ledger):", out);
  print_reasons(report, Verdict::kNotApplicable, "Not applicable (from the ledger):", out);
  print_reasons(report, Verdict::kBroken, "Broken (nothing can be said):", out);
  print_unspecified(report, out);
  print_failures(report, out);
  if (report.suite_errors.empty()) return;
  out << "\nSuite errors:\n";
  for (const std::string& error : report.suite_errors) out << "  " << error << "\n";
}

void print_coverage(const Report& report, const RuleBook& book, const std::vector<TestEntry>& tests,
                    std::ostream& out) {
  out << "# Coverage of the rules\n\n"
      << "Written by `aioemu-conformance --coverage`. Each backend's column shows the worst "
         "verdict "
         "of the rule's tests.\n\n";
  for (const JudgedBackend& backend : report.backends) {
    out << "- " << backend.name << ": " << backend.kernel << "\n";
  }
  out << "\n| rule | title | tests |";
  for (const JudgedBackend& backend : report.backends) out << " " << backend.name << " |";
  out << "\n|---|---|---|";
  for (std::size_t i = 0; i < report.backends.size(); ++i) out << "---|";
  out << "\n";
  for (const Rule& rule : book.rules()) print_coverage_row(report, rule, tests, out);
}

void print_junit(const Report& report, std::ostream& out) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"aioemu-conformance\">\n";
  for (const JudgedBackend& backend : report.backends) print_junit_suite(backend.name, report, out);
  out << "</testsuites>\n";
}

int exit_status(const Report& report) {
  bool good = report.suite_errors.empty() && with_verdict(report, Verdict::kFail).empty() &&
              with_verdict(report, Verdict::kBroken).empty();
  return good ? 0 : 1;
}

}  // namespace conformance
