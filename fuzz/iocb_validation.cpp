// iocb validation: any batch of 64-byte iocbs, submitted to a World with files of every kind.
//
// Whatever the bytes say, io_submit answers with a count or an errno, every accepted request
// completes exactly once, and nothing of the batch is left in the context afterwards.

#include <array>
#include <cstdint>

#include "aioemu/world.h"
#include "base/check.h"
#include "fuzz/batch.h"
#include "fuzz/scene.h"

namespace {

constexpr long kEvents = 64;
constexpr std::int64_t kMostBytes = 1 << 20;

aioemu::WorldOptions options() {
  aioemu::WorldOptions options;
  options.memory = aioemu::MemoryAccess::guarded;
  return options;
}

class Target {
 public:
  Target() : world_(options()), files_(world_), scene_(files_) {
    world_.set_file_size_limit(kMostBytes);
    AIOEMU_CHECK(world_.io_setup(8, &context_) == 0);
  }

  void run(const std::uint8_t* data, std::size_t size) {
    batch_.load(data, size, scene_);
    const long accepted = world_.io_submit(context_, batch_.count(), batch_.list());
    AIOEMU_CHECK(accepted <= batch_.count() && accepted >= -4095);
    AIOEMU_CHECK(accepted != 0 || batch_.count() == 0);
    if (accepted <= 0) return;
    account_for(accepted);
    scene_.restore(batch_.changes());
  }

 private:
  // Ends what is pending and counts the events of the batch.
  void account_for(long accepted) {
    for (long i = 0; i < accepted; ++i) {
      world_.io_cancel(context_, batch_.list()[i], nullptr);
    }
    while (world_.breathe()) {
    }
    std::array<io_event, kEvents> events{};
    timespec now{};
    const long reaped = world_.io_getevents(context_, 0, kEvents, events.data(), &now);
    AIOEMU_CHECK(reaped == accepted);
    std::array<bool, aioemu::fuzz::Batch::kMost> seen{};
    for (long i = 0; i < reaped; ++i) {
      check_event(events[static_cast<std::size_t>(i)], accepted, seen);
    }
    AIOEMU_CHECK(world_.in_flight().empty());
  }

  void check_event(const io_event& event, long accepted,
                   std::array<bool, aioemu::fuzz::Batch::kMost>& seen) const {
    AIOEMU_CHECK(event.res2 == 0);
    const std::size_t index = batch_.index_of(event.obj);
    AIOEMU_CHECK(index < static_cast<std::size_t>(accepted));
    AIOEMU_CHECK(!seen[index]);
    seen[index] = true;
    AIOEMU_CHECK(event.data == batch_.at(index).aio_data);
  }

  aioemu::World world_;
  aioemu::fuzz::WorldSceneFiles files_;
  aioemu::fuzz::Scene scene_;
  aio_context_t context_ = 0;
  aioemu::fuzz::Batch batch_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target* const target = new Target;  // kept: a context is dear, a batch is cheap
  target->run(data, size);
  return 0;
}
