// iocb differential: the same batch of iocbs on a World and on this machine's kernel.
//
// Both have the same scene and one context each, kept from input to input. Compared is everything a
// program could see: what io_submit returned, the iocbs afterwards (aio_key), what io_cancel
// answered for each poll that was still pending, each event's data, res and res2, the order of the
// transfers' events, the bytes of the buffers, sizes of files, counts of eventfds, and signals.
//
// Not compared is the order of events that arrive through a worker of the kernel's: fsyncs and
// polls. World goes first, and the kernel is then given up to a second to deliver as many events
// before polls are cancelled as World did; so a slow worker is no difference, and a missing event
// is one.
//
// A difference must show three times in a row: the kernel hands a completion to a worker when the
// lock is taken, and then reports a poll in other words (K89). What shows every time is reported,
// with both sides in full, and ends the process.

#include <signal.h>

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "aioemu/world.h"
#include "base/check.h"
#include "conformance/backends/signal_counts.h"
#include "fuzz/batch.h"
#include "fuzz/kernel_side.h"
#include "fuzz/scene.h"
#include "real/raw_calls.h"

namespace {

using aioemu::World;
using aioemu::fuzz::Batch;

constexpr std::uint64_t kMostBytes = 1 << 20;
constexpr int kTries = 3;

// An event, with the index of its iocb in the place of the address.
struct Event {
  std::size_t index;
  std::uint64_t data;
  std::int64_t res;
  std::int64_t res2;
  friend bool operator==(const Event&, const Event&) = default;
};

struct Outcome {
  long submitted = 0;
  std::size_t before_cancel = 0;  // events that came by themselves
  std::vector<long> cancels;
  std::vector<Event> events;           // by index
  std::vector<std::size_t> transfers;  // indices, in the order of their events
  std::vector<std::uint32_t> keys;
  std::vector<std::int64_t> traces;
  std::array<int, 2> signals{};
  std::vector<std::uint8_t> buffers;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct KernelCalls {
  long io_setup(unsigned nr, aio_context_t* context) { return real::io_setup(nr, context); }
  long io_submit(aio_context_t context, long nr, iocb** iocbs) {
    const aioemu::fuzz::FileSizeLimit limit(kMostBytes);
    return real::io_submit(context, nr, iocbs);
  }
  long io_getevents(aio_context_t context, long min_nr, long nr, io_event* events,
                    timespec* timeout) {
    return real::io_getevents(context, min_nr, nr, events, timeout);
  }
  long io_cancel(aio_context_t context, iocb* request, io_event* result) {
    return real::io_cancel(context, request, result);
  }
  int signals_handled(int signal) { return conformance::signals_counted(signal); }
};

// One side: its calls, its scene, its memory.
template <typename Calls>
class Side {
 public:
  Side(Calls& calls, aioemu::fuzz::SceneFiles& files) : calls_(calls), scene_(files) {
    AIOEMU_CHECK(calls_.io_setup(8, &context_) == 0);
  }

  // `awaited`: how many events to wait for before polls are cancelled; nothing when those that are
  // there at once are all.
  Outcome run(const std::uint8_t* data, std::size_t size, std::optional<std::size_t> awaited) {
    batch_.load(data, size, scene_);
    Outcome outcome;
    const std::array<int, 2> signals = signals_now();
    outcome.submitted = calls_.io_submit(context_, batch_.count(), batch_.list());
    reap(outcome, awaited.value_or(0));
    outcome.before_cancel = outcome.events.size();
    cancel_rest(outcome);
    sort_events(outcome);
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch_.count()); ++i) {
      outcome.keys.push_back(batch_.at(i).aio_key);
    }
    outcome.traces = scene_.traces();
    outcome.signals = {signals_now()[0] - signals[0], signals_now()[1] - signals[1]};
    outcome.buffers.assign(batch_.buffers(), batch_.buffers() + Batch::kBufferBytes);
    scene_.restore(batch_.changes());
    return outcome;
  }
  [[nodiscard]] const Batch& batch() const { return batch_; }

 private:
  std::array<int, 2> signals_now() {
    return {calls_.signals_handled(SIGPIPE), calls_.signals_handled(SIGXFSZ)};
  }

  // Takes what is there, and at least `least` in all, unless a second passes without.
  void reap(Outcome& outcome, std::size_t least) {
    const std::size_t have = outcome.events.size();
    std::array<io_event, 2 * Batch::kMost> events{};
    timespec patience{least > have ? 1 : 0, 0};
    const long wanted = least > have ? static_cast<long>(least - have) : 0;
    const long got = calls_.io_getevents(context_, wanted, static_cast<long>(events.size()),
                                         events.data(), &patience);
    for (long i = 0; i < got; ++i) take(outcome, events[static_cast<std::size_t>(i)]);
  }

  void take(Outcome& outcome, const io_event& event) {
    const std::size_t index = batch_.index_of(event.obj);
    outcome.events.push_back({index, event.data, event.res, event.res2});
    const unsigned opcode = index < Batch::kMost ? batch_.at(index).aio_lio_opcode : 0U;
    const bool ordered =
        opcode != IOCB_CMD_POLL && opcode != IOCB_CMD_FSYNC && opcode != IOCB_CMD_FDSYNC;
    if (ordered) outcome.transfers.push_back(index);
  }

