// What a run tells: the summary, the report, the variables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Summary, CountsRequestsAndFaults) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run(
      {"--fault", "third: complete op=write when=3 errno EIO", "--fault", "submit nr>=2 partial 1"},
      {client("writer"), scratch / "f", "5"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "write 2: -5\n");
  EXPECT_EQ(outcome.err,
            "aioemu: 1 process used AIO: 3 requests (3 pwrite), 3 reaped, 1 failed\n"
            "aioemu: fired 1 of 3: third: complete op=write when=3 errno EIO\n"
            "aioemu: NEVER FIRED (0 eligible): submit nr>=2 partial 1\n"
            "aioemu: replay: aioemu run --seed 0 --fault "
            "'third: complete op=write when=3 errno EIO' --fault 'submit nr>=2 partial 1' -- " +
                client("writer") + " " + (scratch / "f") + " 5\n");
}

TEST(Summary, SaysLoudlyThatThereWasNoAio) {
  EXPECT_THAT(aioemu_run({}, {client("nothing")}).err,
              HasSubstr("aioemu: WARNING: this program made no AIO call"));
}

TEST(Summary, IsSilencedByQuiet) {
  EXPECT_THAT(aioemu_run({"--quiet"}, {client("nothing")}).err, IsEmpty());
}

TEST(Summary, ReplayLineRepeatsTheRun) {
  const Scratch scratch;
  const Outcome first = aioemu_run(
      {"--seed", "5", "--oracles", "none", "--fault", "complete op=write one_in=4 short 100"},
      {client("writer"), scratch / "it's a file", "40"});
  const std::string marker = "aioemu: replay: aioemu ";
  const std::string line = first.err.substr(first.err.find(marker) + marker.size());
  const Outcome again = execute({"sh", "-c", aioemu() + " " + line});
  EXPECT_EQ(first.status, 1);
  EXPECT_EQ(again.status, first.status);
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(again.err, first.err);
}

TEST(Seed, DecidesWhichRequestsAreHit) {
  const Scratch scratch;
  const auto run = [&scratch](const std::string& seed) {
    return aioemu_run({"--seed", seed, "--fault", "complete op=write one_in=10 errno EIO"},
                      {client("writer"), scratch / "f", "500"})
        .out;
  };
  EXPECT_EQ(run("1"), run("1"));
  EXPECT_NE(run("1"), run("2"));
}

TEST(Plan, FromAFileComesAfterTheCommandLine) {
  const Scratch scratch;
  const std::string plan =
      scratch.program("plan", "plan 1\nseed 9\ncomplete op=write errno ENOSPC\n");
  const Outcome outcome = aioemu_run({"--plan", plan, "--fault", "complete op=write errno EIO"},
                                     {client("writer"), scratch / "f", "1"});
  EXPECT_EQ(outcome.out, "write 0: -5\n");
  EXPECT_THAT(outcome.err, HasSubstr("--seed 9"));
}

TEST(AioMaxNr, IsTheWholeTrees) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({"--aio-max-nr", "3"}, {client("writer"), scratch / "f", "1"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("io_setup: Resource temporarily unavailable"));
  EXPECT_EQ(
      aioemu_run({"--fault", "set aio-max-nr=4"}, {client("writer"), scratch / "f", "1"}).status,
      0);
}

TEST(AioMaxNr, IsSeenWhereProgramsLookForIt) {
  const Words look = {"sh", "-c",
                      "cat /proc/sys/fs/aio-max-nr; read n </proc/sys/fs/aio-nr; echo $n"};
  EXPECT_EQ(aioemu_run({"--aio-max-nr", "77"}, look).out, "77\n0\n");
}

