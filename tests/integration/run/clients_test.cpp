// Programs of every kind under the emulator. Where the kernel's AIO is closed to them, what works
// was served by the emulator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;

#define SKIP_WITHOUT_SECCOMP(outcome) \
  if ((outcome).status == kNoSeccomp && (outcome).err.empty()) GTEST_SKIP() << "no seccomp here"

TEST(Client, ThatUsesSyscallIsServed) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run_without_kernel_aio({}, {client("writer"), scratch / "f", "10"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Client, IsNotServedWithoutTheEmulator) {
  const Scratch scratch;
  const Outcome outcome = execute({no_kernel_aio(), client("writer"), scratch / "f", "10"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "io_setup: Function not implemented\n");
}

TEST(Client, ThatIsBoundToTheOldAbiIsServed) {
  const Outcome outcome = aioemu_run_without_kernel_aio({}, {client("old_abi")});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Client, ThatOpensLibaioAtRunTimeIsServed) {
  const Outcome outcome = aioemu_run_without_kernel_aio({}, {client("opener")});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Client, KeepsItsOwnFaultHandler) {
  const Outcome outcome = aioemu_run({}, {client("own_handler")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Client, BuiltWithASanitizerIsServed) {
  if (!std::filesystem::exists(client("asan_writer"))) GTEST_SKIP() << "no libasan";
  const Scratch scratch;
  const Outcome outcome = aioemu_run({"--fault", "complete op=write when=2 errno EIO"},
                                     {client("asan_writer"), scratch / "f", "3"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "write 1: -5\n");
}

// ---- children ----

class Child : public testing::TestWithParam<const char*> {};

TEST_P(Child, IsServedWhateverEnvironmentItWasGiven) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--fault", "complete op=write when=2 errno EIO"},
                 {client("starter"), GetParam(), client("writer"), scratch / "f", "5"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "write 1: -5\n");
  EXPECT_THAT(outcome.err, HasSubstr("1 process used AIO: 2 requests"));
}

INSTANTIATE_TEST_SUITE_P(Ways, Child,
                         testing::Values("execve", "execve-null", "execve-stranger", "execv",
                                         "execvp", "execvpe", "execl", "execlp", "execle",
                                         "posix_spawn", "posix_spawnp", "vfork"),
                         [](const auto& way) {
                           std::string name = way.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// ---- the end of a process ----

class End : public testing::TestWithParam<const char*> {};

TEST_P(End, FinishesWhatIsInFlight) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--quiet", "--oracles", "none", "--report", scratch / "r.json"},
                 {client("leaver"), scratch / "f", GetParam()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json total = read_json(scratch / "r.json")["total"];
  EXPECT_EQ(total["requests"]["fsync"], nlohmann::json({{"accepted", 8}, {"completed", 8}}));
  EXPECT_EQ(total["in_flight"], 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, End,
                         testing::Values("exit", "_exit", "_Exit", "quick_exit", "exit_group",
                                         "exec"),
                         [](const auto& way) { return "by_" + std::string(way.param); });

TEST(KilledProcess, StillTellsItsStory) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({}, {client("leaver"), scratch / "f", "kill"});
  EXPECT_EQ(outcome.status, 128 + 9);
  EXPECT_THAT(outcome.err, HasSubstr("9 requests (1 pwrite, 8 fsync)"));
}

// ---- well-known programs ----

TEST(Ioping, IsServed) {
  if (!installed("ioping")) GTEST_SKIP() << "ioping is not installed";
  const Scratch scratch;
  const Outcome outcome = aioemu_run_without_kernel_aio(
      {"--require-aio"}, {"ioping", "-A", "-c", "5", "-i", "0.01", scratch / "."});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 process used AIO: "));
}

TEST(QemuIo, ReadsTheRingItself) {
  if (!installed("qemu-io")) GTEST_SKIP() << "qemu-io is not installed";
  const Scratch scratch;
  const std::string image = scratch.program("image", std::string(1 << 20, '\0'), 0644);
  const Outcome outcome = aioemu_run_without_kernel_aio(
      {"--require-aio"},
      {"qemu-io", "-f", "raw", "-n", "--aio", "native", "-c", "aio_write -P 0xa5 0 64k", "-c",
       "aio_flush", "-c", "read -P 0xa5 0 64k", "-c", "writev -P 0x5a 64k 4k 8k 4k", "-c",
       "readv -P 0x5a 64k 4k 8k 4k", "-c", "flush", image});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("ailed")));
  const std::string content = read_file(image);
  EXPECT_EQ(content[0], '\xa5');
  EXPECT_EQ(content[65536], '\x5a');
}

}  // namespace
}  // namespace run_test
