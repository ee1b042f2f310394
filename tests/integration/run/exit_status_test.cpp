// The exit statuses of `aioemu run`, one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ExitStatus, IsTheProgramsOwn) {
  EXPECT_EQ(aioemu_run({}, {client("nothing"), "0"}).status, 0);
  EXPECT_EQ(aioemu_run({}, {client("nothing"), "7"}).status, 7);
}

TEST(ExitStatus, Is128AndTheSignalThatKilledTheProgram) {
  EXPECT_EQ(aioemu_run({}, {client("nothing"), "signal", "9"}).status, 128 + SIGKILL);
  EXPECT_EQ(aioemu_run({}, {client("nothing"), "signal", "6"}).status, 128 + SIGABRT);
}

TEST(ExitStatus, Is98WhenAioWasRequiredAndNotUsed) {
  const Outcome outcome = aioemu_run({"--require-aio"}, {client("nothing"), "0"});
  EXPECT_EQ(outcome.status, 98);
  EXPECT_THAT(outcome.err, HasSubstr("--require-aio: the program submitted nothing"));
}

TEST(ExitStatus, IsTheProgramsOwnWhenRequiredAioWasUsed) {
  const Scratch scratch;
  EXPECT_EQ(aioemu_run({"--require-aio"}, {client("writer"), scratch / "f", "1"}).status, 0);
}

TEST(ExitStatus, Is124AtTheTimeoutWithTheStory) {
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = aioemu_run({"--timeout", "700ms"}, {client("sleeper"), "aio"});
  EXPECT_EQ(outcome.status, 124);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_THAT(outcome.err, HasSubstr("TIMEOUT: the program was killed"));
  EXPECT_THAT(outcome.err, HasSubstr("sleeper"));
  EXPECT_THAT(outcome.err,
              HasSubstr("1 request in flight (1 poll), 1 thread waiting in io_getevents"));
}

TEST(ExitStatus, Is124WhenOnlyWhatWasLeftBehindIsStillThere) {
  EXPECT_EQ(aioemu_run({"--timeout", "700ms"}, {client("sleeper"), "child"}).status, 124);
}

TEST(ExitStatus, Is125ForABadRuleBeforeAnythingStarts) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({"--fault", "submit errno EIO"}, {"touch", scratch / "f"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, StartsWith("aioemu: --fault:1:14: no kernel lets io_submit fail"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "f"));
}

TEST(ExitStatus, Is125ForABadPlanFile) {
  const Scratch scratch;
  const std::string plan = scratch.program("plan", "seed 1\ndurability power_cut\n");
  EXPECT_THAT(aioemu_run({"--plan", plan}, {"true"}).err,
              HasSubstr(plan + ":2:1: 'durability power_cut' acts in World only"));
  EXPECT_EQ(aioemu_run({"--plan", plan}, {"true"}).status, 125);
  EXPECT_EQ(aioemu_run({"--plan", scratch / "none"}, {"true"}).status, 125);
  const Outcome directory = aioemu_run({"--plan", "/tmp"}, {"true"});
  EXPECT_EQ(directory.status, 125);
  EXPECT_EQ(directory.err, "aioemu: cannot read the plan /tmp\n");
}

TEST(ExitStatus, Is125ForABadOption) {
  EXPECT_EQ(aioemu_run({"--fualt", "x"}, {"true"}).status, 125);
  EXPECT_EQ(aioemu_run({"--seed", "x"}, {"true"}).status, 125);
  EXPECT_EQ(aioemu_run({"--timeout", "soon"}, {"true"}).status, 125);
  EXPECT_EQ(aioemu_run({}, {}).status, 125);
  EXPECT_EQ(aioemu_run({"--report", "/nowhere/f"}, {"true"}).status, 125);
}

TEST(ExitStatus, Is125ForANumberThatIsNone) {
  for (const char* text : {"-1", "0x10", "1k", "18446744073709551616", ""}) {
    const Outcome outcome = aioemu_run({"--seed", text}, {"true"});
    EXPECT_EQ(outcome.status, 125) << text;
    EXPECT_THAT(outcome.err, StartsWith("aioemu: --seed: not a number from 0 to 2^64 - 1"));
  }
  EXPECT_THAT(aioemu_run({"--seed", "010"}, {"true"}).err, HasSubstr("run --seed 10 --"));
}

