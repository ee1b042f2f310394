// Programs that make AIO calls past every name, where the kernel's AIO is closed to them: what
// works was caught by the filter and served by the emulator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;

#define SKIP_WITHOUT_SECCOMP(outcome) \
  if ((outcome).status == kNoSeccomp && (outcome).err.empty()) GTEST_SKIP() << "no seccomp here"

class Inline : public testing::TestWithParam<const char*> {};

TEST_P(Inline, CallsAreServed) {
  const Outcome outcome = aioemu_run_without_kernel_aio({"--require-aio", "--timeout", "20"},
                                                        {client("inliner"), GetParam()});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Situations, Inline,
                         testing::Values("plain", "blocked-by-pthread_sigmask",
                                         "blocked-by-sigprocmask", "blocked-by-syscall",
                                         "blocked-in-handlers", "ignored-by-signal",
                                         "ignored-by-sigaction", "ignored-by-instruction",
                                         "own-action", "sent-sigsys", "tiny-alternate-stack",
                                         "aio-in-a-handler", "threads", "fork", "vfork", "clone-vm",
                                         "exec"),
                         [](const auto& situation) {
                           std::string name = situation.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// These submit nothing.
class InlineCalls : public testing::TestWithParam<const char*> {};

TEST_P(InlineCalls, AreServedToo) {
  const Outcome outcome =
      aioemu_run_without_kernel_aio({"--timeout", "20"}, {client("inliner"), GetParam()});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Situations, InlineCalls,
                         testing::Values("registers", "errno", "sleep-through-a-handler",
                                         "fork-with-a-context", "libcs-own-syscall"),
                         [](const auto& situation) {
                           std::string name = situation.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(InlineCall, IsNotServedWithoutTheEmulator) {
  const Outcome outcome = execute({no_kernel_aio(), client("inliner"), "plain"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 40);
}

TEST(InlineCall, IsCountedUnderItsEntry) {
  const Scratch scratch;
  const Outcome outcome =
      aioemu_run({"--quiet", "--report", scratch / "r.json"}, {client("inliner"), "plain"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json calls = read_json(scratch / "r.json")["total"]["calls"];
  EXPECT_EQ(calls["trap"]["io_setup"], 1);
  EXPECT_EQ(calls["trap"]["io_submit"], 1);
  EXPECT_EQ(calls["trap"]["io_getevents"], 1);
  EXPECT_EQ(calls["trap"]["io_destroy"], 1);
  EXPECT_EQ(calls["syscall"]["io_setup"], 0);
}

TEST(InlineCall, IsSubjectToTheRules) {
  const Outcome outcome =
      aioemu_run({"--fault", "complete op=read when=1 errno EIO"}, {client("inliner"), "plain"});
  EXPECT_EQ(outcome.status, 43);
  EXPECT_THAT(outcome.err, HasSubstr("fired 1 of 1"));
}

TEST(SigsysFromSomebodyElse, KillsAProgramThatDoesNotHandleIt) {
  EXPECT_EQ(aioemu_run({}, {client("inliner"), "deadly-sigsys"}).status, 128 + 31);
}

TEST(StaticLibaio, IsServed) {
  if (!std::filesystem::exists(client("static_libaio"))) GTEST_SKIP() << "no libaio.a here";
  const Outcome outcome =
      aioemu_run_without_kernel_aio({"--require-aio"}, {client("static_libaio")});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace
}  // namespace run_test
