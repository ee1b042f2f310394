#include "tests/bugs/corpus.h"

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iterator>
#include <sstream>

namespace bugs {
namespace {

constexpr int kGaveUp = 3;
constexpr int kTimedOut = 124;
constexpr int kRefused = 125;
constexpr int kOracle = 99;

std::string path_of(const std::string& program, Twin twin) {
  return std::string(BUGS_PROGRAMS "/") + program + (twin == Twin::corrected ? "_fixed" : "");
}

std::string told(const Outcome& outcome) {
  return "status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err;
}

constexpr std::string_view kOracleWord = "oracle ";

bool has_symptom(const std::string& symptom, const Outcome& outcome) {
  const int status = outcome.status;
  if (symptom == "wrong") return status == 1;
  if (symptom == "gives up") return status == kGaveUp;
  if (symptom == "hang") return status == kTimedOut;
  if (symptom == "crash") return status > 128;
  const std::string oracle = "ORACLE " + symptom.substr(kOracleWord.size());
  return status == kOracle && outcome.err.find(oracle) != std::string::npos;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

// Where a case hangs, the time that is enough to get there; else more than any run needs.
std::string timeout_of(const Case& bug, Twin twin) {
  return bug.symptom == "hang" && twin == Twin::with_bug ? "2s" : "90s";
}

}  // namespace

Outcome run_on_kernel(const std::string& program, Twin twin) {
  const run_test::Scratch scratch;
  return run_test::execute({path_of(program, twin), scratch / ""});
}

bool kernel_has_aio() {
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) return false;
  syscall(SYS_io_destroy, context);
  return true;
}

Outcome run_emulated(const std::string& program, Twin twin,
                     const std::vector<std::string>& options) {
  const run_test::Scratch scratch;
  return run_test::aioemu_run(options, {path_of(program, twin), scratch / ""});
}

Outcome run_case(const Case& bug, Twin twin) {
  std::vector<std::string> options = {
      "--timeout", timeout_of(bug, twin), "--seed", std::to_string(bug.seed), "--fault", bug.fault};
  const bool corrected = twin == Twin::corrected;
  const std::vector<std::string> more = words_of(corrected ? "--oracles all" : bug.options);
  options.insert(options.end(), more.begin(), more.end());
  return run_emulated(bug.program, twin, options);
}

bool is_refused(const Outcome& outcome) {
  return outcome.status == kRefused && outcome.err.find("does not carry out") != std::string::npos;
}

std::string difference(const Case& bug, const Outcome& outcome) {
  if (!has_symptom(bug.symptom, outcome)) {
    return "expected '" + bug.symptom + "', and it ended with " + told(outcome);
  }
  if ((outcome.out + outcome.err).find(bug.seen) == std::string::npos) {
    return "it does not say '" + bug.seen + "', but: " + told(outcome);
  }
  if (outcome.err.find("NEVER FIRED") != std::string::npos) {
    return "a rule never fired: " + told(outcome);
  }
  return "";
}

std::string complaint(const Outcome& outcome) {
  return outcome.status == 0 || outcome.status == kGaveUp ? "" : told(outcome);
}

std::string replay_line(const Case& bug) {
  const std::string timeout = bug.symptom == "hang" ? " --timeout 2s" : "";
  const std::string options = bug.options.empty() ? "" : " " + bug.options;
  return "aioemu run --seed " + std::to_string(bug.seed) + timeout + options + " --fault '" +
         bug.fault + "' -- build/release/tests/bugs/programs/" + bug.program + " /tmp";
}

}  // namespace bugs