  // io_cancel for each request without an event; then all events must come.
  void cancel_rest(Outcome& outcome) {
    std::array<bool, Batch::kMost + 1> done{};
    for (const Event& event : outcome.events) done[event.index] = true;
    for (long i = 0; i < outcome.submitted; ++i) {
      if (done[static_cast<std::size_t>(i)]) continue;
      outcome.cancels.push_back(calls_.io_cancel(context_, batch_.list()[i], nullptr));
    }
    while (static_cast<long>(outcome.events.size()) < outcome.submitted) {
      const std::size_t before = outcome.events.size();
      reap(outcome, static_cast<std::size_t>(outcome.submitted));
      if (outcome.events.size() == before) return;
    }
  }

  static void sort_events(Outcome& outcome) {
    std::stable_sort(outcome.events.begin(), outcome.events.end(),
                     [](const Event& a, const Event& b) { return a.index < b.index; });
  }

  Calls& calls_;
  aioemu::fuzz::Scene scene_;
  aio_context_t context_ = 0;
  Batch batch_;
};

void print_numbers(const char* what, const std::vector<std::int64_t>& numbers) {
  std::fprintf(stderr, "  %s", what);
  for (const std::int64_t number : numbers) std::fprintf(stderr, " %" PRId64, number);
  std::fputc('\n', stderr);
}

void print(const char* who, const Outcome& outcome) {
  std::fprintf(stderr, "%s: submitted %ld, %zu events before io_cancel, signals %d %d\n", who,
               outcome.submitted, outcome.before_cancel, outcome.signals[0], outcome.signals[1]);
  for (const Event& event : outcome.events) {
    std::fprintf(stderr, "  event of %zu: data %#" PRIx64 " res %" PRId64 " res2 %" PRId64 "\n",
                 event.index, event.data, event.res, event.res2);
  }
  print_numbers("cancels", {outcome.cancels.begin(), outcome.cancels.end()});
  print_numbers("transfers in the order", {outcome.transfers.begin(), outcome.transfers.end()});
  print_numbers("keys", {outcome.keys.begin(), outcome.keys.end()});
  print_numbers("sizes and counters", outcome.traces);
}

void print(const Batch& batch) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count()); ++i) {
    const iocb& request = batch.at(i);
    std::fprintf(
        stderr,
        "  iocb %zu: opcode %u fd %d flags %#x resfd %d rw_flags %#x reqprio %#x buf %#" PRIx64
        " nbytes %#" PRIx64 " offset %" PRId64 " reserved2 %#" PRIx64 "\n",
        i, unsigned{request.aio_lio_opcode}, static_cast<int>(request.aio_fildes),
        request.aio_flags, static_cast<int>(request.aio_resfd),
        static_cast<unsigned>(request.aio_rw_flags), static_cast<unsigned>(request.aio_reqprio),
        batch.offset_of(request.aio_buf), std::uint64_t{request.aio_nbytes},
        std::int64_t{request.aio_offset}, std::uint64_t{request.aio_reserved2});
  }
}

void print_first_byte(const Outcome& world, const Outcome& kernel) {
  for (std::size_t i = 0; i < world.buffers.size(); ++i) {
    if (world.buffers[i] == kernel.buffers[i]) continue;
    std::fprintf(stderr, "buffers differ first at %zu: World %#x, kernel %#x\n", i,
                 unsigned{world.buffers[i]}, unsigned{kernel.buffers[i]});
    return;
  }
}

class Target {
 public:
  Target()
      : world_(aioemu::fuzz::world_like_this_machine()),
        world_files_(world_),
        emulated_(world_, world_files_),
        real_(kernel_, kernel_files_) {
    world_.set_file_size_limit(static_cast<std::int64_t>(kMostBytes));
    for (const int signal : {SIGPIPE, SIGXFSZ}) conformance::count_signal(signal, false);
  }

  void run(const std::uint8_t* data, std::size_t size) {
    for (int tries = 1;; ++tries) {
      const Outcome world = emulated_.run(data, size, std::nullopt);
      const Outcome kernel = real_.run(data, size, world.before_cancel);
      if (world == kernel) return;
      if (tries < kTries) continue;
      std::fputs("World and the kernel differ:\n", stderr);
      print(emulated_.batch());
      print("World", world);
      print("kernel", kernel);
      print_first_byte(world, kernel);
      std::abort();
    }
  }

 private:
  World world_;
  aioemu::fuzz::WorldSceneFiles world_files_;
  KernelCalls kernel_;
  aioemu::fuzz::KernelSceneFiles kernel_files_;
  Side<World> emulated_;
  Side<KernelCalls> real_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static_cast<void>(argc);
  static_cast<void>(argv);
  aioemu::fuzz::use_tmpfs_scratch("iocb_differential");
  aioemu::fuzz::skip_without_kernel_aio("iocb_differential");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target* const target = new Target;  // contexts are kept: io_destroy takes 30 ms
  target->run(data, size);
  return 0;
}
