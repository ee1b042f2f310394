// What the oracles see in a World.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "aioemu/world.h"

namespace aioemu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<OracleFinding>& findings) {
  std::vector<std::string> names;
  for (const OracleFinding& finding : findings) names.push_back(finding.oracle);
  return names;
}

// A World with one file and one context, and verbs.
class Lab {
 public:
  explicit Lab(const WorldOptions& options = {}) : world(options) {
    file = world.create_file("data", 1 << 16);
    EXPECT_EQ(world.io_setup(8, &ctx), 0);
  }
  iocb* write(std::size_t which, std::int64_t offset, std::size_t bytes = 512) {
    iocb& block = blocks_[which];
    block = {};
    block.aio_lio_opcode = IOCB_CMD_PWRITE;
    block.aio_fildes = static_cast<std::uint32_t>(file);
    block.aio_buf = reinterpret_cast<std::uint64_t>(buffer.data());
    block.aio_nbytes = bytes;
    block.aio_offset = offset;
    return &block;
  }
  long submit(std::vector<iocb*> list) {
    return world.io_submit(ctx, static_cast<long>(list.size()), list.data());
  }
  long reap(long count) {
    std::vector<io_event> events(8);
    return world.io_getevents(ctx, count, 8, events.data());
  }

  World world;
  int file = -1;
  aio_context_t ctx = 0;
  std::vector<char> buffer = std::vector<char>(4096, 'a');

 private:
  std::array<iocb, 4> blocks_{};
};

TEST(WorldOracles, ATailThatIsForgottenIsDropped) {
  Lab lab({.plan = "first: submit nr>=2 when=1 partial 1"});
  ASSERT_EQ(lab.submit({lab.write(0, 0), lab.write(1, 4096)}), 1);
  ASSERT_EQ(lab.reap(1), 1);
  EXPECT_THAT(lab.world.findings(), IsEmpty());
  const std::vector<OracleFinding> findings = lab.world.finish();
  ASSERT_THAT(names_of(findings), ElementsAre("dropped_iocb"));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("offset 4096 length 512")));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("by \"first\"")));
}

TEST(WorldOracles, ATailThatIsWrittenInAnotherWayIsNot) {
  Lab lab({.plan = "submit nr>=2 when=1 partial 1"});
  ASSERT_EQ(lab.submit({lab.write(0, 0), lab.write(1, 4096)}), 1);
  ASSERT_EQ(lab.world.pwrite(lab.file, lab.buffer.data(), 512, 4096), 512);
  ASSERT_EQ(lab.reap(1), 1);
  EXPECT_THAT(lab.world.finish(), IsEmpty());
}

TEST(WorldOracles, ATailThatIsSubmittedAgainIsNot) {
  Lab lab({.plan = "submit nr>=2 when=1 partial 1"});
  ASSERT_EQ(lab.submit({lab.write(0, 0), lab.write(1, 4096)}), 1);
  ASSERT_EQ(lab.submit({lab.write(1, 4096)}), 1);
  ASSERT_EQ(lab.reap(2), 2);
  EXPECT_THAT(lab.world.finish(), IsEmpty());
}

TEST(WorldOracles, ARestThatIsNeverWrittenIsAFinding) {
  Lab lab({.plan = "complete op=write when=1 short 100"});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  ASSERT_EQ(lab.reap(1), 1);
  EXPECT_THAT(names_of(lab.world.finish()), ElementsAre("short_not_continued"));
}

TEST(WorldOracles, ARestThatIsWrittenIsNone) {
  Lab lab({.plan = "complete op=write when=1 short 100"});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  ASSERT_EQ(lab.reap(1), 1);
  ASSERT_EQ(lab.submit({lab.write(0, 100, 412)}), 1);
  ASSERT_EQ(lab.reap(1), 1);
  EXPECT_THAT(lab.world.finish(), IsEmpty());
}

TEST(WorldOracles, ABufferThatChangesUnderAWriteInFlightIsAFinding) {
  Lab lab({.order = CompletionOrder::scripted});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  lab.buffer[0] = 'b';
  ASSERT_TRUE(lab.world.complete_next());
  ASSERT_EQ(lab.reap(1), 1);
  const std::vector<OracleFinding> findings = lab.world.findings();
  ASSERT_THAT(names_of(findings), ElementsAre("buffer_ownership"));
  EXPECT_THAT(findings[0].story.front(), HasSubstr("the buffer of a write changed"));
}

TEST(WorldOracles, AnIocbThatIsUsedTwiceInFlightIsAFinding) {
  Lab lab({.order = CompletionOrder::scripted});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  ASSERT_EQ(lab.submit({lab.write(0, 8192)}), 1);
  EXPECT_THAT(names_of(lab.world.findings()), ElementsAre("iocb_reused"));
}

TEST(WorldOracles, WritesOverEachOtherAreOnRequest) {
  for (const bool asked : {false, true}) {
    Lab lab({.order = CompletionOrder::scripted, .oracles = asked ? "all" : "default"});
    ASSERT_EQ(lab.submit({lab.write(0, 0), lab.write(1, 256)}), 2);
    EXPECT_EQ(lab.world.findings().size(), asked ? 1U : 0U);
  }
}

TEST(WorldOracles, ACertainHangIsAFindingToo) {
  Lab lab;
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  EXPECT_THROW(lab.reap(2), CertainHang);
  const std::vector<OracleFinding> findings = lab.world.findings();
  ASSERT_THAT(names_of(findings), ElementsAre("certain_hang"));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("wants 2 of at most 8 events")));
}

TEST(WorldOracles, EventsThatNobodyTookAreAFinding) {
  Lab lab;
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), 1);
  ASSERT_EQ(lab.world.io_destroy(lab.ctx), 0);
  EXPECT_THAT(names_of(lab.world.findings()), ElementsAre("unreaped_events"));
}

TEST(WorldOracles, APowerCutExcusesTheProgram) {
  Lab lab({.plan = "submit nr>=2 when=1 partial 1"});
  ASSERT_EQ(lab.submit({lab.write(0, 0), lab.write(1, 4096)}), 1);
  lab.world.power_cut();
  EXPECT_THAT(lab.world.finish(), IsEmpty());
}

TEST(WorldOracles, FinishingTwiceSaysTheSame) {
  Lab lab({.plan = "submit when=1 errno EAGAIN"});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), -EAGAIN);
  EXPECT_EQ(lab.world.finish().size(), 1U);
  EXPECT_EQ(lab.world.finish().size(), 1U);
}

TEST(WorldOracles, NoneSayNothing) {
  Lab lab({.plan = "submit when=1 errno EAGAIN", .oracles = "none"});
  ASSERT_EQ(lab.submit({lab.write(0, 0)}), -EAGAIN);
  EXPECT_THAT(lab.world.finish(), IsEmpty());
}

TEST(WorldOracles, AnUnknownOneIsRefused) {
  EXPECT_THROW(World({.oracles = "dropped"}), std::invalid_argument);
}

}  // namespace
}  // namespace aioemu
