#include <cerrno>

#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

class WithPlan : public InWorld {
 public:
  explicit WithPlan(const char* plan, CompletionOrder order = CompletionOrder::inline_completion)
      : InWorld({.plan = plan, .order = order}),
        fd(world.create_file("", 4096)),
        buffer{},
        one(read_of(fd, buffer.data(), 512, 0)),
        two(one) {}

  int fd;
  std::array<char, 512> buffer;
  iocb one;
  iocb two;
};

TEST(Faults, PartialAcceptsOnlyTheFirstIocbs) {
  WithPlan in("first: submit nr>=2 when=1 partial 1");
  EXPECT_EQ(in.submit({&in.one, &in.two}), 1);
  EXPECT_EQ(in.world.fired("first"), 1U);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.submit({&in.one, &in.two}), 2);
  EXPECT_EQ(in.world.fired("first"), 1U);
}

TEST(Faults, SubmitErrnoAcceptsNothing) {
  WithPlan in("submit when=1 errno EAGAIN");
  EXPECT_EQ(in.submit({&in.one}), -EAGAIN);
  EXPECT_THAT(in.drain(), ElementsAre());
  EXPECT_EQ(in.submit({&in.one}), 1);
  EXPECT_EQ(in.world.fired("submit"), 1U);
}

TEST(Faults, CompleteErrnoMovesNothing) {
  WithPlan in("complete op=read when=2 errno EIO");
  in.buffer.fill('x');
  EXPECT_EQ(in.submit({&in.one, &in.two}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(512, -EIO));
}

TEST(Faults, ShortReallyMovesTheBytesItReports) {
  WithPlan in("complete when=1 short 100");
  in.buffer.fill('x');
  EXPECT_EQ(in.submit({&in.one}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(100));
  EXPECT_EQ(in.buffer[99], '\0');
  EXPECT_EQ(in.buffer[100], 'x');
}

TEST(Faults, AShortCountBeyondTheEndOfTheFileDidNotHappen) {
  WithPlan in("end: complete when=1 short 100");
  in.one.aio_offset = 4090;
  EXPECT_EQ(in.submit({&in.one}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(6));
  EXPECT_EQ(in.world.fired("end"), 0U);
}

TEST(Faults, AHeldRequestKeepsItsFault) {
  WithPlan in("complete when=1 errno EIO", CompletionOrder::fifo);
  EXPECT_EQ(in.submit({&in.one, &in.two}), 2);
  EXPECT_EQ(in.world.in_flight().size(), 2U);
  in.world.advance(1);
  EXPECT_THAT(in.drain(), ElementsAre(-EIO, 512));
}

TEST(Faults, APlanSetsTheSystemLimit) {
  World world({.plan = "set aio-max-nr=50"});
  EXPECT_EQ(world.aio_max_nr(), 50U);
}

}  // namespace
}  // namespace aioemu
