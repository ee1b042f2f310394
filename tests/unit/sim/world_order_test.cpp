#include <cerrno>
#include <set>

#include "aioemu/choice.h"
#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Three reads on a file, data words 1, 2, 3.
class ThreeReads : public InWorld {
 public:
  explicit ThreeReads(const WorldOptions& options) : InWorld(options) {
    const int fd = world.create_file("", 4096);
    for (std::size_t i = 0; i < 3; ++i) {
      requests_[i] = read_of(fd, buffers_[i].data(), 512, 0, i + 1);
    }
    EXPECT_EQ(submit({&requests_[0], &requests_[1], &requests_[2]}), 3);
  }

 private:
  std::array<iocb, 3> requests_{};
  std::array<std::array<char, 512>, 3> buffers_{};
};

TEST(Order, InlineCompletesInsideSubmit) {
  ThreeReads in({.order = CompletionOrder::inline_completion});
  EXPECT_THAT(in.world.in_flight(), IsEmpty());
  EXPECT_THAT(in.drain(), ElementsAre(512, 512, 512));
}

TEST(Order, FifoCompletesTheOldestWhenTheProgramWaits) {
  ThreeReads in({.order = CompletionOrder::fifo});
  EXPECT_EQ(in.world.in_flight().size(), 3U);
  EXPECT_THAT(in.reap(1), ElementsAre(1));
  EXPECT_EQ(in.world.in_flight().size(), 2U);
  EXPECT_THAT(in.reap(2), ElementsAre(2, 3));
}

TEST(Order, APollingProgramGetsTheEventsToo) {
  ThreeReads in({.order = CompletionOrder::fifo});
  EXPECT_THAT(in.drain(), IsEmpty());
  EXPECT_THAT(in.drain(), ElementsAre(512));
}

TEST(Order, SameSeedGivesTheSameOrderAndTrace) {
  std::set<std::vector<std::uint64_t>> orders;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ThreeReads one({.seed = seed, .order = CompletionOrder::random});
    ThreeReads other({.seed = seed, .order = CompletionOrder::random});
    const std::vector<std::uint64_t> order = one.reap(3);
    EXPECT_EQ(order, other.reap(3));
    EXPECT_EQ(one.world.trace_hash(), other.world.trace_hash());
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Order, EveryOrderCanBeEnumerated) {
  std::set<std::vector<std::uint64_t>> orders;
  std::vector<std::uint32_t> script;
  for (bool more = true; more;) {
    ScriptedChoices choices(script);
    ThreeReads in({.order = CompletionOrder::random, .choices = &choices});
    orders.insert(in.reap(3));
    more = choices.next_script(script);
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Order, ScriptedCompletesWhatIsChosenWithWhatIsChosen) {
  ThreeReads in({.order = CompletionOrder::scripted});
  const std::vector<InFlight> flying = in.world.in_flight();
  ASSERT_EQ(flying.size(), 3U);
  EXPECT_EQ(flying[1].data, 2U);
  EXPECT_TRUE(in.world.complete(flying[1].id, -EIO));
  EXPECT_TRUE(in.world.complete(flying[2].id, 100));
  EXPECT_FALSE(in.world.complete(flying[2].id));
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_FALSE(in.world.complete_next());
  EXPECT_THAT(in.drain(), ElementsAre(-EIO, 100, 512));
}

TEST(Order, BytesMoveAtCompletionNotAtSubmit) {
  InWorld in({.order = CompletionOrder::scripted});
  const int fd = in.world.create_file("", 0);
  std::array<char, 4> buffer{'o', 'l', 'd', '!'};
  iocb write = write_of(fd, buffer.data(), buffer.size(), 0);
  EXPECT_EQ(in.submit({&write}), 1);
  buffer = {'n', 'e', 'w', '!'};
  EXPECT_TRUE(in.world.complete_next());
  std::array<char, 4> back{};
  EXPECT_EQ(in.world.pread(fd, back.data(), 4, 0), 4);
  EXPECT_EQ(back, buffer);
}

TEST(Order, AHeldRequestKeepsItsFileAndItsSegments) {
  InWorld in({.order = CompletionOrder::scripted});
  const int fd = in.world.create_file("name", 0);
  std::array<char, 12> letters{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'};
  std::array<std::array<std::uint64_t, 2>, 12> vector{};
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] = {reinterpret_cast<std::uint64_t>(&letters[i]), 1};
  }
  iocb write = make_iocb(IOCB_CMD_PWRITEV, fd, vector.data(), vector.size(), 0);
  EXPECT_EQ(in.submit({&write}), 1);
  vector = {};
  EXPECT_EQ(in.world.close(fd), 0);
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_THAT(in.drain(), ElementsAre(12));
  const int again = in.world.open("name", 0);
  std::array<char, 12> back{};
  EXPECT_EQ(in.world.read(again, back.data(), back.size()), 12);
  EXPECT_EQ(back, letters);
}

TEST(Order, AnFsyncIsNeverDoneWhenSubmitReturns) {
  InWorld in;
  iocb sync = make_iocb(IOCB_CMD_FSYNC, in.world.create_file("", 0), nullptr, 0, 0);
  EXPECT_EQ(in.submit({&sync}), 1);
  EXPECT_EQ(in.world.in_flight().size(), 1U);
  EXPECT_THAT(in.drain(), ElementsAre(0));
}

}  // namespace
}  // namespace aioemu
