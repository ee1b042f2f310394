#include "tests/bench/kernel_side.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "real/probe.h"
#include "tests/bench/read_loop.h"

namespace aioemu::bench {
namespace {

constexpr std::size_t kFileBytes = 1 << 20;

void read_loop(benchmark::State& state) {
  const long depth = state.range(0);
  aio_context_t context = 0;
  const long setup = real::io_setup(static_cast<std::uint64_t>(depth), &context);
  if (setup != 0) give_up("io_setup", setup);
  const int fd = tmpfs_file(kFileBytes);
  ReadBatch batch(fd, depth, 512, kFileBytes);
  KernelApi api;
  for (auto _ : state) batch.run(api, context);
  state.SetItemsProcessed(state.iterations() * depth);
  real::io_destroy(context);
  close(fd);
}

// io_setup alone: the 30 ms of io_destroy are left out, to the kernel's advantage.
void setup_only(benchmark::State& state) {
  for (auto _ : state) {
    aio_context_t context = 0;
    const auto start = std::chrono::steady_clock::now();
    const long result = real::io_setup(32, &context);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (result != 0) give_up("io_setup", result);
    state.SetIterationTime(took.count());
    real::io_destroy(context);
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

int tmpfs_file(std::size_t bytes) {
  const int fd = memfd_create("aioemu-bench", MFD_CLOEXEC);
  if (fd < 0) give_up("memfd_create", -errno);
  const std::string zeros(bytes, '\0');
  if (pwrite(fd, zeros.data(), bytes, 0) != static_cast<ssize_t>(bytes)) give_up("pwrite", -errno);
  return fd;
}

void register_kernel() {
  if (!real::probe_aio().available) return;
  for (const long depth : {1L, 32L, 60000L}) {
    if (real::aio_headroom() < static_cast<std::uint64_t>(depth)) continue;
    benchmark::RegisterBenchmark("kernel/read512", read_loop)->Arg(depth);
  }
  benchmark::RegisterBenchmark("kernel/setup", setup_only)->UseManualTime()->Iterations(20);
}

}  // namespace aioemu::bench
