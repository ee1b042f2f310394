#include "conformance/program/recording.h"

#include <gtest/gtest.h>

#include "conformance/program/generate.h"

namespace conformance::program {
namespace {

Recording made() {
  Recording recording;
  recording.machine = {4, 1000, false, "6.18.44"};
  Recorded one;
  one.program = generate(5);
  one.kernel.side = "kernel";
  Step step;
  step.result = -22;
  step.interrupted = true;
  step.signals = 2;
  step.reaped = {{1, 2, -3, 4}, {1, 2, -3, 4}, {5, 6, 7, 8}};
  step.arrived.resize(3);
  step.arrived[1].apart = true;
  step.arrived[1].context = 3;
  step.rings[1] = {true, 7, 9};
  step.memory = 0xfedcba9876543210;
  one.kernel.steps = {step, Step()};
  one.kernel.ending.missing = {0, 1, 0, 0};
  one.kernel.ending.room = {120, 248, 0, 0};
  one.kernel.ending.files = {10'000, 0xffffffffffffffff};
  one.kernel.ending.arrived = {step.arrived[1]};
  recording.entries = {one, one};
  return recording;
}

TEST(Recordings, PrintingAndParsingLosesNothing) {
  const Recording recording = made();
  const std::variant<Recording, std::string> parsed = parse_recording(print(recording));
  ASSERT_TRUE(std::holds_alternative<Recording>(parsed)) << std::get<std::string>(parsed);
  const auto& again = std::get<Recording>(parsed);
  EXPECT_EQ(again.machine, recording.machine);
  ASSERT_EQ(again.entries.size(), 2U);
  EXPECT_EQ(again.entries[1].program, recording.entries[1].program);
  EXPECT_EQ(again.entries[1].kernel.side, "kernel");
  EXPECT_EQ(again.entries[1].kernel.steps, recording.entries[1].kernel.steps);
  EXPECT_EQ(again.entries[1].kernel.ending, recording.entries[1].kernel.ending);
}

TEST(Recordings, AFaultIsKept) {
  Recording recording = made();
  recording.entries[0].kernel.fault = "sleeps for ever";
  const auto parsed = std::get<Recording>(parse_recording(print(recording)));
  EXPECT_EQ(parsed.entries[0].kernel.fault, "sleeps for ever");
}

TEST(Recordings, AMistakeIsNamedWithItsEntry) {
  const auto error = std::get<std::string>(parse_recording(
      "machine cpus=2 kernel=Linux 6.18\nprogram\nlaunch\ntranscript\nside kernel\n"));
  EXPECT_EQ(error, "entry 1: line 1 of a program: no statement is called 'launch'");
}

TEST(Recordings, TheMachineMustBeDescribed) {
  EXPECT_EQ(std::get<std::string>(parse_recording("program\n")),
            "the first line must describe the machine");
  EXPECT_EQ(std::get<std::string>(parse_recording("machine cpus=2\n")),
            "the first line must name the kernel");
}

}  // namespace
}  // namespace conformance::program
