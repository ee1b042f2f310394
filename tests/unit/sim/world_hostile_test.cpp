// What no kernel does, when it is asked for.
#include <cerrno>

#include "plan_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Hostile : public WithPlan {
 public:
  explicit Hostile(const std::string& rule)
      : WithPlan({.plan = "set legal=kernel,device,illegal; " + rule}) {}
  std::vector<io_event> events() {
    timespec now{0, 0};
    std::vector<io_event> list(64);
    const long count = world.io_getevents(ctx, 0, 64, list.data(), &now);
    list.resize(static_cast<std::size_t>(std::max(count, 0L)));
    return list;
  }
};

TEST(HostileFault, MustBeAskedFor) {
  EXPECT_THROW(World({.plan = "hostile duplicate"}), std::invalid_argument);
}

TEST(HostileFault, DuplicateDeliversTheEventTwice) {
  Hostile in("twice: hostile when=1 duplicate");
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  const std::vector<io_event> events = in.events();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].data, 1U);
  EXPECT_EQ(events[1].data, 1U);
  EXPECT_EQ(events[1].obj, events[0].obj);
  EXPECT_EQ(events[1].res, events[0].res);
  EXPECT_EQ(events[2].data, 2U);
  EXPECT_EQ(in.world.fired("twice"), 1U);
}

TEST(HostileFault, DuplicatesEndWhereTheRingIsFull) {
  Hostile in("twice: hostile duplicate");
  long accepted = 0;
  while (in.submit({&in.reads[0]}) == 1) ++accepted;
  EXPECT_EQ(in.submit({&in.reads[0]}), -EAGAIN);
  const std::uint64_t fired = in.world.fired("twice");
  std::size_t reaped = 0;
  for (std::vector<io_event> some = in.events(); !some.empty(); some = in.events()) {
    reaped += some.size();
  }
  EXPECT_EQ(reaped, static_cast<std::size_t>(accepted) + fired);
}

TEST(HostileFault, SpuriousDeliversWhatNobodyAskedFor) {
  Hostile in("hostile when=1 spurious");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  const std::vector<io_event> events = in.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].data, 1U);
  EXPECT_NE(events[1].obj, events[0].obj);
}

TEST(HostileFault, ResIsTooLarge) {
  Hostile in("hostile when=1 res_too_large");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_GT(in.events().at(0).res, 512);
}

TEST(HostileFault, TheDataIsAnothers) {
  Hostile in("hostile when=1 wrong_data");
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  const io_event event = in.events().at(0);
  EXPECT_NE(event.data, 1U);
  EXPECT_EQ(event.obj, reinterpret_cast<std::uint64_t>(&in.reads[0]));
  EXPECT_EQ(event.res, 512);
}

TEST(HostileFault, TheRingsHeaderIsOverwrittenAndTheWorldGoesOn) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    WithPlan in({.plan = "set legal=illegal,kernel; hostile when=1 ring_corrupt", .seed = seed});
    std::array<char, 32> header{};
    std::copy_n(reinterpret_cast<const char*>(in.ctx), header.size(), header.begin());
    EXPECT_EQ(in.submit({&in.reads[0]}), 1);
    const char* const now = reinterpret_cast<const char*>(in.ctx);
    // Beyond the tail, which a completion moves anyway, or the tail itself to a strange value.
    EXPECT_FALSE(std::equal(header.begin(), header.end(), now));
    EXPECT_EQ(in.world.fired("hostile"), 1U);
    in.drain();
    EXPECT_LE(in.submit({&in.reads[0]}), 1);
    EXPECT_EQ(in.world.io_destroy(in.ctx), 0);
  }
}

TEST(HostileFault, TheEventIsThereBeforeTheBytes) {
  Hostile in("early: hostile op=read when=1 event_before_data");
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(512, 512));
  EXPECT_EQ(in.buffers[0][0], 'b');
  EXPECT_EQ(in.buffers[1][0], 'f');
  in.world.advance(1'000'000);
  EXPECT_EQ(in.buffers[0][0], 'f');
  EXPECT_EQ(in.world.fired("early"), 1U);
}

TEST(HostileFault, AnEventWithoutBytesCannotComeBeforeThem) {
  Hostile in("early: hostile op=read event_before_data");
  in.reads[0].aio_offset = 1 << 20;
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(0));
  EXPECT_EQ(in.world.fired("early"), 0U);
}

}  // namespace
}  // namespace aioemu
