#include "conformance/backends/backends.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

#include "conformance/crashed.h"
#include "conformance/registry.h"
#include "real/probe.h"

namespace conformance {
namespace {

using testing::HasSubstr;

TEST(BackendNames, KnownOnes) {
  for (const char* name : {"emulator", "kernel", "libaio", "preload", "drop-in", "syscall"}) {
    EXPECT_TRUE(is_backend_name(name)) << name;
  }
  EXPECT_TRUE(is_backend_name("lib:./my.so"));
  EXPECT_FALSE(is_backend_name("lib:"));
  EXPECT_FALSE(is_backend_name("kernal"));
}

TEST(BackendNames, AreAllOffered) {
  EXPECT_EQ(backend_choices().rfind("emulator, emulator:linux-5.10, ", 0), 0U);
  EXPECT_NE(backend_choices().find(", kernel, libaio, "), std::string::npos);
  EXPECT_NE(backend_choices().find(", lib:PATH"), std::string::npos);
}

TEST(BackendNames, TheLedgerKnowsEveryLibraryByOneName) {
  EXPECT_EQ(ledger_name("lib:./my.so"), "lib:");
  EXPECT_EQ(ledger_name("kernel"), "kernel");
}

TEST(BackendNames, SuffixesAreWords) {
  EXPECT_EQ(test_suffix("drop-in"), "drop_in");
  EXPECT_EQ(test_suffix("lib:./my.so"), "lib___my_so");
}

TEST(Preload, IsRefusedWithoutItsMarker) {
  MadeBackend made = make_backend("preload");
  EXPECT_EQ(made.backend, nullptr);
  EXPECT_EQ(made.reason, "no preload library is active (LD_PRELOAD)");
}

TEST(DropIn, IsRefusedWhenLibaioIsTheSystems) {
  MadeBackend made = make_backend("drop-in");
  EXPECT_EQ(made.backend, nullptr);
  EXPECT_FALSE(made.reason.empty());
}

TEST(Library, WhatCannotBeLoadedIsUnavailable) {
  MadeBackend made = make_backend("lib:/nowhere/libmine.so");
  EXPECT_EQ(made.backend, nullptr);
  EXPECT_THAT(made.reason, HasSubstr("/nowhere/libmine.so"));
}

TEST(Library, WithoutLibaiosNamesIsUnavailable) {
  MadeBackend made = make_backend("lib:libm.so.6");
  EXPECT_EQ(made.backend, nullptr);
  EXPECT_THAT(made.reason, HasSubstr("the library has no io_"));
}

TEST(Library, AnswersArePassedOnAndCrashesSurvived) {
  MadeBackend made = make_backend("lib:" BROKEN_LIBAIO);
  ASSERT_NE(made.backend, nullptr) << made.reason;
  Context context = 0;
  EXPECT_EQ(made.backend->io_setup(1, &context), -EBADMSG);
  EXPECT_EQ(made.backend->io_submit(0x1000, 0, nullptr), crash_result(SIGSEGV));
  int valid = 5;
  EXPECT_EQ(made.backend->io_submit(reinterpret_cast<Context>(&valid), 0, nullptr), 5);
  EXPECT_EQ(made.backend->io_pgetevents(0, 0, 0, nullptr, nullptr, nullptr), -ENOSYS);
}

class RealMachine : public testing::Test {
 protected:
  void SetUp() override {
    made_ = make_backend("syscall");
    if (made_.backend == nullptr) GTEST_SKIP() << made_.reason;
    made_.backend->begin_test();
  }
  Backend& backend() { return *made_.backend; }
  MadeBackend made_;
};

TEST_F(RealMachine, FilesGrowReopenAndGo) {
  Files& files = backend().files();
  int fd = files.create(4096, O_WRONLY);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(files.size_of(fd), 4096);
  char byte = 0;
  EXPECT_EQ(files.pread(fd, &byte, 1, 0), -EBADF);
  EXPECT_EQ(files.pwrite(fd, "x", 1, 4095), 1);
  int reader = files.reopen(fd, O_RDONLY);
  ASSERT_GE(reader, 0);
  EXPECT_EQ(files.pread(reader, &byte, 1, 4095), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(files.open("/nowhere", O_RDONLY), -ENOENT);
  std::string why;
  EXPECT_TRUE(backend().end_test(&why));
  EXPECT_EQ(files.size_of(fd), -EBADF);
  EXPECT_EQ(files.close(reader), -EBADF);
}

TEST_F(RealMachine, ASleepingCallIsBlockedAndCanBeInterrupted) {
  int ends[2];
  ASSERT_EQ(backend().files().pipe(ends, 0), 0);
  char byte = 0;
  auto read = [&](Backend& b) { return b.files().read(ends[0], &byte, 1); };
  auto call = backend().start(read);
  EXPECT_TRUE(call->blocked());
  call->interrupt();
  EXPECT_EQ(call->finish(), -EINTR);
  EXPECT_EQ(backend().signals_handled(SIGUSR1), 1);
  auto restarted = backend().start(read);
  EXPECT_TRUE(restarted->blocked());
  restarted->interrupt(true);
  EXPECT_TRUE(restarted->blocked());
  EXPECT_EQ(backend().files().write(ends[1], "x", 1), 1);
  EXPECT_EQ(restarted->finish(), 1);
}

TEST_F(RealMachine, ACallThatReturnsIsNotBlocked) {
  auto call = backend().start([](Backend&) { return 42L; });
  EXPECT_FALSE(call->blocked());
  EXPECT_EQ(call->finish(), 42);
}

TEST_F(RealMachine, ASleepingCallThatIsDroppedIsWokenUp) {
  int ends[2];
  ASSERT_EQ(backend().files().pipe(ends, 0), 0);
  char byte = 0;
  auto call = backend().start([&](Backend& b) { return b.files().read(ends[0], &byte, 1); });
  EXPECT_TRUE(call->blocked());
  call.reset();
  std::string why;
  EXPECT_TRUE(backend().end_test(&why)) << why;
}

TEST_F(RealMachine, BlockedSignalsWait) {
  backend().block_signal(SIGUSR2, true);
  backend().raise_signal(SIGUSR2);
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
  backend().block_signal(SIGUSR2, false);
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

TEST_F(RealMachine, AForkGivesItsResultOrItsSignal) {
  EXPECT_EQ(backend().in_fork([](Backend&) { return 3; }), 3);
  EXPECT_EQ(backend().in_fork([](Backend&) { return raise(SIGKILL); }), 256 + SIGKILL);
}

TEST_F(RealMachine, AnExceptionEndsTheChildAndNothingElse) {
  EXPECT_EQ(backend().in_fork([](Backend&) -> int { throw std::runtime_error("on purpose"); }),
            255);
}

TEST_F(RealMachine, LeakedContextsAreDestroyed) {
  Context context = 0;
  if (backend().io_setup(1, &context) != 0) GTEST_SKIP() << "the quota is gone";
  std::string why;
  EXPECT_TRUE(backend().end_test(&why));
  EXPECT_EQ(backend().io_destroy(context), -EINVAL);
}

TEST(Probe, CountsCpuLists) {
  EXPECT_EQ(real::count_cpu_list("0"), 1U);
  EXPECT_EQ(real::count_cpu_list("0-3,8"), 5U);
  EXPECT_EQ(real::count_cpu_list("0-1,4-5,9"), 5U);
  EXPECT_EQ(real::count_cpu_list(""), 0U);
  EXPECT_EQ(real::count_cpu_list("3-1"), 0U);
}

TEST(Probe, AnswersOfAllSixCalls) {
  real::AioSupport support = real::probe_aio();
  ASSERT_EQ(support.answers.size(), 6U);
  EXPECT_EQ(support.answers[0].call, "io_setup");
  EXPECT_EQ(support.available, support.reason.empty());
}

}  // namespace
}  // namespace conformance
