// Programs and calls that cannot be served: they are told, with what can be done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class StaticChild : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(program_)) GTEST_SKIP() << "no static programs here";
  }

  // A shell that starts the program and says how it ended.
  [[nodiscard]] Outcome run(const Words& options) const {
    return aioemu_run(options, {"sh", "-c", program_ + "; echo $?"});
  }

  const std::string program_ = client("static_program");
};

constexpr int kSigsys = 128 + 31;

TEST_F(StaticChild, ThatUsesAioIsKilledAndNamedWithTheRemedy) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(kSigsys)));
  EXPECT_THAT(outcome.err, HasSubstr("KILLED BY SIGSYS: " + program_ + " (pid "));
  EXPECT_THAT(outcome.err, HasSubstr("--mode symbols"));
}

TEST_F(StaticChild, IsLeftToTheKernelWithNamesAlone) {
  const Outcome outcome = run({"--mode", "symbols"});
  EXPECT_THAT(outcome.out, Not(HasSubstr(std::to_string(kSigsys))));
  EXPECT_THAT(outcome.err, HasSubstr("NOT SERVED: " + program_ + " (pid "));
}

TEST_F(StaticChild, IsInTheReport) {
  const Scratch scratch;
  ASSERT_EQ(run({"--report", scratch / "r.json"}).status, 0);
  const nlohmann::json unserved = read_json(scratch / "r.json")["unserved"];
  EXPECT_EQ(unserved["killed_by_sigsys"], 1);
  EXPECT_EQ(unserved["programs"], 1);
  EXPECT_EQ(unserved["list"][0]["path"], program_);
  EXPECT_EQ(unserved["list"][0]["killed"], true);
}

TEST(StaticProgram, ThatUsesNoAioIsUndisturbed) {
  if (!installed("busybox")) GTEST_SKIP() << "busybox is not installed";
  const Outcome outcome = aioemu_run({}, {"sh", "-c", "busybox echo well; exit 3"});
  EXPECT_EQ(outcome.out, "well\n");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, Not(HasSubstr("KILLED")));
}

TEST(BlockedSigsys, PastTheCLibraryKillsAndIsTold) {
  const Outcome outcome = aioemu_run({}, {client("inliner"), "blocked-by-instruction"});
  EXPECT_EQ(outcome.status, kSigsys);
  EXPECT_THAT(outcome.err, HasSubstr("KILLED BY SIGSYS: a process that could not be served"));
}

TEST(ModeSymbols, LeavesInlineCallsToTheKernel) {
  const Outcome outcome =
      aioemu_run_without_kernel_aio({"--mode", "symbols"}, {client("inliner"), "plain"});
  if (outcome.status == kNoSeccomp && outcome.err.empty()) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(outcome.status, 40) << "io_setup was served";
  EXPECT_THAT(outcome.err, HasSubstr("this program made no AIO call"));
}

TEST(NoIoUring, MakesItLookAbsent) {
  EXPECT_EQ(aioemu_run({"--no-io-uring"}, {client("inliner"), "io_uring"}).out,
            "instruction: absent, syscall: absent\n");
}

TEST(NoIoUring, ReachesTheNextProgramToo) {
  const std::string program = client("inliner");
  EXPECT_EQ(aioemu_run({"--no-io-uring"}, {"env", "-i", program, "io_uring"}).out,
            "instruction: absent, syscall: absent\n");
}

TEST(NoIoUring, IsWhatHidesIt) {
  const Outcome natural = execute({client("inliner"), "io_uring"});
  EXPECT_EQ(aioemu_run({}, {client("inliner"), "io_uring"}).out, natural.out);
}

}  // namespace
}  // namespace run_test
