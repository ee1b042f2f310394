// Programs that run: on World everywhere, and next to the kernel where it has AIO.
#include <gtest/gtest.h>

#include <cerrno>

#include "conformance/program/generate.h"
#include "conformance/program/oracle.h"
#include "conformance/program/runner.h"
#include "conformance/program/session.h"
#include "conformance/program/text.h"

namespace conformance::program {
namespace {

Transcript run(Runner& runner, const std::string& text) {
  return runner.run(std::get<Program>(parse(text)), nullptr);
}

TEST(World, AReadArrivesInItsSubmit) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  const Transcript transcript =
      run(*world, "iocb iocb0 pread fd=rw nbytes=100 data=7\nsubmit ctx0 iocb0\n");
  ASSERT_EQ(transcript.steps.size(), 2U);
  EXPECT_EQ(transcript.steps[1].result, 1);
  ASSERT_EQ(transcript.steps[1].arrived.size(), 1U);
  EXPECT_EQ(transcript.steps[1].arrived[0].event.res, 100);
  EXPECT_EQ(transcript.steps[1].arrived[0].event.data, 7U);
  EXPECT_FALSE(transcript.steps[1].arrived[0].apart);
}

TEST(World, AnFsyncArrivesApart) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  const Transcript transcript = run(*world, "iocb iocb0 fsync fd=memfd buf=0\nsubmit ctx0 iocb0\n");
  ASSERT_EQ(transcript.steps[1].arrived.size(), 1U);
  EXPECT_TRUE(transcript.steps[1].arrived[0].apart);
}

TEST(World, AProgramStartsWhereItSays) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  const Transcript transcript = run(*world, "start ctx0=126 ctx1=200\nclose rw\n");
  EXPECT_EQ(transcript.steps[0].rings[0].head, 126U);
  EXPECT_EQ(transcript.steps[0].rings[1].tail, 200U);
}

TEST(World, ASleepWithoutEndIsInterrupted) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  const Transcript transcript = run(*world, "getevents ctx0 min=1 timeout=null\n");
  EXPECT_TRUE(transcript.steps[0].interrupted);
  EXPECT_EQ(transcript.steps[0].result, -EINTR);
}

TEST(World, ARequestThatCouldHarmTheRunnerIsLeftOut) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  // An iocb of zeroes reads from descriptor 0.
  EXPECT_EQ(run(*world, "submit ctx0 iocb0\n").steps[0].result, kSkipped);
}

TEST(World, PollsThatAreLeftAreCancelledAtTheEnd) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  const Transcript transcript =
      run(*world, "iocb iocb0 poll fd=pipe_r buf=1 data=9\nsubmit ctx0 iocb0\n");
  ASSERT_EQ(transcript.ending.arrived.size(), 1U);
  EXPECT_EQ(transcript.ending.arrived[0].event.data, 9U);
  EXPECT_EQ(transcript.ending.missing[0], 0);
}

// What is left out tells nothing: it must stay rare among what is made up.
TEST(World, CarriesOutNearlyEverySubmitThatIsGenerated) {
  const std::unique_ptr<Runner> world = make_world_runner(MachineFacts());
  unsigned submits = 0;
  unsigned left_out = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Program program = generate(seed);
    const Transcript transcript = world->run(program, nullptr);
    for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
      if (program.statements[i].verb != Verb::submit) continue;
      ++submits;
      if (transcript.steps[i].result == kSkipped) ++left_out;
    }
  }
  EXPECT_GT(submits, 1000U);
  EXPECT_LT(left_out * 20, submits) << left_out << " of " << submits;
}

// What ran before must not matter.
TEST(World, TheSameProgramGivesTheSameTranscript) {
  const std::unique_ptr<Runner> used = make_world_runner(MachineFacts());
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Program program = generate(seed);
    const Transcript first = make_world_runner(MachineFacts())->run(program, nullptr);
    const Transcript second = used->run(program, nullptr);
    EXPECT_FALSE(compare(program, first, second)) << print(program);
  }
}

TEST(Kernel, ASocketThatWasShutDownByAnotherNameIsMadeAnew) {
  std::string why;
  const std::unique_ptr<Runner> kernel = make_kernel_runner(&why);
  if (kernel == nullptr) GTEST_SKIP() << why;
  const Transcript first = run(*kernel, "dup sock_b dup0\nshutdown dup0 how=rdwr\nread sock_a\n");
  EXPECT_EQ(first.steps[2].result, 0);
  EXPECT_EQ(run(*kernel, "read sock_a\n").steps[0].result, -EAGAIN);
}

TEST(Session, FindsAPlantedMistakeAndMakesItSmall) {
  SessionOptions options;
  options.programs = 2000;
  options.plant_mistake = true;
  const SessionResult result = run_session(options);
  if (!result.unavailable.empty()) GTEST_SKIP() << result.unavailable;
  ASSERT_TRUE(result.finding);
  EXPECT_FALSE(result.finding->crashed);
  EXPECT_LE(result.finding->program.statements.size(), 3U) << result.finding->story;
  EXPECT_NE(result.finding->story.find("result"), std::string::npos);
}

TEST(Session, AnHonestEmulatorPasses) {
  SessionOptions options;
  options.programs = 300;
  options.seed = 5;
  const SessionResult result = run_session(options);
  if (!result.unavailable.empty()) GTEST_SKIP() << result.unavailable;
  EXPECT_FALSE(result.finding) << print(result.finding->program) << result.finding->story;
  EXPECT_EQ(result.progress.programs, 300U);
}

}  // namespace
}  // namespace conformance::program
