// `aioemu sweep` as people use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;

const std::string kTaker = SWEEP_TAKER;

Outcome sweep(const Words& options, const Words& program) {
  Words words = {aioemu(), "sweep"};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  words.insert(words.end(), program.begin(), program.end());
  return execute(words);
}

// The sweep's report, with its exit status among the members.
nlohmann::json report_of(const Words& options, const Words& program) {
  const Scratch scratch;
  Words all = options;
  all.insert(all.end(), {"--report", scratch / "report.json"});
  const int status = sweep(all, program).status;
  nlohmann::json report = read_json(scratch / "report.json");
  report["status"] = status;
  return report;
}

std::vector<std::string> outcomes(const nlohmann::json& report) {
  std::vector<std::string> all;
  for (const auto& run : report["runs"]) all.push_back(run["outcome"].get<std::string>());
  return all;
}

TEST(Sweep, IsGoodWhenTheProgramSurvivesEverything) {
  const Outcome outcome =
      sweep({"--fault", "submit partial 1", "--fault", "complete op=write short -1"},
            {kTaker, "careful", "{}/f"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out,
            "  points  survived  failed  crashed  hung  oracle  rule\n"
            "       4         4       -        -     -       -  submit partial 1\n"
            "       8         8       -        -     -       -  complete op=write short -1\n"
            "\n12 runs of 12 points: 0 failures\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Sweep, FindsAFailureAtEachPoint) {
  const Outcome outcome =
      sweep({"--fault", "complete op=write one_in=7 errno EIO"}, {kTaker, "fragile", "{}/f"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out,
              HasSubstr("       8         -       -        8     -       -  complete"));
  EXPECT_THAT(outcome.out, HasSubstr("FAILED: killed by signal 6 (Aborted) in 8 runs"));
  EXPECT_THAT(outcome.out, HasSubstr("  plan    complete op=write when=1 errno EIO\n"));
  EXPECT_THAT(outcome.out, HasSubstr("  also    with when=2..8\n"));
}

TEST(Sweep, ReplaysAFailureWithTheLineItPrints) {
  const Outcome outcome =
      sweep({"--fault", "complete op=write short 512"}, {kTaker, "careless", "{}/f"});
  const std::size_t begin = outcome.out.find("replay  ") + 8;
  std::string line = outcome.out.substr(begin, outcome.out.find('\n', begin) - begin);
  const std::size_t command = line.find("aioemu run");
  ASSERT_NE(command, std::string::npos) << line;
  line.replace(command, 6, aioemu());
  EXPECT_EQ(execute({"sh", "-c", line + "; s=$?; rm -r \"$AIOEMU_SWEEP_DIR\"; exit $s"}).status, 3)
      << line;
}

TEST(Sweep, SaysWhatHungAndWhere) {
  const nlohmann::json report = report_of({"--timeout", "400ms", "--fault", "submit partial 1"},
                                          {kTaker, "forgetful", "{}/f"});
  EXPECT_EQ(report["status"], 1);
  EXPECT_EQ(outcomes(report), std::vector<std::string>(4, "hung"));
  EXPECT_THAT(report["runs"][0]["said"].get<std::string>(),
              HasSubstr("no request in flight will ever complete"));
}

TEST(Sweep, TakesTheStatusForAFailedDeviceAsGoodWhereTheDeviceFailed) {
  const Words options = {"--error-status", "5", "--fault", "complete op=write errno EIO"};
  const nlohmann::json report = report_of(options, {kTaker, "careful", "{}/f"});
  EXPECT_EQ(report["status"], 0);
  EXPECT_EQ(outcomes(report), std::vector<std::string>(8, "reported"));
  EXPECT_EQ(
      report_of({"--fault", "complete op=write errno EIO"}, {kTaker, "careful", "{}/f"})["status"],
      1);
  // A short write is nothing that a device has to fail for.
  EXPECT_EQ(report_of({"--error-status", "3", "--fault", "complete op=write short 512"},
                      {kTaker, "careless", "{}/f"})["status"],
            1);
}

TEST(Sweep, TurnsEachRuleOfAProfileIntoItsCountedForm) {
  const nlohmann::json report =
      report_of({"--profile", "flaky-disk", "--error-status", "5"}, {kTaker, "careful", "{}/f"});
  EXPECT_EQ(report["status"], 0);
  ASSERT_EQ(report["rules"].size(), 2U);
  EXPECT_EQ(report["rules"][0]["name"], "flaky-disk-transfer");
  EXPECT_EQ(report["rules"][0]["points"], 8);
  EXPECT_EQ(report["rules"][0]["reported"], 8);
  EXPECT_EQ(report["rules"][1]["points"], 0);
  EXPECT_EQ(report["runs"][6]["plan"],
            "flaky-disk-transfer: complete op=read,write when=7 persist=transient "
            "errno EIO\n");
}

TEST(Sweep, HasADefault) {
  const nlohmann::json report = report_of({"--error-status", "5"}, {kTaker, "careful", "{}/f"});
  EXPECT_EQ(report["status"], 0);
  EXPECT_GE(report["rules"].size(), 4U);
  EXPECT_GE(report["points"], 24);
}

TEST(Sweep, SamplesEvenlyWhenThereAreTooManyPoints) {
  const nlohmann::json report = report_of(
      {"--max-runs", "4", "--fault", "submit partial 1", "--fault", "complete op=write short 1024"},
      {kTaker, "careful", "{}/f"});
  std::vector<int> when;
  for (const auto& run : report["runs"]) when.push_back(run["when"].get<int>());
  EXPECT_EQ(when, (std::vector<int>{1, 4, 1, 8}));
  EXPECT_EQ(report["points"], 12);
  EXPECT_THAT(sweep({"--max-runs", "1"}, {kTaker, "careful", "{}/f"}).out,
              HasSubstr("the rest was left out by --max-runs"));
}

TEST(Sweep, RunsOneAtATimeWhatMayShareFiles) {
  const Scratch scratch;
  const Words fault = {"--fault", "submit partial 1"};
  EXPECT_EQ(report_of(fault, {kTaker, "careful", scratch / "f"})["jobs"], 1);
  EXPECT_GE(report_of(fault, {kTaker, "careful", "{}/f"})["jobs"], 1);
  Words wide = fault;
  wide.insert(wide.end(), {"-j", "3"});
  EXPECT_EQ(report_of(wide, {kTaker, "careful", "{}/f"})["jobs"], 3);
}

TEST(Sweep, GivesEachRunAnEmptyDirectoryOfItsOwn) {
  const std::string program =
      "[ -d \"$AIOEMU_SWEEP_DIR\" ] && [ -z \"$(ls -A {})\" ] && " + kTaker + " careful {}/f";
  const nlohmann::json report = report_of({"--fault", "submit partial 1"}, {"sh", "-c", program});
  EXPECT_EQ(report["status"], 0);
  EXPECT_EQ(report["points"], 4);
}

TEST(Sweep, KeepsWhatFailedRunsLeave) {
  const Scratch scratch;
  const Outcome outcome = sweep({"--keep", scratch / "kept", "--fault", "submit when=2 partial 1",
                                 "--fault", "complete op=write short 512"},
                                {kTaker, "careless", "{}/f"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(std::filesystem::exists(scratch / "kept/rule-2-when-3/files/f"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "kept/rule-2-when-3/output"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "kept/rule-1-when-1"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "kept/without-faults"));
}

TEST(Sweep, WritesJUnit) {
  const Scratch scratch;
  EXPECT_EQ(sweep({"--junit", scratch / "j.xml", "--fault", "complete op=write errno EIO"},
                  {kTaker, "fragile", "{}/f"})
                .status,
            1);
  const std::string xml = read_file(scratch / "j.xml");
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"aioemu sweep\" tests=\"8\" failures=\"8\">"));
  EXPECT_THAT(xml,
              HasSubstr("<testcase classname=\"complete op=write errno EIO\" name=\"when=8\""));
  EXPECT_THAT(xml, HasSubstr("message=\"killed by signal 6 (Aborted)\""));
}

TEST(Sweep, SaysWhyAProgramCannotBeSwept) {
  const Outcome fails = sweep({}, {"sh", "-c", "echo it is broken; exit 3"});
  EXPECT_EQ(fails.status, 2);
  EXPECT_EQ(fails.err,
            "aioemu: without any fault the program already fails: exit status 3: it is broken\n");
  const Outcome quiet = sweep({}, {"true"});
  EXPECT_EQ(quiet.status, 2);
  EXPECT_EQ(quiet.err, "aioemu: the program made no AIO call: nothing to sweep\n");
  const Outcome never =
      sweep({"--fault", "complete op=fsync errno EIO"}, {kTaker, "careful", "{}/f"});
  EXPECT_EQ(never.status, 2);
  EXPECT_THAT(never.err, HasSubstr("none of the rules could ever fire in this program"));
}

TEST(Sweep, RefusesMistakesBeforeAnythingRuns) {
  EXPECT_EQ(sweep({"--fault", "submit erno EAGAIN"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({"--fault", "durability power_cut"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({"--fault", "seed 3"}, {"false"}).status, 2);
  EXPECT_EQ(sweep({"--timeout", "soon"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({"--max-runs", "0"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({"--report", "/nowhere/f"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({"--nonsense"}, {"true"}).status, 2);
  EXPECT_EQ(sweep({}, {}).status, 2);
  EXPECT_EQ(sweep({}, {"no-such-program-here"}).status, 2);
}

TEST(Sweep, LeavesNothingBehindWhenItIsAskedToEnd) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "tmp");
  const pid_t child = fork();
  if (child == 0) {
    setenv("TMPDIR", (scratch / "tmp").c_str(), 1);
    // Says that it runs, and waits to be killed.
    const std::string program = "echo started > " + (scratch / "started") + "; exec sleep 600";
    execl(aioemu().c_str(), "aioemu", "sweep", "--", "sh", "-c", program.c_str(), nullptr);
    _exit(126);
  }
  while (!std::filesystem::exists(scratch / "started")) usleep(1000);
  kill(child, SIGTERM);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  EXPECT_TRUE(std::filesystem::is_empty(scratch / "tmp"));
}

}  // namespace
}  // namespace run_test
