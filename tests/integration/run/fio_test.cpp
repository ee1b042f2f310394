// fio, unmodified: it writes and verifies through the emulator, and fails in its own way when a
// request fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;

class Fio : public testing::Test {
 protected:
  void SetUp() override {
    if (!installed("fio")) GTEST_SKIP() << "fio is not installed";
  }

  // Writes 1 MiB in random order and verifies it.
  [[nodiscard]] Words fio(const Words& more = {}) const {
    Words words = {"fio",
                   "--name=verify",
                   "--filename=" + (scratch_ / "data"),
                   "--size=1m",
                   "--bs=4k",
                   "--rw=randwrite",
                   "--ioengine=libaio",
                   "--iodepth=16",
                   "--verify=crc32c",
                   "--verify_state_save=0",  // or it stays in the current directory
                   "--minimal"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  Outcome run(const Words& options, const Words& more) {
    Words all = options;
    all.insert(all.end(), {"--timeout", "60s", "--report", scratch_ / "r.json"});
    const Outcome outcome = aioemu_run_without_kernel_aio(all, fio(more));
    report = read_json(scratch_ / "r.json");
    return outcome;
  }

  nlohmann::json report;

 private:
  const Scratch scratch_;
};

#define SKIP_WITHOUT_SECCOMP(outcome) \
  if ((outcome).status == kNoSeccomp && (outcome).err.empty()) GTEST_SKIP() << "no seccomp here"

TEST_F(Fio, FailsWhereTheKernelsAioIsClosed) {
  Words words = fio();
  words.insert(words.begin(), no_kernel_aio());
  const Outcome outcome = execute(words);
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 1);
}

TEST_F(Fio, WritesAndVerifies) {
  const Outcome outcome = run({}, {});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(report["total"]["requests"]["pwrite"]["completed"], 256);
  EXPECT_EQ(report["total"]["requests"]["pread"]["completed"], 256);
  EXPECT_EQ(report["total"]["bytes_written"], 1 << 20);
  EXPECT_GT(report["total"]["calls"]["libaio"]["io_submit"], 0);
  EXPECT_EQ(report["total"]["failed"], 0);
}

TEST_F(Fio, WritesAndVerifiesDirectly) {
  const Outcome outcome = run({}, {"--direct=1"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(report["total"]["requests"]["pread"]["completed"], 256);
}

TEST_F(Fio, FailsInItsOwnWayWhenOneWriteFails) {
  const Outcome outcome = run({"--fault", "complete op=write when=3 errno EIO"}, {});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err + outcome.out, HasSubstr("Input/output error"));
  EXPECT_EQ(report["rules"][0]["fired"], 1);
  EXPECT_EQ(report["total"]["failed"], 1);
}

TEST_F(Fio, CopesWithPartialSubmits) {
  const Outcome outcome = run({"--fault", "submit nr>=2 partial 1"},
                              {"--iodepth_batch_submit=8", "--iodepth_batch_complete_min=1"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GT(report["rules"][0]["fired"], 0);
  EXPECT_EQ(report["total"]["requests"]["pwrite"]["completed"], 256);
}

// At the end of a job fio forgets the rests of its last short reads (fio 3.33), which
// short_not_continued tells when it is asked.
TEST_F(Fio, CopesWithShortTransfers) {
  const Outcome outcome = run({"--fault", "complete op=read when=10+10 short 512"}, {});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GT(report["rules"][0]["fired"], 0);
}

TEST_F(Fio, RunsInTwoThreads) {
  const Outcome outcome = run({}, {"--thread", "--numjobs=2", "--offset_increment=1m"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(report["aio_processes"], 1);
  EXPECT_EQ(report["total"]["requests"]["pwrite"]["completed"], 512);
}

TEST_F(Fio, RunsInTwoProcesses) {
  const Outcome outcome = run({}, {"--numjobs=2", "--offset_increment=1m"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(report["aio_processes"], 2);
  EXPECT_EQ(report["total"]["requests"]["pwrite"]["completed"], 512);
}

TEST_F(Fio, ReapsFromTheRingItself) {
  const Outcome outcome = run({}, {"--userspace_reap=1", "--iodepth_batch_complete_min=0"});
  SKIP_WITHOUT_SECCOMP(outcome);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(report["total"]["requests"]["pread"]["completed"], 256);
  EXPECT_EQ(report["total"]["reaped"], 0);
}

}  // namespace
}  // namespace run_test
