// What the oracles see of real requests, through Runtime's own words.

#include <sys/mman.h>

#include <stdexcept>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> oracles_of(const std::vector<OracleFinding>& findings) {
  std::vector<std::string> names;
  for (const OracleFinding& finding : findings) names.push_back(finding.oracle);
  return names;
}

class OraclesTest : public RuntimeTest {
 protected:
  explicit OraclesTest(const char* plan = "", const char* oracles = "default")
      : RuntimeTest({.plan = plan, .oracles = oracles}) {}
  // Two writes of one byte in one batch: what io_submit says.
  long submit_two(int file) {
    iocb* list[] = {&first_, &second_};
    first_ = request(IOCB_CMD_PWRITE, file, "a", 1, 0);
    second_ = request(IOCB_CMD_PWRITE, file, "b", 1, 100);
    return runtime_.io_submit(ctx_, 2, list);
  }

  iocb first_{};
  iocb second_{};
};

class PartialSubmitOracleTest : public OraclesTest {
 protected:
  PartialSubmitOracleTest() : OraclesTest("first: submit nr>=2 when=1 partial 1") {}
};

TEST_F(PartialSubmitOracleTest, ATailThatIsForgottenIsDropped) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), 1);
  EXPECT_EQ(reap(), 1);
  EXPECT_THAT(runtime_.findings(), IsEmpty());
  const std::vector<OracleFinding> findings = runtime_.finish();
  ASSERT_THAT(oracles_of(findings), ElementsAre("dropped_iocb"));
  EXPECT_THAT(findings[0].story,
              Contains(HasSubstr("pwrite fd " + std::to_string(file) + " offset 100 length 1")));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("element 1 of io_submit number 1")));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("by \"first\"")));
}

TEST_F(PartialSubmitOracleTest, ATailThatIsSubmittedAgainIsNot) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), 1);
  ASSERT_EQ(submit(second_), 1);
  EXPECT_EQ(reap(), 1);
  EXPECT_EQ(reap(), 1);
  EXPECT_THAT(runtime_.finish(), IsEmpty());
}

class EagainOracleTest : public OraclesTest {
 protected:
  EagainOracleTest() : OraclesTest("submit when=1 errno EAGAIN") {}
};

TEST_F(EagainOracleTest, ABatchThatIsNeverOfferedAgainIsDroppedWhole) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), -EAGAIN);
  EXPECT_THAT(oracles_of(runtime_.finish()), ElementsAre("dropped_iocb", "dropped_iocb"));
}

TEST_F(EagainOracleTest, ABatchThatIsOfferedAgainIsNot) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), -EAGAIN);
  ASSERT_EQ(submit_two(file), 2);
  EXPECT_EQ(events_now().size(), 2U);
  EXPECT_THAT(runtime_.finish(), IsEmpty());
}

class NoOraclesTest : public OraclesTest {
 protected:
  NoOraclesTest() : OraclesTest("submit when=1 errno EAGAIN", "none") {}
};

TEST_F(NoOraclesTest, SayNothing) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), -EAGAIN);
  EXPECT_THAT(runtime_.finish(), IsEmpty());
}

class ShortOracleTest : public OraclesTest {
 protected:
  ShortOracleTest()
      : OraclesTest("cut: complete op=read when=1 short 3", "default,short_not_continued") {}
};

TEST_F(ShortOracleTest, ARestThatNobodyReadsIsAFinding) {
  const Fd file = file_with("0123456789");
  char buffer[10];
  ASSERT_EQ(run(request(IOCB_CMD_PREAD, file, buffer, 10)), 3);
  const std::vector<OracleFinding> findings = runtime_.finish();
  ASSERT_THAT(oracles_of(findings), ElementsAre("short_not_continued"));
  EXPECT_THAT(findings[0].story, Contains(HasSubstr("completed with 3 of 10 bytes")));
}

TEST_F(ShortOracleTest, ARestThatIsReadIsNone) {
  const Fd file = file_with("0123456789");
  char buffer[10];
  ASSERT_EQ(run(request(IOCB_CMD_PREAD, file, buffer, 10)), 3);
  ASSERT_EQ(run(request(IOCB_CMD_PREAD, file, buffer + 3, 7, 3)), 7);
  EXPECT_THAT(runtime_.finish(), IsEmpty());
}

TEST_F(OraclesTest, TheEndOfAFileIsNoShortCount) {
  const Fd file = file_with("0123456789");
  char buffer[100];
  ASSERT_EQ(run(request(IOCB_CMD_PREAD, file, buffer, 100)), 10);
  EXPECT_THAT(runtime_.finish(), IsEmpty());
}

TEST_F(OraclesTest, EventsThatNobodyTookAtDestroyAreAFinding) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), 2);
  ASSERT_EQ(runtime_.io_destroy(ctx_), 0);
  ctx_ = 0;
  const std::vector<OracleFinding> findings = runtime_.findings();
  ASSERT_THAT(oracles_of(findings), ElementsAre("unreaped_events"));
  EXPECT_THAT(findings[0].story.front(), HasSubstr("2 events still in the ring"));
}

TEST_F(OraclesTest, ManyOfAKindAreCountedAndAFewAreTold) {
  const Fd file = file_with("");
  for (int i = 0; i < 20; ++i) {
    aio_context_t ctx = 0;
    ASSERT_EQ(runtime_.io_setup(1, &ctx), 0);
    iocb block = request(IOCB_CMD_PWRITE, file, "a", 1);
    iocb* list[] = {&block};
    ASSERT_EQ(runtime_.io_submit(ctx, 1, list), 1);
    ASSERT_EQ(runtime_.io_destroy(ctx), 0);
  }
  const std::vector<OracleFinding> findings = runtime_.findings();
  ASSERT_EQ(findings.size(), 8U);
  EXPECT_EQ(findings.back().story.back(), "and 12 more of this kind");
}

class EveryOracleTest : public OraclesTest {
 protected:
  EveryOracleTest() : OraclesTest("", "all") {}
};

TEST_F(EveryOracleTest, AContextThatIsLeftIsLeaked) {
  EXPECT_THAT(oracles_of(runtime_.finish()), ElementsAre("leaked_context"));
}

TEST_F(OraclesTest, AForkChildBeginsWithACleanSlate) {
  const Fd file = file_with("");
  ASSERT_EQ(submit_two(file), 2);
  ASSERT_EQ(runtime_.io_destroy(ctx_), 0);
  ctx_ = 0;
  ASSERT_EQ(runtime_.findings().size(), 1U);
  EXPECT_EQ(in_fork([&] {
              aio_context_t ctx = 0;
              if (runtime_.io_setup(1, &ctx) != 0) return 1;
              return static_cast<int>(runtime_.findings().size());
            }),
            0);
}

TEST(RuntimeOracles, AnUnknownOracleIsRefused) {
  EXPECT_THROW(Runtime({.oracles = "dropped"}), std::invalid_argument);
}

}  // namespace
}  // namespace aioemu
