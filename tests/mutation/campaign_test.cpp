#include "tests/mutation/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "tests/mutation/report.h"
#include "tests/mutation/survivors.h"

namespace mutation {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr milliseconds kPatience{60'000};

ChildResult shell(const std::string& script, milliseconds limit = kPatience) {
  return run_child({"/bin/sh", "-c", script}, {"AIOEMU_MUTANT=7"}, limit);
}

class CampaignTest : public testing::Test {
 protected:
  CampaignTest() {
    for (int number = 1; number <= 4; ++number) {
      Mutant mutant;
      mutant.number = number;
      mutant.name = "a.m" + std::to_string(number);
      mutant.file = number == 4 ? "suite/a.cpp" : "core/a.cpp";
      mutant.why = "K1: why";
      catalogue_.mutants.push_back(mutant);
    }
    for (const Mutant& mutant : catalogue_.mutants) all_.push_back(&mutant);
  }
  // A stage that passes unless the number of the mutant is among these.
  static Stage stage(const std::string& name, const std::string& prefix, const std::string& kills) {
    const std::string script = "case $AIOEMU_MUTANT in " + kills +
                               ") echo '[  FAILED  ] Some.Test (0 ms)'; exit 1 ;; esac";
    return {name, prefix, {"/bin/sh", "-c", script}, kPatience};
  }
  std::vector<Verdict> run(const std::vector<Stage>& stages) {
    return run_campaign(all_, stages, 2, [this](std::size_t, const Verdict&) { ++told_; });
  }

