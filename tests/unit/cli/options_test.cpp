#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "cli/duration.h"
#include "cli/run_options.h"
#include "fault/capabilities.h"
#include "fault/profiles.h"

namespace aioemu::cli {
namespace {

using std::chrono::nanoseconds;

TEST(Duration, TakesEachUnit) {
  EXPECT_EQ(parse_duration("7ns"), nanoseconds(7));
  EXPECT_EQ(parse_duration("7us"), std::chrono::microseconds(7));
  EXPECT_EQ(parse_duration("7ms"), std::chrono::milliseconds(7));
  EXPECT_EQ(parse_duration("7s"), std::chrono::seconds(7));
  EXPECT_EQ(parse_duration("7"), std::chrono::seconds(7));
  EXPECT_EQ(parse_duration("7m"), std::chrono::minutes(7));
  EXPECT_EQ(parse_duration("7h"), std::chrono::hours(7));
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"", "s", "0", "0s", "-1s", "1x", "1 s", "9999999h", "1.5s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

fault::FaultPlan plan_of(const RunOptions& options) {
  return std::get<fault::FaultPlan>(combined_plan(options));
}

TEST(CombinedPlan, PutsTheCommandLineOverThePlan) {
  RunOptions options;
  options.faults = {"seed 1; submit errno EAGAIN", "complete errno EIO"};
  EXPECT_EQ(print(plan_of(options)), "seed 1\nsubmit errno EAGAIN\ncomplete errno EIO\n");
  options.seed = 2;
  options.aio_max_nr = 3;
  EXPECT_EQ(plan_of(options).seed, 2U);
  EXPECT_EQ(plan_of(options).aio_max_nr, 3U);
}

TEST(CombinedPlan, SaysWhatIsWrong) {
  RunOptions options;
  options.faults = {"a: submit errno EAGAIN", "a: submit errno EAGAIN"};
  EXPECT_EQ(std::get<std::string>(combined_plan(options)),
            "--fault:1:1: there is already a rule named 'a'\n  a: submit errno EAGAIN\n  ^");
  options.faults.clear();
  options.plan_files = {"/no/such/plan"};
  EXPECT_EQ(std::get<std::string>(combined_plan(options)), "cannot read the plan /no/such/plan");
}

TEST(CombinedPlan, CapsTheRules) {
  RunOptions options;
  std::string rules;
  for (int i = 0; i < 1025; ++i) rules += "submit errno EAGAIN\n";
  options.faults = {rules};
  EXPECT_EQ(std::get<std::string>(combined_plan(options)),
            "plan:1:1: a plan has at most 1024 rules\n  1025 rules\n  ^");
}

TEST(CombinedPlan, RefusesWhatARunCannotDo) {
  RunOptions options;
  options.faults = {"submit partial 1\ndurability power_cut"};
  EXPECT_EQ(std::get<std::string>(combined_plan(options)),
            "--fault:2:1: 'durability power_cut' acts in World only: the program's plain pwrite "
            "and fsync are not seen here, and would make the verdict false\n"
            "  durability power_cut\n  ^");
}

TEST(CombinedPlan, TakesProfilesBehindAllElse) {
  RunOptions options;
  options.profiles = {"faithful"};
  options.faults = {"submit partial 1"};
  EXPECT_EQ(print(plan_of(options)), "submit partial 1\n");
  options.profiles = {"faithfull"};
  EXPECT_EQ(std::get<std::string>(combined_plan(options)).substr(0, 22), "--profile:1:9: expecte");
}

TEST(CombinedPlan, RefusesAFaultThatSaysNothing) {
  for (const char* nothing : {"", " ", "\n"}) {
    RunOptions options;
    options.faults = {nothing};
    EXPECT_EQ(std::get<std::string>(combined_plan(options)), "--fault: says nothing");
  }
}

TEST(CombinedPlan, TakesAnIllegalRuleOnlyWhereItIsAskedFor) {
  RunOptions options;
  options.faults = {"hostile duplicate"};
  const std::string refused = std::get<std::string>(combined_plan(options));
  EXPECT_EQ(refused.substr(0, 45), "--fault:1:1: no kernel and no device does thi");
}

TEST(ReplayLine, KeepsWhatThePlanSets) {
  RunOptions options;
  options.faults = {"set sector=4096; order inline; complete short sectors:1"};
  options.program = {"p"};
  EXPECT_EQ(replay_line(options, plan_of(options)),
            "aioemu run --seed 0 --fault 'set sector=4096' --fault 'order inline' --fault "
            "'complete short sectors:1' -- p");
}

TEST(ReplayLine, NamesProfilesNotTheirRules) {
  RunOptions options;
  options.program = {"p"};
  fault::FaultPlan plan = fault::plan_of_profile("stale", 0, fault::all_capabilities());
  EXPECT_EQ(replay_line(options, plan), "aioemu run --seed 0 --fault 'profile stale' -- p");
}

TEST(ReplayLine, QuotesForTheShell) {
  RunOptions options;
  options.faults = {"set aio-max-nr=9; complete errno EIO"};
  options.timeout_text = "5s";
  options.timeout = std::chrono::seconds(5);
  options.require_aio = true;
  options.program = {"prog", "it's", "a b", ""};
  EXPECT_EQ(replay_line(options, plan_of(options)),
            "aioemu run --seed 0 --aio-max-nr 9 --fault 'complete errno EIO' --timeout 5s "
            "--require-aio -- prog 'it'\\''s' 'a b' ''");
}

TEST(Settings, PutSanitizersFirstAndKeepWhatWasThere) {
  RunOptions options;
  options.faults = {"seed 4; complete errno EIO"};
  const Settings settings =
      settings_for(plan_of(options), "/s", {"libasan.so.8"}, "/lib/ours.so", "theirs.so");
  EXPECT_EQ(settings, (Settings{{"LD_PRELOAD", "libasan.so.8:/lib/ours.so:theirs.so"},
                                {"AIOEMU_SESSION", "/s"},
                                {"AIOEMU_PLAN", "complete errno EIO\n"},
                                {"AIOEMU_SEED", "4"},
                                {"AIOEMU_AIO_MAX_NR", "65536"},
                                {"AIOEMU_MODE", "preload"},
                                {"AIOEMU_NO_IO_URING", "0"}}));
}

TEST(Reach, IsHandedDownAndReplayed) {
  RunOptions options;
  options.program = {"p"};
  options.reach = {*parse_mode("symbols").first, true};
  const Settings settings = settings_for({}, "", {}, "/lib/ours.so", "", options.reach);
  EXPECT_EQ(Settings(settings.end() - 2, settings.end()),
            (Settings{{"AIOEMU_MODE", "symbols"}, {"AIOEMU_NO_IO_URING", "1"}}));
  EXPECT_EQ(replay_line(options, plan_of(options)),
            "aioemu run --seed 0 --mode symbols --no-io-uring -- p");
}

TEST(Reach, RefusesAnUnknownMode) {
  EXPECT_EQ(parse_mode("trace").first, std::nullopt);
  EXPECT_EQ(parse_mode("trace").second, "no mode is called 'trace' (auto, preload, symbols)");
}

TEST(Merged, ReplacesWhatWasThere) {
  EXPECT_EQ(merged({"A=1", "LD_PRELOAD=x", "AB=2"}, {{"LD_PRELOAD", "y"}, {"A", "3"}}),
            (std::vector<std::string>{"AB=2", "LD_PRELOAD=y", "A=3"}));
}

}  // namespace
}  // namespace aioemu::cli
