#include "tests/bench/world_side.h"

#include <benchmark/benchmark.h>
#include <linux/aio_abi.h>
#include <poll.h>

#include <string>
#include <vector>

#include "aioemu/runtime.h"
#include "aioemu/world.h"
#include "tests/bench/read_loop.h"

namespace aioemu::bench {
namespace {

constexpr std::size_t kFileBytes = 1 << 20;

WorldOptions options(MemoryAccess memory, const char* oracles = "none") {
  WorldOptions options;
  options.memory = memory;
  options.oracles = oracles;
  options.aio_max_nr = 1 << 20;
  return options;
}

void read_loop(benchmark::State& state, MemoryAccess memory, const char* oracles) {
  const long depth = state.range(0);
  World world(options(memory, oracles));
  aio_context_t context = 0;
  const long setup = world.io_setup(static_cast<unsigned>(depth), &context);
  if (setup != 0) give_up("World::io_setup", setup);
  ReadBatch batch(world.create_file("data", kFileBytes), depth, 512, kFileBytes);
  for (auto _ : state) batch.run(world, context);
  state.SetItemsProcessed(state.iterations() * depth);
  world.io_destroy(context);
}

template <typename Api>
void setup_destroy(benchmark::State& state, Api& api) {
  for (auto _ : state) {
    aio_context_t context = 0;
    const long result = api.io_setup(32, &context);
    if (result != 0) give_up("io_setup", result);
    api.io_destroy(context);
  }
  state.SetItemsProcessed(state.iterations());
}

void world_setup_destroy(benchmark::State& state) {
  World world(options(MemoryAccess::direct));
  setup_destroy(state, world);
}

void runtime_setup_destroy(benchmark::State& state) {
  Runtime runtime({.oracles = "none"});
  setup_destroy(state, runtime);
}

// Cancels and submits again one poll among many that stay pending.
void cancel(benchmark::State& state) {
  const long others = state.range(0);
  World world(options(MemoryAccess::direct));
  aio_context_t context = 0;
  const long setup = world.io_setup(static_cast<unsigned>(others) + 8, &context);
  if (setup != 0) give_up("World::io_setup", setup);
  int ends[2];
  world.pipe(ends);
  std::vector<iocb> polls(static_cast<std::size_t>(others) + 1);
  for (iocb& poll : polls) {
    poll = iocb{};
    poll.aio_lio_opcode = IOCB_CMD_POLL;
    poll.aio_fildes = static_cast<std::uint32_t>(ends[0]);
    poll.aio_buf = POLLIN;
    iocb* list[] = {&poll};
    if (world.io_submit(context, 1, list) != 1) give_up("io_submit of a poll", 0);
  }
  iocb* list[] = {&polls[polls.size() / 2]};
  io_event event{};
  for (auto _ : state) {
    const long result = world.io_cancel(context, list[0], nullptr);
    if (result != -EINPROGRESS) give_up("io_cancel", result);
    if (world.io_getevents(context, 1, 1, &event, nullptr) != 1) give_up("io_getevents", 0);
    if (world.io_submit(context, 1, list) != 1) give_up("io_submit again", 0);
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

void register_world() {
  for (const long depth : {1L, 32L, 60000L}) {
    benchmark::RegisterBenchmark("world/read512", read_loop, MemoryAccess::direct, "none")
        ->Arg(depth);
    benchmark::RegisterBenchmark("world-oracles/read512", read_loop, MemoryAccess::direct,
                                 "default")
        ->Arg(depth);
    benchmark::RegisterBenchmark("world-guarded/read512", read_loop, MemoryAccess::guarded, "none")
        ->Arg(depth);
  }
  benchmark::RegisterBenchmark("world/setup_destroy", world_setup_destroy);
  benchmark::RegisterBenchmark("runtime/setup_destroy", runtime_setup_destroy);
  for (const long others : {10L, 10000L}) {
    benchmark::RegisterBenchmark("world/cancel", cancel)->Arg(others);
  }
}

}  // namespace aioemu::bench
