#include "tests/bench/process_side.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "real/probe.h"
#include "tests/bench/read_loop.h"

namespace aioemu::bench {
namespace {

constexpr long kRequests = 100000;

// Runs aio_loop and gives its nanoseconds per request.
double run_loop(const std::string& environment, const char* mode, long depth) {
  const std::string command = environment + " " AIOEMU_AIO_LOOP " " + mode + " " +
                              std::to_string(depth) + " " + std::to_string(kRequests);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) give_up("popen", -errno);
  double ns = 0;
  const int fields = std::fscanf(pipe, "%lf", &ns);
  const int status = pclose(pipe);
  if (fields != 1 || status != 0) give_up(command.c_str(), status);
  return ns;
}

void add(const std::string& name, const std::string& environment, const char* mode) {
  const auto body = [=](benchmark::State& state) {
    for (auto _ : state) {
      state.SetIterationTime(run_loop(environment, mode, state.range(0)) * 1e-9);
    }
    state.SetItemsProcessed(state.iterations());
  };
  benchmark::RegisterBenchmark(name.c_str(), body)->Arg(1)->Arg(32)->UseManualTime()->Iterations(1);
}

// A file of a thousand rules about reads, none of which matches: `each` says why, with its number.
std::string plan_of_many(const std::string& name, const std::string& each) {
  constexpr int kRules = 1000;
  const char* const directory = std::getenv("TMPDIR");
  std::string path = std::string(directory != nullptr ? directory : "/tmp") + "/aioemu-bench-" +
                     std::to_string(getpid()) + "-" + name;
  std::ofstream file(path);
  for (int i = 1; i <= kRules; ++i) {
    file << "complete op=read " << each << i + kRules << " errno EIO\n";
  }
  return path;
}

// Under `aioemu run`, with and without what it does besides.
void register_runs() {
  static const std::string paths = plan_of_many("paths", "path=/nowhere/f");
  static const std::string fds = plan_of_many("fds", "fd=");
  std::atexit([] {
    unlink(paths.c_str());
    unlink(fds.c_str());
  });
  const std::string run = AIOEMU_COMMAND " run --quiet --oracles none";
  add("process/run", run + " --", "aio");
  add("process/run-trace", run + " --trace /dev/null --", "aio");
  add("process/run-1-rule", run + " --fault 'complete op=read fd=9999 errno EIO' --", "aio");
  add("process/run-1000-paths", run + " --plan " + paths + " --", "aio");
  add("process/run-1000-fds", run + " --plan " + fds + " --", "aio");
}

bool exists(const char* path) { return std::ifstream(path).good(); }

}  // namespace

void register_processes() {
  add("process/pread", "", "pread");
  if (real::probe_aio().available) add("process/kernel", "", "aio");
  if (exists(AIOEMU_PRELOAD)) {
    add("process/preload", "LD_PRELOAD=" AIOEMU_PRELOAD " AIOEMU_ORACLES=none", "aio");
    add("process/preload-oracles", "LD_PRELOAD=" AIOEMU_PRELOAD " AIOEMU_ORACLES=default", "aio");
    add("process/preload-as-shipped", "LD_PRELOAD=" AIOEMU_PRELOAD, "aio");
    add("process/trap", "LD_PRELOAD=" AIOEMU_PRELOAD " AIOEMU_MODE=preload AIOEMU_ORACLES=none",
        "inline");
    if (exists(AIOEMU_COMMAND)) register_runs();
  }
}

}  // namespace aioemu::bench
