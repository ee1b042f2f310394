// World: one seed, one history.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <set>
#include <vector>

#include "aioemu/world.h"
#include "tests/property/property.h"

namespace aioemu::property {
namespace {

// What a program does is in its numbers: step by step, what and with what.
struct TraceStep {
  unsigned what = 0;
  unsigned with = 0;
};
using Script = std::vector<TraceStep>;

constexpr const char* kPlan =
    "complete one_in=5 short 3; complete one_in=7 errno EIO; submit nr>=2 one_in=4 partial 1";

class History {
 public:
  History(const Script& script, std::uint64_t seed, CompletionOrder order)
      : world_({.plan = kPlan, .seed = seed, .order = order}) {
    files_ = {world_.create_file("a", 4096), world_.create_file("b", 100),
              world_.create_device(DeviceKind::disk)};
    world_.io_setup(16, &context_);
    for (const TraceStep& step : script) results_.push_back(do_one(step));
    while (world_.breathe()) {
    }
    results_.push_back(static_cast<long>(world_.trace_hash()));
    results_.push_back(static_cast<long>(world_.now()));
  }
  [[nodiscard]] const std::vector<long>& results() const { return results_; }
  [[nodiscard]] std::uint64_t trace() const { return world_.trace_hash(); }

 private:
  long do_one(const TraceStep& step) {
    switch (step.what % 4) {
      case 0:
        return submit(step.with);
      case 1: {
        timespec soon{0, static_cast<long>(step.with % 3)};
        const long got = world_.io_getevents(context_, 0, 8, events_.data(), &soon);
        for (long i = 0; i < got; ++i) {
          results_.push_back(static_cast<long>(events_[static_cast<std::size_t>(i)].data));
          results_.push_back(static_cast<long>(events_[static_cast<std::size_t>(i)].res));
        }
        return got;
      }
      case 2:
        world_.advance(step.with % 5);
        return world_.now();
      default:
        return static_cast<long>(world_.in_flight().size());
    }
  }

  long submit(unsigned with) {
    std::array<iocb*, 3> list{};
    for (std::size_t i = 0; i < list.size(); ++i) {
      iocb& block = blocks_.at((with + i) % blocks_.size());
      block = {};
      block.aio_lio_opcode = (with + i) % 2 == 0 ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
      block.aio_fildes = static_cast<std::uint32_t>(files_.at((with + i) % files_.size()));
      block.aio_buf = reinterpret_cast<std::uint64_t>(buffer_.data());
      block.aio_nbytes = with % 60;
      block.aio_offset = with % 90;
      block.aio_data = with + i;
      list.at(i) = &block;
    }
    return world_.io_submit(context_, 1 + with % 3, list.data());
  }

  // Memory that requests in flight may touch: gone after the World.
  std::array<char, 64> buffer_{};
  std::array<iocb, 8> blocks_{};
  std::array<io_event, 8> events_{};
  std::array<int, 3> files_{};
  World world_;
  aio_context_t context_ = 0;
  std::vector<long> results_;
};

Script any_script() {
  return *rc::gen::container<Script>(rc::gen::exec([] {
    return TraceStep{*rc::gen::inRange(0U, 4U), *rc::gen::inRange(0U, 100U)};
  }));
}

CompletionOrder any_order() {
  return *rc::gen::element(CompletionOrder::random, CompletionOrder::fifo,
                           CompletionOrder::inline_completion);
}

TEST(TraceProperty, TheSameSeedGivesTheSameTrace) {
  holds([] {
    const Script script = any_script();
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const CompletionOrder order = any_order();
    RC_ASSERT(History(script, seed, order).results() == History(script, seed, order).results());
  });
}

// Of sixteen seeds for a program with some twenty requests in flight at once, most differ.
TEST(TraceProperty, OtherSeedsGiveOtherTraces) {
  holds(
      [] {
        Script script(8);
        for (TraceStep& step : script) step.with = *rc::gen::inRange(0U, 100U) | 2U;
        std::set<std::uint64_t> traces;
        for (std::uint64_t seed = 1; seed <= 16; ++seed) {
          traces.insert(History(script, seed, CompletionOrder::random).trace());
        }
        RC_ASSERT(traces.size() > 1U);
      },
      20);
}

}  // namespace
}  // namespace aioemu::property
