#include "cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace aioemu::cli {
namespace {

using testing::HasSubstr;

Report one_process() {
  Report report;
  report.replay = "aioemu run -- prog";
  report.loaded = 1;
  report.processes = 1;
  ProcessReport process;
  process.pid = 42;
  process.name = "prog";
  process.activity.accepted = {3, 1, 0, 0, 0, 2};
  process.activity.completed = {3, 0, 0, 0, 0, 1};
  process.activity.reaped = 4;
  process.activity.waiting = 1;
  report.details = {process};
  report.total = process.activity;
  return report;
}

TEST(Activity, CountsWhatIsInFlight) {
  EXPECT_EQ(one_process().total.request_count(), 6U);
  EXPECT_EQ(one_process().total.in_flight(), 2U);
  EXPECT_EQ(Activity{}.in_flight(), 0U);
}

TEST(Activity, AddsUp) {
  Activity sum = one_process().total;
  sum.calls[1][2] = 5;
  sum.add(sum);
  EXPECT_EQ(sum.accepted[0], 6U);
  EXPECT_EQ(sum.call_count(), 10U);
  EXPECT_EQ(sum.reaped, 8U);
}

TEST(Summary, IsShortWhenAllIsWell) {
  EXPECT_EQ(
      summary(one_process()),
      "aioemu: 1 process used AIO: 6 requests (3 pread, 1 pwrite, 2 poll), 4 reaped, 0 failed\n"
      "aioemu: replay: aioemu run -- prog\n");
}

TEST(Summary, TellsWhatWasInFlightAtATimeout) {
  Report report = one_process();
  report.timed_out = true;
  EXPECT_THAT(summary(report),
              HasSubstr("aioemu: TIMEOUT: the program was killed\n"
                        "aioemu:   prog (pid 42): 2 requests in flight (1 pwrite, 1 poll), "
                        "1 thread waiting in io_getevents\n"));
}

TEST(Summary, SaysThatNothingWasInFlightAtATimeout) {
  Report report;
  report.loaded = 1;
  report.timed_out = true;
  EXPECT_THAT(summary(report),
              HasSubstr("no request was in flight and no thread was waiting for one"));
}

TEST(Summary, TellsNoAioFromNoLibrary) {
  Report report;
  EXPECT_THAT(summary(report), HasSubstr("WARNING: no process loaded the preload library"));
  report.loaded = 2;
  EXPECT_THAT(summary(report), HasSubstr("WARNING: this program made no AIO call"));
}

TEST(Summary, NamesRulesThatNeverFired) {
  Report report = one_process();
  report.rules = {{"a", "a: complete errno EIO", 5, 2}, {"", "submit errno EAGAIN", 3, 0}};
  EXPECT_THAT(summary(report),
              HasSubstr("aioemu: fired 2 of 5: a: complete errno EIO\n"
                        "aioemu: NEVER FIRED (3 eligible): submit errno EAGAIN\n"));
}

TEST(Summary, MentionsReentry) {
  Report report = one_process();
  report.total.reentered = 2;
  EXPECT_THAT(summary(report), HasSubstr("2 calls came from a signal handler"));
}

TEST(Json, ReplacesWhatIsNotText) {
  Report report = one_process();
  report.program = {
      "a\xff"
      "b"};
  const auto document = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(document["program"][0],
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(document["total"]["in_flight"], 2);
}

TEST(ReadReport, ReadsTheSession) {
  fault::FaultPlan plan =
      std::get<fault::FaultPlan>(fault::parse("r: submit errno EAGAIN", "test"));
  const std::vector<fault::CompiledRule> rules = fault::compile(plan);
  host::Session session;
  ASSERT_TRUE(session.create_private({3, 50, rules}));
  const host::Seat seat = session.take_seat();
  host::Counters::add(seat.counters->accepted[1], 7);
  EXPECT_EQ(seat.injector->decide(fault::SubmitCall{{}, 1}).error, EAGAIN);
  session.count(host::Entry::syscall_function, host::Call::cancel);
  const Report report = read_report(session, plan);
  EXPECT_EQ(report.seed, 3U);
  EXPECT_EQ(report.aio_max_nr, 50U);
  ASSERT_EQ(report.details.size(), 1U);
  EXPECT_EQ(report.details[0].name, "cli_test");
  EXPECT_EQ(report.total.accepted[1], 7U);
  EXPECT_EQ(report.total.calls[0][4], 1U);
  EXPECT_EQ(report.rules[0].text, "r: submit errno EAGAIN");
  EXPECT_EQ(report.rules[0].fired, 1U);
}

TEST(ShellQuoted, LeavesPlainWordsAlone) {
  EXPECT_EQ(shell_quoted("--bs=4k"), "--bs=4k");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace aioemu::cli
