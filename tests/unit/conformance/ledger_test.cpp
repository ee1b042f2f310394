#include "conformance/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> errors_of(const std::string& text) {
  Ledger ledger;
  std::vector<std::string> errors;
  ledger.parse(text, "L", &errors);
  return errors;
}

RawResult passed() {
  RawResult raw;
  raw.backend = "kernel";
  raw.area = "Area";
  raw.name = "Name";
  return raw;
}

RawResult failed() {
  RawResult raw = passed();
  raw.failures.push_back("a.cpp:1: no");
  return raw;
}

RawResult not_applicable() {
  RawResult raw = passed();
  raw.notes.not_applicable = "no terminals";
  return raw;
}

RawResult broken() {
  RawResult raw = failed();
  raw.notes.broken = "quota";
  return raw;
}

LedgerLine line(LedgerOutcome outcome) { return {"kernel", "Area.Name", outcome, "a reason", 1}; }

TEST(LedgerParser, ReadsColumnsAndSkipsComments) {
  Ledger ledger;
  std::vector<std::string> errors;
  ledger.parse("# comment\n\n kernel | A.B | differs | since 5.4 | and later\n", "L", &errors);
  EXPECT_THAT(errors, IsEmpty());
  ASSERT_EQ(ledger.lines().size(), 1U);
  const LedgerLine* found = ledger.find("kernel", "A.B");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->outcome, LedgerOutcome::kDiffers);
  EXPECT_EQ(found->reason, "since 5.4 | and later");
  EXPECT_EQ(found->line, 3);
}

TEST(LedgerParser, OneLineServesSeveralBackends) {
  Ledger ledger;
  std::vector<std::string> errors;
  ledger.parse("kernel, libaio,lib: | A.B | unavailable-part | no pty", "L", &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(ledger.lines().size(), 3U);
  EXPECT_NE(ledger.find("lib:", "A.B"), nullptr);
  EXPECT_EQ(ledger.find("emulator", "A.B"), nullptr);
}

TEST(LedgerParser, RefusesTooFewColumns) {
  EXPECT_THAT(errors_of("kernel | A.B | differs"),
              ElementsAre("L:1: wanted four columns: backend | test | outcome | reason"));
}

TEST(LedgerParser, RefusesAnUnknownOutcome) {
  EXPECT_THAT(errors_of("kernel | A.B | odd | why"), ElementsAre("L:1: unknown outcome 'odd'"));
}

TEST(LedgerParser, RefusesALineWithoutReason) {
  EXPECT_THAT(errors_of("kernel | A.B | differs | "), ElementsAre("L:1: a line needs a reason"));
}

TEST(LedgerParser, RefusesTheSameTestTwice) {
  EXPECT_THAT(errors_of("kernel | A.B | differs | x\nkernel | A.B | differs | y"),
              ElementsAre("L:2: kernel and A.B have a line already"));
}

TEST(LedgerParser, TheBuiltInLedgersCanBeReadTogether) {
  Ledger ledger;
  std::vector<std::string> errors;
  ledger.parse(built_in_ledger(), "ledger.txt", &errors);
  const std::size_t everywhere = ledger.lines().size();
  ledger.parse(built_in_qemu_user_ledger(), "ledger.qemu-user.txt", &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_GT(ledger.lines().size(), everywhere);
}

TEST(LedgerNames, UnknownBackendAndTestAreErrors) {
  Ledger ledger;
  std::vector<std::string> errors;
  ledger.parse("kernal | A.B | differs | x\nkernel | A.C | differs | y", "L", &errors);
  ledger.check_names({"kernel"}, {"A.B"}, &errors);
  EXPECT_THAT(errors, ElementsAre("ledger line 1: unknown backend 'kernal'",
                                  "ledger line 2: unknown test 'A.C'"));
}

TEST(Judge, WithoutALineAPassIsAPass) {
  EXPECT_EQ(judge(passed(), nullptr).verdict, Verdict::kPass);
  EXPECT_EQ(judge(failed(), nullptr).verdict, Verdict::kFail);
}

TEST(Judge, NotApplicableWithoutALineFails) {
  JudgedResult result = judge(not_applicable(), nullptr);
  EXPECT_EQ(result.verdict, Verdict::kFail);
  EXPECT_EQ(result.reason, "not applicable, but the ledger has no line for it: no terminals");
}

TEST(Judge, ADifferenceMustFail) {
  LedgerLine differs = line(LedgerOutcome::kDiffers);
  EXPECT_EQ(judge(failed(), &differs).verdict, Verdict::kDiffers);
  EXPECT_EQ(judge(failed(), &differs).reason, "a reason");
  EXPECT_EQ(judge(passed(), &differs).verdict, Verdict::kFail);
  EXPECT_EQ(judge(passed(), &differs).reason,
            "stale ledger line: it says differs, and the test passes");
  EXPECT_EQ(judge(not_applicable(), &differs).verdict, Verdict::kFail);
}

TEST(Judge, ANotApplicableLineMustHold) {
  LedgerLine absent = line(LedgerOutcome::kNotApplicable);
  EXPECT_EQ(judge(not_applicable(), &absent).verdict, Verdict::kNotApplicable);
  EXPECT_EQ(judge(not_applicable(), &absent).reason, "a reason");
  EXPECT_EQ(judge(failed(), &absent).verdict, Verdict::kFail);
  EXPECT_EQ(judge(passed(), &absent).verdict, Verdict::kFail);
  EXPECT_EQ(judge(passed(), &absent).reason,
            "stale ledger line: it says not-applicable, and the test passes");
}

TEST(Judge, WhatMayDifferPassesOrDiffers) {
  LedgerLine either = line(LedgerOutcome::kMayDiffer);
  EXPECT_EQ(judge(passed(), &either).verdict, Verdict::kPass);
  EXPECT_EQ(judge(failed(), &either).verdict, Verdict::kDiffers);
  EXPECT_EQ(judge(failed(), &either).reason, "a reason");
  EXPECT_EQ(judge(not_applicable(), &either).verdict, Verdict::kFail);
  EXPECT_THAT(errors_of("kernel | A.B | may-differ | x"), IsEmpty());
}

TEST(Judge, AnUnavailablePartMayBeThere) {
  LedgerLine part = line(LedgerOutcome::kUnavailablePart);
  EXPECT_EQ(judge(not_applicable(), &part).verdict, Verdict::kNotApplicable);
  EXPECT_EQ(judge(passed(), &part).verdict, Verdict::kPass);
  EXPECT_EQ(judge(failed(), &part).verdict, Verdict::kFail);
}

TEST(Judge, BrokenSaysNothingWhateverTheLedgerSays) {
  LedgerLine differs = line(LedgerOutcome::kDiffers);
  EXPECT_EQ(judge(broken(), nullptr).verdict, Verdict::kBroken);
  EXPECT_EQ(judge(broken(), &differs).verdict, Verdict::kBroken);
  EXPECT_EQ(judge(broken(), &differs).reason, "quota");
}

}  // namespace
}  // namespace conformance
