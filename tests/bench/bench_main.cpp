// Emulator against kernel, both sides in one run, medians of interleaved repetitions.
//
//   aioemu_bench [--table FILE] [Google Benchmark's own options]
//
// Prints the table in Markdown; --table writes it to a file as well. Exit code 0, or 1 when a
// measurement failed. A missed target is in the table and no failure: times are for reading.

#include <benchmark/benchmark.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/bench/kernel_side.h"
#include "tests/bench/process_side.h"
#include "tests/bench/ratio_table.h"
#include "tests/bench/world_side.h"

namespace aioemu::bench {
namespace {

// Keeps the medians, in nanoseconds per item.
class MedianReporter : public benchmark::ConsoleReporter {
 public:
  MedianReporter() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Aggregate || run.aggregate_name != "median") continue;
      const auto items = run.counters.find("items_per_second");
      if (items == run.counters.end()) continue;
      medians_[run.run_name.function_name + "/" + run.run_name.args] = 1e9 / items->second.value;
    }
  }
  [[nodiscard]] const Medians& medians() const { return medians_; }

 private:
  Medians medians_;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"World, 512-byte reads, depth 1", "world/read512/1", "kernel/read512/1", 0.12},
      {"World, 512-byte reads, depth 32", "world/read512/32", "kernel/read512/32", 0.2},
      {"World, 512-byte reads, 60,000 in flight", "world/read512/60000", "kernel/read512/60000",
       0.35},
      {"World, 60,000 in flight, against its own depth 32", "world/read512/60000",
       "world/read512/32", 2.0},
      {"World, 512-byte reads, depth 32, guarded memory", "world-guarded/read512/32",
       "kernel/read512/32", 0},
      {"World, io_setup + io_destroy, against the kernel's io_setup alone", "world/setup_destroy/",
       "kernel/setup/", 1.0},
      {"Runtime, io_setup + io_destroy, against the kernel's io_setup alone",
       "runtime/setup_destroy/", "kernel/setup/", 1.0},
      {"World, io_cancel among 10,000 polls, against among 10", "world/cancel/10000",
       "world/cancel/10", 1.5},
      {"preload, 4 KiB reads, depth 1", "process/preload/1", "process/kernel/1", 0.6},
      {"preload, 4 KiB reads, depth 32", "process/preload/32", "process/kernel/32", 0.95},
      {"preload as shipped, depth 1", "process/preload-as-shipped/1", "process/kernel/1", 0},
      {"preload as shipped, depth 32", "process/preload-as-shipped/32", "process/kernel/32", 0},
      {"preload with the default oracles, against none, depth 1", "process/preload-oracles/1",
       "process/preload/1", 1.25},
      {"preload with the default oracles, against none, depth 32", "process/preload-oracles/32",
       "process/preload/32", 1.25},
      {"World with the default oracles, against none, depth 1", "world-oracles/read512/1",
       "world/read512/1", 0},
      {"World with the default oracles, against none, depth 32", "world-oracles/read512/32",
       "world/read512/32", 0},
      {"inline calls, depth 1", "process/trap/1", "process/kernel/1", 0},
      {"inline calls, depth 32", "process/trap/32", "process/kernel/32", 0},
      {"run --trace, depth 1, against run", "process/run-trace/1", "process/run/1", 2.0},
      {"run --trace, depth 32, against run", "process/run-trace/32", "process/run/32", 2.0},
      {"run, one rule about reads that does not match, depth 32, against none",
       "process/run-1-rule/32", "process/run/32", 0},
      {"run, 1,000 such rules that differ in path=, against one", "process/run-1000-paths/32",
       "process/run-1-rule/32", 1.5},
      {"run, 1,000 such rules that differ in fd=, against one", "process/run-1000-fds/32",
       "process/run-1-rule/32", 1.5},
      {"plain pread (the floor), depth 1", "process/pread/1", "process/kernel/1", 0},
      {"plain pread (the floor), depth 32", "process/pread/32", "process/kernel/32", 0},
  };
  return all;
}

// Takes "--table FILE" out of the arguments.
std::string take_table_option(int& argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--table") != 0) continue;
    std::string file = argv[i + 1];
    for (int j = i; j + 2 < argc; ++j) argv[j] = argv[j + 2];
    argc -= 2;
    return file;
  }
  return {};
}

int run(int argc, char** argv) {
  const std::string table_file = take_table_option(argc, argv);
  std::vector<char*> arguments(argv, argv + argc);
  // Many and short: a busy spell of the machine spoils a few, and the median is another.
  std::string repetitions = "--benchmark_repetitions=21";
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  std::string aggregates = "--benchmark_report_aggregates_only=true";
  std::string min_time = "--benchmark_min_time=0.05";
  arguments.insert(arguments.begin() + 1,
                   {repetitions.data(), interleaved.data(), aggregates.data(), min_time.data()});
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  register_kernel();
  register_world();
  register_processes();
  MedianReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  const std::string table = markdown_table(rows(), reporter.medians());
  std::cout << '\n' << table;
  if (!table_file.empty()) std::ofstream(table_file) << table;
  return 0;
}

}  // namespace
}  // namespace aioemu::bench

int main(int argc, char** argv) { return aioemu::bench::run(argc, argv); }
