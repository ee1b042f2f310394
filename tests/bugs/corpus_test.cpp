// The planted bugs stay hidden without faults, each is shown by its fault, and no corrected twin
// is troubled by anything that a correct program can survive.
#include "tests/bugs/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <future>
#include <map>
#include <set>

namespace bugs {

static void PrintTo(const Case& bug, std::ostream* out) { *out << bug.title(); }

namespace {

std::vector<std::string> all_programs() { return programs(load_registry()); }

// ---- programs ----

class Program : public testing::TestWithParam<std::string> {};

TEST_P(Program, SucceedsUnderTheEmulatorWithoutFaults) {
  for (const Twin twin : {Twin::with_bug, Twin::corrected}) {
    const Outcome outcome = run_emulated(GetParam(), twin, {"--require-aio"});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  }
}

TEST_P(Program, SucceedsOnTheKernel) {
  if (!kernel_has_aio()) GTEST_SKIP() << "no AIO in this kernel or sandbox";
  for (const Twin twin : {Twin::with_bug, Twin::corrected}) {
    const Outcome outcome = run_on_kernel(GetParam(), twin);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  }
}

// What a correct program can survive. Not among them: disks that lie (bit-rot, misdirected, stale,
// lying-disk, and swarm, which draws from them), which only checksums notice; hung-disk, where
// waiting for ever is right; power-cut.
constexpr std::array<const char*, 10> kSurvivable = {
    "faithful",  "ci-container",  "busy-kernel", "short-io",   "out-of-order",
    "slow-disk", "stalling-disk", "flaky-disk",  "dying-disk", "full-disk"};

Outcome run_under(const std::string& program, const std::string& profile) {
  return run_emulated(program, Twin::corrected,
                      {"--timeout", "90s", "--oracles", "all", "--profile", profile});
}

// All at the same time: most of it is waiting for slow disks.
TEST_P(Program, CorrectedTwinSurvivesTheProfiles) {
  std::map<std::string, std::future<Outcome>> runs;
  for (const char* profile : kSurvivable) {
    runs[profile] = std::async(std::launch::async, run_under, GetParam(), profile);
  }
  for (auto& [profile, run] : runs) {
    const Outcome outcome = run.get();
    if (is_refused(outcome)) continue;
    EXPECT_EQ(complaint(outcome), "") << "--profile " << profile;
  }
}

std::string program_name(const testing::TestParamInfo<std::string>& program) {
  return program.param;
}
INSTANTIATE_TEST_SUITE_P(Bugs, Program, testing::ValuesIn(all_programs()), program_name);

// ---- cases ----

class Exposure : public testing::TestWithParam<Case> {};

TEST_P(Exposure, ShowsTheBug) {
  const Outcome outcome = run_case(GetParam(), Twin::with_bug);
  if (is_refused(outcome)) GTEST_SKIP() << outcome.err;
  EXPECT_EQ(difference(GetParam(), outcome), "") << replay_line(GetParam());
}

TEST_P(Exposure, IsSurvivedByTheCorrectedTwin) {
  const Outcome outcome = run_case(GetParam(), Twin::corrected);
  if (is_refused(outcome)) GTEST_SKIP() << outcome.err;
  EXPECT_EQ(complaint(outcome), "") << replay_line(GetParam());
}

std::string case_name(const testing::TestParamInfo<Case>& bug) {
  return bug.param.program + "_" + std::to_string(bug.index);
}
INSTANTIATE_TEST_SUITE_P(Bugs, Exposure, testing::ValuesIn(load_registry()), case_name);

// ---- the registry and the page ----

TEST(Registry, HasEveryClass) {
  std::set<char> classes;
  for (const Case& bug : load_registry()) classes.insert(bug.bug_class);
  EXPECT_THAT(classes, testing::ElementsAre('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'));
}

TEST(Registry, HasEveryProgram) {
  const std::vector<std::string> known = all_programs();
  for (const auto& entry : std::filesystem::directory_iterator(BUGS_SOURCES "/programs")) {
    EXPECT_THAT(known, testing::Contains(entry.path().stem().string()));
  }
}

TEST(Registry, RefusesWhatItDoesNotKnowAndSaysWhere) {
  EXPECT_THROW(parse_registry("class: A\nprogramme: x\n"), std::runtime_error);
  EXPECT_THROW(parse_registry("class: K\nprogram: x\nfault: y\nsymptom: hang\nseen: z\n"),
               std::runtime_error);
  EXPECT_THROW(parse_registry("class: A\nprogram: x\nfault: y\nsymptom: odd\nseen: z\n"),
               std::runtime_error);
  EXPECT_EQ(parse_registry("class: A\nprogram: x\nfault: y\nsymptom: hang\nseen: z\n").size(), 1U);
}

TEST(BugClasses, PageIsWhatTheRegistryMakes) {
  EXPECT_EQ(run_test::read_file(page_path()), page(load_registry()))
      << "docs/bug-classes.md is out of date: run scripts/bug-classes";
}

}  // namespace
}  // namespace bugs
