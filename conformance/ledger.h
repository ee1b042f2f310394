// The ledger: what is known to differ, as data.
//
// One line per backend and test, four columns separated by '|':
//
//   backend | Area.Name | outcome | reason
//
// `backend` is one or several (commas) of emulator, kernel, libaio, libaio-static, preload,
// drop-in, syscall, lib: (every lib:PATH). Empty lines and lines that begin with '#' are skipped.
// Outcomes:
//
//   not-applicable    the test must say NOT_APPLICABLE there
//   differs           the test must fail there
//   may-differ        the test passes or fails there, as the machine below decides
//   unavailable-part  a part of the machine that the test needs may be missing there (an O_DIRECT
//                     file system, a terminal): it may say NOT_APPLICABLE, or run and pass
//
// A line that no longer holds is stale, and a stale line fails the run: a ledger that is never
// cleaned hides the next difference.
#pragma once

#include <string>
#include <vector>

#include "conformance/verdict.h"

namespace conformance {

enum class LedgerOutcome { kNotApplicable, kDiffers, kMayDiffer, kUnavailablePart };

struct LedgerLine {
  std::string backend;
  std::string test;
  LedgerOutcome outcome = LedgerOutcome::kDiffers;
  std::string reason;
  int line = 0;
};

class Ledger {
 public:
  // Adds the lines of `text`. Errors (a missing column, an unknown outcome, an empty reason, the
  // same backend and test twice) are appended to `errors` as "source:line: what".
  void parse(const std::string& text, const std::string& source, std::vector<std::string>* errors);

  // Names that neither the suite nor this program knows.
  void check_names(const std::vector<std::string>& backends, const std::vector<std::string>& tests,
                   std::vector<std::string>* errors) const;

  // Null when there is no line. `backend` as ledger_name() gives it.
  [[nodiscard]] const LedgerLine* find(const std::string& backend, const std::string& test) const;
  [[nodiscard]] const std::vector<LedgerLine>& lines() const { return lines_; }

 private:
  void parse_line(const std::string& line, const std::string& where, int number,
                  std::vector<std::string>* errors);
  std::vector<LedgerLine> lines_;
};

// Turns what was seen into a verdict. `line` may be null.
JudgedResult judge(RawResult raw, const LedgerLine* line);

// The ledger that was compiled in: conformance/ledger.txt.
std::string built_in_ledger();

// What differs below qemu-user on top of that: conformance/ledger.qemu-user.txt.
std::string built_in_qemu_user_ledger();

}  // namespace conformance