TEST(ExitStatus, IsTheProgramsOwnWhenItFollowsTheOptionsDirectly) {
  const Outcome outcome =
      execute({aioemu(), "run", "--fault", "submit errno EAGAIN", client("nothing"), "7"});
  EXPECT_EQ(outcome.status, 7);
}

TEST(ExitStatus, OfTheCommandIs2WhenThereIsNoSuchCommand) {
  const Outcome unknown = execute({aioemu(), "rnu"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err, "aioemu: no command is called 'rnu' (aioemu --help)\n");
  const Outcome none = execute({aioemu()});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("Usage: aioemu COMMAND"));
}

TEST(ExitStatus, Is127ForAProgramThatIsNotThere) {
  EXPECT_EQ(aioemu_run({}, {"no-such-program-here"}).status, 127);
  EXPECT_EQ(aioemu_run({}, {"/no/such/program"}).status, 127);
}

TEST(ExitStatus, Is126ForAProgramThatCannotBeRun) {
  const Scratch scratch;
  EXPECT_EQ(aioemu_run({}, {scratch.program("plain", "#!/bin/sh\n", 0644)}).status, 126);
  EXPECT_EQ(aioemu_run({}, {"/tmp"}).status, 126);
}

// ---- programs that the preload library cannot serve ----

// The first bytes of an ELF file for another machine, or another word size.
std::string elf_header(char word_size, char machine) {
  std::string header(
      "\x7f"
      "ELF",
      4);
  header += word_size;
  header += '\1';
  header += std::string(12, '\0');
  header[16] = 2;
  header += machine;
  return header + std::string(64, '\0');
}

TEST(Refusal, NamesA32BitProgram) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({}, {scratch.program("small", elf_header(1, 3))});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("is a 32-bit program (i386)"));
}

TEST(Refusal, NamesAForeignMachine) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({}, {scratch.program("foreign", elf_header(2, 22))});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("is a program for s390"));
}

TEST(Refusal, NamesAStaticProgram) {
  if (!std::filesystem::exists(client("static_nothing"))) GTEST_SKIP() << "no static C library";
  const Outcome outcome = aioemu_run({}, {client("static_nothing"), "0"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("is statically linked"));
}

TEST(Refusal, NamesASetuidProgram) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a file setuid for another user";
  const Scratch scratch;
  const std::string copy = scratch / "setuid";
  std::filesystem::copy_file(client("nothing"), copy);
  ASSERT_EQ(chown(copy.c_str(), 65534, 65534), 0);
  ASSERT_EQ(chmod(copy.c_str(), 04755), 0);
  const Outcome outcome = aioemu_run({}, {copy, "0"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("runs with the privileges of another user"));
}

TEST(Refusal, FollowsScriptsToTheirInterpreter) {
  const Scratch scratch;
  const std::string foreign = scratch.program("foreign", elf_header(2, 22));
  const std::string script = scratch.program("script", "#!" + foreign + " -x\n");
  EXPECT_THAT(aioemu_run({}, {script}).err, HasSubstr(foreign + " is a program for s390"));
  const std::string orphan = scratch.program("orphan", "#!/no/such/interpreter\n");
  EXPECT_EQ(aioemu_run({}, {orphan}).status, 127);
}

TEST(Scripts, RunTheirProgramsUnderTheEmulator) {
  const Scratch scratch;
  const std::string script = scratch.program(
      "script", "#!/bin/sh\n" + client("writer") + " " + (scratch / "f") + " 2 && exit 9\n");
  const Outcome outcome = aioemu_run({}, {script});
  EXPECT_EQ(outcome.status, 9);
  EXPECT_THAT(outcome.err, HasSubstr("aioemu: 1 process used AIO: 4 requests"));
}

}  // namespace
}  // namespace run_test
