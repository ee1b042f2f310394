#include "conformance/ledger.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace conformance {
namespace {

std::string trimmed(const std::string& text) {
  std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The reason, the last column, may hold the separator itself.
std::vector<std::string> split(const std::string& text, char separator, std::size_t at_most) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (parts.size() + 1 < at_most) {
    std::size_t end = text.find(separator, begin);
    if (end == std::string::npos) break;
    parts.push_back(trimmed(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

std::optional<LedgerOutcome> outcome_of(const std::string& word) {
  if (word == "not-applicable") return LedgerOutcome::kNotApplicable;
  if (word == "differs") return LedgerOutcome::kDiffers;
  if (word == "may-differ") return LedgerOutcome::kMayDiffer;
  if (word == "unavailable-part") return LedgerOutcome::kUnavailablePart;
  return std::nullopt;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

JudgedResult verdict(RawResult raw, Verdict verdict, std::string reason) {
  return {std::move(raw), verdict, std::move(reason)};
}

JudgedResult stale(RawResult raw, const std::string& what) {
  return verdict(std::move(raw), Verdict::kFail, "stale ledger line: " + what);
}

JudgedResult judge_not_applicable(RawResult raw, const LedgerLine* line) {
  std::string said = *raw.notes.not_applicable;
  if (line == nullptr) {
    return verdict(std::move(raw), Verdict::kFail,
                   "not applicable, but the ledger has no line for it: " + said);
  }
  if (line->outcome == LedgerOutcome::kDiffers || line->outcome == LedgerOutcome::kMayDiffer) {
    return stale(std::move(raw), "it says a difference, the test says not applicable: " + said);
  }
  return verdict(std::move(raw), Verdict::kNotApplicable, line->reason);
}

}  // namespace

void Ledger::parse(const std::string& text, const std::string& source,
                   std::vector<std::string>* errors) {
  std::istringstream in{text};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    parse_line(line, source + ":" + std::to_string(number) + ": ", number, errors);
  }
}

void Ledger::parse_line(const std::string& line, const std::string& where, int number,
                        std::vector<std::string>* errors) {
  std::vector<std::string> columns = split(line, '|', 4);
  if (columns.size() != 4) {
    errors->push_back(where + "wanted four columns: backend | test | outcome | reason");
    return;
  }
  std::optional<LedgerOutcome> outcome = outcome_of(columns[2]);
  if (!outcome) {
    errors->push_back(where + "unknown outcome '" + columns[2] + "'");
    return;
  }
  if (columns[3].empty()) {
    errors->push_back(where + "a line needs a reason");
    return;
  }
  for (const std::string& backend : split(columns[0], ',', 99)) {
    if (find(backend, columns[1]) != nullptr) {
      errors->push_back(where + backend + " and " + columns[1] + " have a line already");
      continue;
    }
    lines_.push_back({backend, columns[1], *outcome, columns[3], number});
  }
}

void Ledger::check_names(const std::vector<std::string>& backends,
                         const std::vector<std::string>& tests,
                         std::vector<std::string>* errors) const {
  for (const LedgerLine& one : lines_) {
    std::string where = "ledger line " + std::to_string(one.line) + ": ";
    if (!contains(backends, one.backend)) {
      errors->push_back(where + "unknown backend '" + one.backend + "'");
    }
    if (!contains(tests, one.test)) errors->push_back(where + "unknown test '" + one.test + "'");
  }
}

const LedgerLine* Ledger::find(const std::string& backend, const std::string& test) const {
  for (const LedgerLine& one : lines_) {
    if (one.backend == backend && one.test == test) return &one;
  }
  return nullptr;
}

JudgedResult judge(RawResult raw, const LedgerLine* line) {
  if (raw.notes.broken) {
    std::string reason = *raw.notes.broken;
    return verdict(std::move(raw), Verdict::kBroken, reason);
  }
  bool failed = !raw.failures.empty();
  if (!failed && raw.notes.not_applicable) return judge_not_applicable(std::move(raw), line);
  if (line != nullptr && line->outcome == LedgerOutcome::kDiffers) {
    if (failed) return verdict(std::move(raw), Verdict::kDiffers, line->reason);
    return stale(std::move(raw), "it says differs, and the test passes");
  }
  if (failed && line != nullptr && line->outcome == LedgerOutcome::kMayDiffer) {
    return verdict(std::move(raw), Verdict::kDiffers, line->reason);
  }
  if (failed) return verdict(std::move(raw), Verdict::kFail, "");
  if (line != nullptr && line->outcome == LedgerOutcome::kNotApplicable) {
    return stale(std::move(raw), "it says not-applicable, and the test passes");
  }
  return verdict(std::move(raw), Verdict::kPass, "");
}

}  // namespace conformance
