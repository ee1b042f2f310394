// aioemu-conformance: the judge. See docs/judge-your-own.md.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/backend_set.h"
#include "conformance/backends/backends.h"
#include "conformance/ledger.h"
#include "conformance/matrix.h"
#include "conformance/report.h"
#include "conformance/results.h"
#include "conformance/runner.h"
#include "real/probe.h"

namespace conformance {
namespace {

constexpr int kDifferences = 1;
constexpr int kUsage = 2;
constexpr int kNotAvailable = 77;

struct Options {
  std::vector<std::string> backends;
  std::string filter;
  std::string junit;
  std::string coverage;
  std::string results;
  std::string matrix;
  std::string begun;
  std::vector<std::string> read;
  std::vector<std::string> ledgers;
  bool no_ledger = false;
  bool list = false;
  bool quick = false;
  [[nodiscard]] bool whole_suite() const { return filter.empty() && !quick && backends.empty(); }
};

// Everything a run knows beside its options.
struct Session {
  Options options;
  Ledger ledger;
  Report report;
};

int list_tests(const Options& options) {
  for (const TestEntry& test : all_tests()) {
    if (!filter_chooses(options.filter, test.full_name())) continue;
    std::cout << test.full_name() << " ";
    for (const std::string& rule : test.rules) std::cout << " " << rule;
    std::cout << (test.slow ? " (slow)\n" : "\n");
  }
  return 0;
}

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

std::string hexadecimal(std::uint32_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

// RWF_ATOMIC: taken only for files of devices that can, so that a probe seldom sees it.
constexpr std::uint32_t kAtomicFlag = 0x40;

// What differs between kernels of several versions, whatever the machine.
std::map<std::string, std::string> version_facts(const Facts& facts) {
  return {{"rwf_known", hexadecimal(facts.rwf_known & ~kAtomicFlag)},
          {"wakes_on_enough", yes_or_no(facts.wakes_on_enough)},
          {"clamps_single_segment", yes_or_no(facts.clamps_single_segment)},
          {"ioprio_hints", yes_or_no(facts.ioprio_hints)},
          {"zero_device_nowait", yes_or_no(facts.zero_device_nowait)},
          {"ring_crosses_fork", yes_or_no(facts.ring_crosses_fork)},
          {"tmpfs_direct", yes_or_no(facts.tmpfs_direct)},
          {"timerfd_read_iter", yes_or_no(facts.timerfd_read_iter)}};
}

// 0, or the status to end with.
int make_backends(Session* session) {
  const std::vector<std::string>& asked = session->options.backends;
  for (const std::string& name : asked) {
    if (is_backend_name(name)) continue;
    std::cerr << "aioemu-conformance: no backend is called '" << name << "'; there are "
              << backend_choices() << "\n";
    return kUsage;
  }
  for (const std::string& name : asked.empty() ? default_backends() : asked) {
    if (BackendSet::instance().find(name) != nullptr) continue;
    MadeBackend made = make_backend(name);
    if (made.backend == nullptr) {
      session->report.unavailable.emplace_back(name, made.reason);
      continue;
    }
    const Facts& facts = made.backend->facts();
    session->report.backends.push_back(
        {name, facts.kernel, replay_environment(name), version_facts(facts)});
    BackendSet::instance().add(std::move(made.backend));
  }
  if (asked.empty() || session->report.unavailable.empty()) return 0;
  print_report(session->report, std::cout);
  return kNotAvailable;
}

void read_built_in_ledgers(Ledger* ledger, std::vector<std::string>* errors) {
  ledger->parse(built_in_ledger(), "ledger.txt", errors);
  if (!real::below_user_emulator()) return;
  ledger->parse(built_in_qemu_user_ledger(), "ledger.qemu-user.txt", errors);
}

bool read_ledgers(Session* session) {
  std::vector<std::string>* errors = &session->report.suite_errors;
  if (!session->options.no_ledger) read_built_in_ledgers(&session->ledger, errors);
  for (const std::string& path : session->options.ledgers) {
    std::ifstream file{path};
    std::stringstream text;
    if (!(text << file.rdbuf())) {
      std::cerr << "aioemu-conformance: cannot read " << path << "\n";
      return false;
    }
    session->ledger.parse(text.str(), path, errors);
  }
  std::vector<std::string> tests;
  for (const TestEntry& test : all_tests()) tests.push_back(test.full_name());
  session->ledger.check_names(ledger_backend_names(), tests, errors);
  return true;
}

void run_and_judge(Session* session) {
  RunOptions run;
  run.filter = session->options.filter;
  run.quick = session->options.quick;
  run.begun = session->options.begun;
  run.progress = isatty(STDERR_FILENO) == 1;
  for (RawResult& raw : run_suite(run)) {
    const LedgerLine* line = session->ledger.find(ledger_name(raw.backend), raw.full_name());
    session->report.results.push_back(judge(std::move(raw), line));
  }
}

// Only a run of everything can say that something is missing.
void check_completeness(Session* session, const RuleBook& book) {
  if (!session->options.whole_suite()) return;
  std::vector<std::string>& errors = session->report.suite_errors;
  for (std::string& error : book.errors(all_tests())) errors.push_back(std::move(error));
  if (!session->report.unavailable.empty()) return;
  for (const std::string& test : tests_nothing_ran(session->report.results)) {
    errors.push_back("no backend ran " + test);
  }
}

template <typename Printer>
bool write_file(const std::string& path, Printer print) {
  if (path.empty()) return true;
  std::ofstream file{path};
  print(file);
  file.flush();
  if (file) return true;
  std::cerr << "aioemu-conformance: cannot write " << path << "\n";
  return false;
}

// Everything a report is written to: the screen and the files that were asked for.
int write_report(const Session& session, const RuleBook& book) {
  const Report& report = session.report;
  const Options& options = session.options;
  print_report(report, std::cout);
  const std::vector<Agreement> compared = agreements(report);
  print_agreements(compared, std::cout);
  bool written = write_file(options.junit, [&](auto& out) { print_junit(report, out); });
  written = write_file(options.coverage,
                       [&](auto& out) { print_coverage(report, book, all_tests(), out); }) &&
            written;
  written = write_file(options.matrix,
                       [&](auto& out) { print_matrix(report, book, all_tests(), out); }) &&
            written;
  written = write_file(options.results, [&](auto& out) { write_results(report, out); }) && written;
  if (!written) return kUsage;
  for (const Agreement& one : compared) {
    if (!one.differences.empty()) return kDifferences;
  }
  return exit_status(report);
}

// Runs nothing: puts the results of earlier runs side by side.
int read_back(Session* session) {
  for (const std::string& item : session->options.read) {
    const std::size_t equals = item.find('=');
    const std::string path = item.substr(equals + 1);
    std::ifstream file{path};
    std::string why = "wanted MACHINE=FILE";
    if (equals == std::string::npos ||
        !read_results(file, item.substr(0, equals), &session->report, &why)) {
      std::cerr << "aioemu-conformance: cannot read the results in '" << path << "': " << why
                << "\n";
      return kUsage;
    }
  }
  return write_report(*session, RuleBook::built_in());
}

int run(Session* session) {
  if (!session->options.read.empty()) return read_back(session);
  if (int status = make_backends(session); status != 0) return status;
  if (!read_ledgers(session)) return kUsage;
  if (session->report.backends.empty()) {
    print_report(session->report, std::cout);
    return 0;
  }
  run_and_judge(session);
  if (session->report.results.empty()) {
    std::cerr << "aioemu-conformance: no test is called '" << session->options.filter << "'\n";
    return kUsage;
  }
  RuleBook book = RuleBook::built_in();
  check_completeness(session, book);
  return write_report(*session, book);
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  CLI::App app{"Judges an implementation of Linux kernel AIO.", "aioemu-conformance"};
  conformance::Session session;
  conformance::Options& options = session.options;
  app.add_option("--backend", options.backends,
                 "emulator, emulator:PROFILE, kernel, libaio, libaio-static, preload, drop-in, "
                 "syscall, lib:PATH (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--filter", options.filter, "Area, Area.Name or a pattern with * (A:B-C)")
      ->type_name("PATTERN");
  app.add_flag("--list", options.list, "List the tests with the rules they cover");
  app.add_option("--junit", options.junit, "Write JUnit XML to FILE")->type_name("FILE");
  app.add_option("--coverage", options.coverage, "Write the table of rules (markdown) to FILE")
      ->type_name("FILE");
  app.add_option("--results", options.results, "Write the results to FILE, for --read")
      ->type_name("FILE");
  app.add_option("--matrix", options.matrix,
                 "With --read: write the table of rules and machines (markdown) to FILE")
      ->type_name("FILE");
  app.add_option("--begun", options.begun,
                 "Write the name of each test to FILE as it begins, for machines that may crash")
      ->type_name("FILE");
  app.add_option("--read", options.read,
                 "Run nothing: show the results of an earlier run on MACHINE, and compare its "
                 "kernel with the emulator beside it (repeatable)")
      ->type_name("MACHINE=FILE")
      ->allow_extra_args(false);
  app.add_option("--ledger", options.ledgers, "Known differences of your own (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--no-ledger", options.no_ledger, "Forget the built-in ledgers");
  app.add_flag("--quick", options.quick, "Leave out tests that are slow by their nature");
  app.footer("Exit: 0 good, 1 differences or failures, 2 usage, 77 not available here.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : conformance::kUsage;
  }
  if (options.list) return conformance::list_tests(options);
  return conformance::run(&session);
}
