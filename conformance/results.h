// Results of a run as a file, so that runs on several machines can be put side by side.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/report.h"

namespace conformance {

// Writes backends with their facts, results with their failures, and suite errors, as JSON.
void write_results(const Report& report, std::ostream& out);

// Adds what `in` holds to `report`. Each backend is then called "MACHINE/NAME". False, with the
// reason in `*why` and the report as it was, when it is not such a file.
bool read_results(std::istream& in, const std::string& machine, Report* report, std::string* why);

// Whether an emulated kernel is the one it imitates: of each machine with the backend `kernel`
// and one called "emulator:PROFILE", the facts that depend on the kernel's version and the
// verdict of each test are compared.
struct Agreement {
  std::string kernel;    // "linux-6.1/kernel"
  std::string emulator;  // "linux-6.1/emulator:linux-6.1"
  int tests_alike = 0;
  int tests_in_ledger = 0;  // the ledger names one of the two: nothing to compare
  int facts_alike = 0;
  std::vector<std::string> differences;  // "Area.Name: pass, FAIL", "rwf_known: 0x1f, 0x3f"
};
std::vector<Agreement> agreements(const Report& report);
void print_agreements(const std::vector<Agreement>& all, std::ostream& out);

}  // namespace conformance
