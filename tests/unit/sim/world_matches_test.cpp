// What rules can match in World: every key, and what each counts.
#include <fcntl.h>

#include <cerrno>

#include "plan_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kHit = -EIO;

TEST(Matches, ThePathIsTheNameInWorldAndNamelessFilesHaveNone) {
  WithPlan in("complete path=d?t* errno EIO");
  std::array<iocb, 3> reads = in.reads;
  reads[1].aio_fildes = static_cast<std::uint32_t>(in.world.create_file("other", 512));
  reads[2].aio_fildes = static_cast<std::uint32_t>(in.world.create_file("", 4096));
  reads[1].aio_offset = 0;
  EXPECT_EQ(in.submit({&reads[0], &reads[1], &reads[2]}), 3);
  EXPECT_THAT(in.drain(), ElementsAre(kHit, 512, 512));
}

TEST(Matches, ThePathStaysWithReopenAndDevicesHaveOne) {
  WithPlan in("complete path=data errno EIO; complete path=/dev/** errno EIO");
  in.reads[0].aio_fildes = static_cast<std::uint32_t>(in.world.reopen(in.fd, O_RDONLY));
  in.reads[1].aio_fildes = static_cast<std::uint32_t>(in.world.open("/dev/zero", O_RDONLY));
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(kHit, kHit));
}

TEST(Matches, DirectIsHowTheFileIsOpen) {
  WithPlan in("complete direct=yes errno EIO");
  alignas(512) static std::array<char, 512> aligned{};
  in.reads[1] = read_of(in.world.open("data", O_RDWR | O_DIRECT), aligned.data(), 512, 0);
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1]}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(512, kHit));
}

TEST(Matches, FlagsAreThoseOfTheIocb) {
  WithPlan in(
      "complete flags=sync errno EIO; complete flags=resfd errno EIO; "
      "complete flags=ioprio errno EIO");
  in.writes[0].aio_rw_flags = RWF_SYNC;
  in.writes[1].aio_flags = IOCB_FLAG_RESFD;
  in.writes[1].aio_resfd = static_cast<std::uint32_t>(in.world.eventfd(0));
  in.writes[2].aio_flags = IOCB_FLAG_IOPRIO;
  in.writes[2].aio_reqprio = 2 << 13;
  EXPECT_EQ(in.submit({&in.writes[0], &in.writes[1], &in.writes[2], &in.reads[0]}), 4);
  EXPECT_THAT(in.drain(), ElementsAre(kHit, kHit, kHit, 512));
}

TEST(Matches, DataIsTheCookie) {
  WithPlan in("complete data=2 errno EIO");
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  EXPECT_THAT(in.drain(), ElementsAre(512, kHit, 512));
}

TEST(Matches, InflightCountsTheRequestItself) {
  WithPlan in({.plan = "complete inflight=2 errno EIO", .order = CompletionOrder::fifo});
  EXPECT_EQ(in.submit({&in.reads[0], &in.reads[1], &in.reads[2]}), 3);
  EXPECT_THAT(in.wait_for(3), ElementsAre(512, kHit, 512));
}

TEST(Matches, InflightOfASubmitIsWhatWasThereBefore) {
  WithPlan in({.plan = "submit inflight>0 errno EAGAIN", .order = CompletionOrder::scripted});
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.submit({&in.reads[0]}), -EAGAIN);
}

TEST(Matches, SplitCallsAreThreadsOfTheirOwn) {
  WithPlan in("submit thread=2 errno EAGAIN; complete thread=3 errno EIO");
  iocb* list[] = {&in.reads[0]};
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_EQ(in.world.begin_submit(in.ctx, 1, list).finish(), -EAGAIN);
  EXPECT_EQ(in.world.begin_submit(in.ctx, 1, list).finish(), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512, kHit));
}

TEST(Matches, ContextsAreCountedAsTheyAreSetUp) {
  WithPlan in("complete ctx=2 errno EIO");
  aio_context_t other = 0;
  EXPECT_EQ(in.world.io_setup(8, &other), 0);
  iocb* list[] = {&in.reads[0]};
  io_event event{};
  EXPECT_EQ(in.world.io_submit(other, 1, list), 1);
  EXPECT_EQ(in.world.io_getevents(other, 1, 1, &event), 1);
  EXPECT_EQ(event.res, kHit);
  EXPECT_EQ(in.submit({&in.reads[0]}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(512));
  EXPECT_EQ(in.world.io_destroy(other), 0);
  other = 0;
  EXPECT_EQ(in.world.io_setup(8, &other), 0);
  EXPECT_EQ(in.world.io_submit(other, 1, list), 1);
  EXPECT_EQ(in.world.io_getevents(other, 1, 1, &event), 1);
  EXPECT_EQ(event.res, 512) << "the third one, though it may lie where the second one lay";
}

TEST(Matches, TimeIsVirtualAndCountsFromTheFirstCall) {
  World world({.plan = "complete after=10ms for=10ms errno EIO"});
  world.advance(15'000'000);
  aio_context_t ctx = 0;
  EXPECT_EQ(world.io_setup(8, &ctx), 0);
  std::array<char, 8> buffer{};
  iocb read = read_of(world.create_file("", 64), buffer.data(), 8, 0);
  iocb* list[] = {&read};
  std::vector<std::int64_t> results;
  for (int i = 0; i < 3; ++i) {
    io_event event{};
    EXPECT_EQ(world.io_submit(ctx, 1, list), 1);
    EXPECT_EQ(world.io_getevents(ctx, 1, 1, &event), 1);
    results.push_back(event.res);
    world.advance(10'000'000);
  }
  EXPECT_THAT(results, ElementsAre(8, kHit, 8));
}

}  // namespace
}  // namespace aioemu
