#include "cli/conform_command.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "cli/conform_table.h"
#include "cli/paths.h"
#include "cli/process_tree.h"
#include "cli/run_options.h"

namespace aioemu::cli {
namespace {

constexpr int kDifferences = 1;
constexpr int kUsage = 2;
constexpr int kNotAvailable = 77;

// One run of the suite's program.
struct Pass {
  std::vector<std::string> backends;  // empty: its own default
  Settings settings;                  // what its environment needs
};

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** pair = environ; *pair != nullptr; ++pair) all.emplace_back(*pair);
  return all;
}

Pass preload_pass() { return {{"preload"}, settings_for({}, "", {}, preload_library(), "")}; }

Pass drop_in_pass() { return {{"drop-in"}, {{"LD_LIBRARY_PATH", drop_in_directory()}}}; }

// Those that need a prepared environment run apart, each in its own.
std::vector<Pass> passes_for(const std::vector<std::string>& backends) {
  std::vector<Pass> passes(1);
  for (const std::string& backend : backends) {
    if (backend == "preload" || backend == "drop-in") continue;
    passes[0].backends.push_back(backend);
  }
  if (!backends.empty() && passes[0].backends.empty()) passes.clear();
  const auto wanted = [&backends](const char* name) {
    return backends.empty() || std::find(backends.begin(), backends.end(), name) != backends.end();
  };
  if (wanted("preload")) passes.push_back(preload_pass());
  if (wanted("drop-in")) passes.push_back(drop_in_pass());
  return passes;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Conform {
 public:
  Conform(const ConformOptions& options, const std::string& program)
      : options_(options), program_(program) {}

  int go() {
    // Better to know before the suite has run.
    if (!options_.junit_file.empty() && !std::ofstream(options_.junit_file, std::ios::app).good()) {
      return cannot_write();
    }
    int worst = 0;
    for (const Pass& pass : passes_for(options_.backends)) {
      const int status = run(pass);
      if (status == kUsage) return kUsage;
      worst = std::max(worst, status == kNotAvailable && options_.backends.empty() ? 0 : status);
    }
    if (!table_.backends.empty()) fmt::print("\nAll backends:\n\n{}", print(table_));
    if (!options_.junit_file.empty()) {
      std::ofstream file(options_.junit_file, std::ios::binary);
      file << merged_junit(junit_);
      file.close();
      if (!file.good()) return cannot_write();
    }
    return worst;
  }

 private:
  [[nodiscard]] int cannot_write() const {
    fmt::print(stderr, "aioemu: cannot write {}\n", options_.junit_file);
    return kUsage;
  }

  int run(const Pass& pass) {
    char path[] = "/tmp/aioemu-conform-XXXXXX";
    const int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    Launch launch;
    launch.path = program_;
    launch.arguments = arguments(pass, path);
    launch.environment = merged(own_environment(), pass.settings);
    std::fflush(stdout);
    const Ended ended = run_and_wait(launch, HeldSignals());
    const std::string xml = read_file(path);
    unlink(path);
    if (add_junit(table_, xml)) junit_.push_back(xml);
    if (ended.start_error != 0 || !WIFEXITED(ended.wait_status)) return kDifferences;
    return WEXITSTATUS(ended.wait_status);
  }

  std::vector<std::string> arguments(const Pass& pass, const std::string& junit) const {
    std::vector<std::string> words = {"aioemu-conformance", "--junit", junit};
    for (const std::string& backend : pass.backends)
      words.insert(words.end(), {"--backend", backend});
    if (!options_.filter.empty()) words.insert(words.end(), {"--filter", options_.filter});
    if (options_.quick) words.emplace_back("--quick");
    return words;
  }

  const ConformOptions& options_;
  const std::string& program_;
  ConformTable table_;
  std::vector<std::string> junit_;
};

int list_tests(const std::string& program) {
  Launch launch;
  launch.path = program;
  launch.arguments = {"aioemu-conformance", "--list"};
  launch.environment = own_environment();
  return run_and_wait(launch, HeldSignals()).start_error == 0 ? 0 : kUsage;
}

}  // namespace

int conform_command(const ConformOptions& options) {
  const std::string program = conformance_program();
  if (program.empty()) {
    fmt::print(stderr,
               "aioemu: the conformance suite (aioemu-conformance) is not installed here\n");
    return kNotAvailable;
  }
  return options.list ? list_tests(program) : Conform(options, program).go();
}

}  // namespace aioemu::cli