TEST(Report, HasTheSchemaOfTheDocumentation) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({"--quiet", "--report", scratch / "r.json", "--fault",
                                      "first: complete op=read when=1 short 10"},
                                     {client("writer"), scratch / "f", "2"});
  EXPECT_EQ(outcome.status, 1);
  const nlohmann::json report = read_json(scratch / "r.json");
  EXPECT_EQ(report["schema"], "aioemu-run");
  EXPECT_EQ(report["version"], 1);
  EXPECT_EQ(report["exit_status"], 1);
  EXPECT_EQ(report["signal"], nullptr);
  EXPECT_EQ(report["timed_out"], false);
  EXPECT_EQ(report["program"][2], "2");
  EXPECT_EQ(report["loaded"], 1);
  EXPECT_EQ(report["aio_processes"], 1);
  EXPECT_EQ(report["rules"][0], nlohmann::json({{"name", "first"},
                                                {"rule", "first: complete op=read when=1 short 10"},
                                                {"eligible", 1},
                                                {"fired", 1},
                                                {"suppressed", 0},
                                                {"removed", false}}));
  const nlohmann::json& total = report["total"];
  EXPECT_EQ(total["requests"]["pwrite"], nlohmann::json({{"accepted", 2}, {"completed", 2}}));
  EXPECT_EQ(total["requests"]["pread"], nlohmann::json({{"accepted", 1}, {"completed", 1}}));
  EXPECT_EQ(total["calls"]["syscall"]["io_submit"], 3);
  EXPECT_EQ(total["calls"]["libaio"]["io_submit"], 0);
  EXPECT_EQ(total["bytes_written"], 1024);
  EXPECT_EQ(total["bytes_read"], 10);
  EXPECT_EQ(total["in_flight"], 0);
  EXPECT_EQ(total["reaped"], 3);
  EXPECT_EQ(report["processes"][0]["name"], "writer");
}

TEST(PrintEnv, GivesTheSameWithoutTheCommand) {
  const Scratch scratch;
  const Outcome variables =
      execute({aioemu(), "run", "--print-env", "--fault", "complete op=write when=2 errno EIO"});
  ASSERT_EQ(variables.status, 0);
  const Outcome outcome =
      execute({"sh", "-c", variables.out + client("writer") + " " + (scratch / "f") + " 3"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "write 1: -5\n");
}

TEST(PrintEnv, BadPlanStopsTheProcessBeforeItStarts) {
  const Outcome variables = execute({aioemu(), "run", "--print-env"});
  const Outcome outcome = execute({"sh", "-c",
                                   variables.out + "export AIOEMU_PLAN=nonsense; echo started\n" +
                                       client("nothing") + "; echo $?"});
  EXPECT_EQ(outcome.out, "started\n125\n");
  EXPECT_THAT(outcome.err, HasSubstr("aioemu: AIOEMU_PLAN:1:1: expected a layer"));
}

TEST(Signals, ArePassedToTheProgram) {
  const pid_t child = fork();
  if (child == 0) {
    execl(aioemu().c_str(), "aioemu", "run", "--quiet", "--", client("sleeper").c_str(), "x",
          static_cast<char*>(nullptr));
    _exit(1);
  }
  int status = 0;
  // Sent again and again: the first may come before the command listens.
  while (waitpid(child, &status, WNOHANG) == 0) {
    kill(child, SIGTERM);
    usleep(20000);
  }
  // It ended by itself with the program's status, or before it listened, by the signal.
  EXPECT_EQ(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), 128 + SIGTERM);
}

TEST(LeftBehind, IsWaitedForAndCounted) {
  const Scratch scratch;
  const Outcome outcome = aioemu_run(
      {}, {"sh", "-c", "(sleep 0.3; " + client("writer") + " " + (scratch / "f") + " 1) & exit 4"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_THAT(outcome.err, HasSubstr("1 process used AIO: 2 requests"));
}

TEST(Processes, AreCountedOneByOne) {
  const Scratch scratch;
  const std::string writer = client("writer") + " " + (scratch / "f");
  const Outcome outcome = aioemu_run({"--report", scratch / "r.json"},
                                     {"sh", "-c", writer + " 1; " + writer + "2 2; true"});
  EXPECT_THAT(outcome.err, HasSubstr("2 processes used AIO: 6 requests (3 pread, 3 pwrite)"));
  const nlohmann::json report = read_json(scratch / "r.json");
  EXPECT_EQ(report["processes"][0]["reaped"], 2);
  EXPECT_EQ(report["processes"][1]["reaped"], 4);
  EXPECT_EQ(report["processes"][1]["ordinal"], 1);
}

TEST(Rules, CountOverAllProcesses) {
  const Scratch scratch;
  const std::string writer = client("writer") + " " + (scratch / "f");
  const Outcome outcome = aioemu_run({"--fault", "complete op=write when=4 errno EIO"},
                                     {"sh", "-c", writer + " 2; " + writer + " 5; exit 0"});
  EXPECT_EQ(outcome.out, "write 1: -5\n");
}

TEST(Summary, HasNoWarningWhenAioWasUsed) {
  const Scratch scratch;
  EXPECT_THAT(aioemu_run({}, {client("writer"), scratch / "f", "1"}).err,
              Not(HasSubstr("WARNING")));
}

}  // namespace
}  // namespace run_test
