// The generators that aioemu/testing/generators.h gives to people's own properties.
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <vector>

#include "aioemu/testing/generators.h"
#include "aioemu/world.h"
#include "tests/property/property.h"

namespace aioemu::property {
namespace {

namespace gen = aioemu::testing::gen;
using aioemu::testing::DrawnRequest;
using aioemu::testing::Playground;
using aioemu::testing::RapidcheckChoices;

TEST(DrawnPlans, AreCarriedOutByAWorld) {
  holds([] {
    const std::string plan = *gen::plan();
    World world{{.plan = plan}};
    RC_ASSERT(world.aio_nr() == 0U);
  });
}

// Under any plan, batch and order: what io_submit takes completes exactly once, or hangs for good.
TEST(DrawnBatches, CompleteExactlyOnceOrNotAtAll) {
  holds([] {
    RapidcheckChoices choices;
    World world{{.plan = *gen::plan(), .order = CompletionOrder::random, .choices = &choices}};
    std::array<char, 4096> memory{};
    const Playground where{.descriptors = {world.create_file("data", 8192)},
                           .file_size = 8192,
                           .memory = memory.data(),
                           .memory_size = memory.size()};
    const std::vector<DrawnRequest> batch = *gen::batch(where, 8);
    std::vector<iocb> iocbs;
    for (const DrawnRequest& request : batch) iocbs.push_back(testing::to_iocb(request));
    std::vector<iocb*> list;
    for (iocb& request : iocbs) list.push_back(&request);
    aio_context_t ctx = 0;
    const long made = world.io_setup(16, &ctx);
    if (made != 0) return;
    const long taken = world.io_submit(ctx, static_cast<long>(list.size()), list.data());
    RC_ASSERT(taken <= static_cast<long>(list.size()));
    std::vector<int> completions(iocbs.size(), 0);
    std::array<io_event, 16> events{};
    const timespec long_time{1000000, 0};
    const long got = world.io_getevents(ctx, std::max(taken, 0L), 16, events.data(), &long_time);
    for (long i = 0; i < got; ++i) {
      const auto* request = reinterpret_cast<const iocb*>(events[static_cast<std::size_t>(i)].obj);
      ++completions.at(static_cast<std::size_t>(request - iocbs.data()));
    }
    for (std::size_t i = 0; i < completions.size(); ++i) {
      RC_ASSERT(completions[i] <= (static_cast<long>(i) < taken ? 1 : 0));
    }
  });
}

}  // namespace
}  // namespace aioemu::property