  Catalogue catalogue_;
  std::vector<const Mutant*> all_;
  int told_ = 0;
};

TEST(Child, ItsOutputAndStatusComeBack) {
  const ChildResult result = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.kind, ChildResult::Kind::exited);
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(Child, ItIsToldWhichMutantLives) { EXPECT_EQ(shell("echo $AIOEMU_MUTANT").output, "7\n"); }

TEST(Child, ASignalIsNoExit) {
  const ChildResult result = shell("kill -SEGV $$");
  EXPECT_EQ(result.kind, ChildResult::Kind::signalled);
  EXPECT_EQ(result.code, SIGSEGV);
}

TEST(Child, WhatDoesNotEndIsEndedWithAllItsChildren) {
  const ChildResult result = shell("sleep 1000 & sleep 1000", milliseconds{50});
  EXPECT_EQ(result.kind, ChildResult::Kind::timed_out);
}

TEST(Child, WhatCannotBeStartedIsSaidSo) {
  EXPECT_EQ(run_child({"/no/such/program"}, {}, kPatience).code, 127);
}

TEST_F(CampaignTest, TheFirstStageThatNoticesKills) {
  const std::vector<Verdict> verdicts =
      run({stage("unit", "core/", "1"), stage("suite", "", "1|2|4")});
  ASSERT_THAT(verdicts, SizeIs(4));
  EXPECT_EQ(verdicts[0].killed_by, "unit");
  EXPECT_EQ(verdicts[0].evidence, "Some.Test");
  EXPECT_EQ(verdicts[1].killed_by, "suite");
  EXPECT_TRUE(verdicts[2].survived());
  EXPECT_EQ(verdicts[3].killed_by, "suite");
  EXPECT_EQ(told_, 4);
}

TEST_F(CampaignTest, AStageIsNotAskedAboutOtherFiles) {
  const std::vector<Verdict> verdicts = run({stage("unit", "core/", "4")});
  EXPECT_TRUE(verdicts[3].survived());
}

TEST_F(CampaignTest, AStageThatCannotRunIsAnError) {
  const std::vector<Stage> stages = {{"unit", "", {"/no/such/program"}, kPatience}};
  EXPECT_THAT([&] { run(stages); },
              ThrowsMessage<DataError>(HasSubstr("cannot run /no/such/program")));
}

TEST_F(CampaignTest, ATestThatFailsByItselfProvesNothing) {
  std::vector<Stage> good = {stage("unit", "", "1")};
  EXPECT_EQ(check_baseline(&good), "");
  EXPECT_GE(good[0].limit, milliseconds{10'000});
  std::vector<Stage> bad = {stage("unit", "", "0")};
  EXPECT_THAT(check_baseline(&bad), HasSubstr("'unit' fails (Some.Test)"));
}

TEST_F(CampaignTest, SurvivorsNeedAReasonAndTheDeadNeedNone) {
  const std::vector<Verdict> verdicts = run({stage("suite", "", "1|2|4")});
  EXPECT_THAT(complaints(verdicts, {}, catalogue_, false),
              ElementsAre(HasSubstr("a.m3 survived: write the test")));
  EXPECT_THAT(complaints(verdicts, {{"a.m3", "equivalent"}}, catalogue_, false), IsEmpty());
  EXPECT_THAT(complaints(verdicts, {{"a.m3", "equivalent"}, {"a.m1", "?"}, {"a.m9", "?"}},
                         catalogue_, false),
              ElementsAre(HasSubstr("a.m1 is dead"), HasSubstr("a.m9 in")));
  EXPECT_THAT(complaints(verdicts, {{"a.m3", "equivalent"}}, catalogue_, true),
              ElementsAre("only 3 of 4 were killed; 95 % are wanted"));
}

TEST_F(CampaignTest, ReportsSayWhoSurvived) {
  const std::vector<Verdict> verdicts = run({stage("suite", "", "1|2|4")});
  std::ostringstream junit;
  print_junit(verdicts, {}, junit);
  EXPECT_THAT(junit.str(), HasSubstr("tests=\"4\" failures=\"1\""));
  std::ostringstream page;
  print_markdown(verdicts, {stage("suite", "", "")}, {{"a.m3", "equivalent"}}, page);
  EXPECT_THAT(page.str(), HasSubstr("| `core/a.cpp` | 3 | 2 | 1 |"));
  EXPECT_THAT(page.str(), HasSubstr("| all | 4 | 3 | 1 |"));
  EXPECT_THAT(page.str(), HasSubstr("- `a.m3` (K1: why): equivalent"));
}

TEST_F(CampaignTest, ASampleIsTheSameForTheSameSeed) {
  EXPECT_THAT(sample_of(all_, 2, 1), SizeIs(2));
  EXPECT_EQ(sample_of(all_, 2, 1), sample_of(all_, 2, 1));
  EXPECT_EQ(sample_of(all_, 9, 1), all_);
}

TEST(Stages, AreLinesOfNamePrefixAndCommand) {
  const std::vector<Stage> stages = parse_stages("unit | core/ | a b\nall | | c\n", "stages");
  ASSERT_THAT(stages, SizeIs(2));
  EXPECT_EQ(stages[0].name, "unit");
  EXPECT_EQ(stages[0].prefix, "core/");
  EXPECT_THAT(stages[0].command, ElementsAre("a", "b"));
  EXPECT_EQ(stages[1].prefix, "");
  EXPECT_THAT([] { parse_stages("unit | a\n", "stages"); },
              ThrowsMessage<DataError>(HasSubstr("stages: not 'name | prefix | command'")));
}

TEST(Failures, AreReadFromBothKindsOfProgram) {
  EXPECT_EQ(first_failure("..\n[  FAILED  ] A.B (0 ms)\n[  FAILED  ] A.C\n"), "A.B");
  EXPECT_EQ(first_failure("x\nFailures:\n  Setup.Zero on emulator\n"), "Setup.Zero");
  EXPECT_EQ(first_failure("all is well\n"), "");
}

TEST(SurvivorList, IsNamesWithReasons) {
  EXPECT_THAT(parse_survivors("# c\n\na.m: why: so\n", "s"),
              ElementsAre(testing::Pair("a.m", "why: so")));
  EXPECT_THAT([] { parse_survivors("a.m\n", "s"); }, ThrowsMessage<DataError>(HasSubstr("s:1: ")));
  EXPECT_THAT([] { parse_survivors("a: x\na: y\n", "s"); },
              ThrowsMessage<DataError>("s:2: 'a' is there twice"));
}

TEST(Page, OnlyTheGeneratedPartIsRenewed) {
  const std::string page = std::string{"before\n"} + kBeginMark + "old\n" + kEndMark + "after\n";
  EXPECT_EQ(with_generated(page, "new\n"),
            std::string{"before\n"} + kBeginMark + "\nnew\n\n" + kEndMark + "after\n");
  EXPECT_THAT([] { with_generated("nothing", "new"); },
              ThrowsMessage<DataError>(HasSubstr("lacks")));
}

}  // namespace
}  // namespace mutation
