#include "conformance/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace conformance {
namespace {

using testing::HasSubstr;
using testing::Not;

JudgedResult result(const std::string& backend, const std::string& name, Verdict verdict) {
  JudgedResult one;
  one.raw.backend = backend;
  one.raw.area = "Area";
  one.raw.name = name;
  one.raw.milliseconds = 1002;
  one.verdict = verdict;
  return one;
}

Report report_of(std::vector<JudgedResult> results) {
  Report report;
  report.backends.push_back({"kernel", "Linux 6.18", ""});
  report.backends.push_back({"preload", "the preload library", "LD_PRELOAD=x.so "});
  report.results = std::move(results);
  return report;
}

std::string printed(const Report& report) {
  std::ostringstream out;
  print_report(report, out);
  return out.str();
}

TEST(Report, CountsPerBackendAndArea) {
  std::string text = printed(
      report_of({result("kernel", "A", Verdict::kPass), result("kernel", "B", Verdict::kPass),
                 result("preload", "A", Verdict::kDiffers)}));
  EXPECT_THAT(text, HasSubstr("  kernel        Area                    2        -        -"
                              "        -        -\n"));
  EXPECT_THAT(text, HasSubstr("  preload       all                     -        -        -"
                              "        -        1\n"));
}

TEST(Report, ARulesVersionsStandBelowItsTitle) {
  RuleBook book;
  book.add({"K1", "cut", "", "since 6.4"});
  std::ostringstream out;
  print_coverage(report_of({}), book, {}, out);
  EXPECT_THAT(out.str(), HasSubstr("| K1 | cut<br>*since 6.4* |"));
}

TEST(Report, AFailureHasTheLineThatReplaysIt) {
  JudgedResult failure = result("preload", "B", Verdict::kFail);
  failure.raw.failures.push_back("b.cpp:3: Expected: x\n  Actual: y");
  std::string text = printed(report_of({failure}));
  EXPECT_THAT(text, HasSubstr("  Area.B on preload\n    b.cpp:3: Expected: x\n      Actual: y\n"
                              "    replay: LD_PRELOAD=x.so aioemu-conformance --backend preload "
                              "--filter Area.B\n"));
}

TEST(Report, ADifferenceShowsItsReasonAndNoFailure) {
  JudgedResult differs = result("kernel", "B", Verdict::kDiffers);
  differs.raw.failures.push_back("b.cpp:3: Expected");
  differs.reason = "this kernel is old";
  std::string text = printed(report_of({differs}));
  EXPECT_THAT(text, HasSubstr("  Area.B [kernel]: this kernel is old\n"));
  EXPECT_THAT(text, Not(HasSubstr("b.cpp")));
}

TEST(Report, StatusIsZeroOnlyWhenNothingIsWrong) {
  EXPECT_EQ(exit_status(report_of({result("kernel", "A", Verdict::kPass),
                                   result("kernel", "B", Verdict::kNotApplicable),
                                   result("kernel", "C", Verdict::kDiffers)})),
            0);
  EXPECT_EQ(exit_status(report_of({result("kernel", "A", Verdict::kFail)})), 1);
  EXPECT_EQ(exit_status(report_of({result("kernel", "A", Verdict::kBroken)})), 1);
  Report wrong = report_of({});
  wrong.suite_errors.emplace_back("rule K1 has no test");
  EXPECT_EQ(exit_status(wrong), 1);
}

TEST(Report, AnUnavailableBackendIsNamed) {
  Report report;
  report.unavailable.emplace_back("kernel", "io_setup answers ENOSYS (-38)");
  EXPECT_THAT(printed(report),
              HasSubstr("kernel: not available here: io_setup answers ENOSYS (-38)\n"));
  EXPECT_EQ(exit_status(report), 0);
}

TEST(Junit, EscapesAndClassifies) {
  JudgedResult failure = result("kernel", "B", Verdict::kFail);
  failure.raw.failures.push_back("a < b & \"c\"");
  JudgedResult absent = result("kernel", "C", Verdict::kNotApplicable);
  absent.reason = "no pty";
  std::ostringstream out;
  print_junit(report_of({result("kernel", "A", Verdict::kPass), failure, absent,
                         result("kernel", "D", Verdict::kBroken)}),
              out);
  EXPECT_THAT(out.str(), HasSubstr("<testsuite name=\"kernel\" tests=\"4\" failures=\"1\" "
                                   "errors=\"1\" skipped=\"1\">"));
  EXPECT_THAT(out.str(),
              HasSubstr("<testcase classname=\"kernel.Area\" name=\"A\" time=\"1.002\"/>"));
  EXPECT_THAT(out.str(), HasSubstr("a &lt; b &amp; &quot;c&quot;</failure>"));
  EXPECT_THAT(out.str(), HasSubstr("<skipped message=\"not applicable: no pty\"/>"));
}

TEST(Coverage, ARowShowsTestsAndTheWorstVerdict) {
  RuleBook book;
  book.add({"K2", "a | b", ""});
  book.add({"K1", "gone", "nobody can tell"});
  TestEntry one;
  one.area = "Area";
  one.name = "A";
  one.rules = {"K2"};
  TestEntry other = one;
  other.name = "B";
  std::ostringstream out;
  print_coverage(
      report_of({result("kernel", "A", Verdict::kPass), result("kernel", "B", Verdict::kDiffers),
                 result("preload", "A", Verdict::kPass)}),
      book, {one, other}, out);
  EXPECT_THAT(out.str(), HasSubstr("| K1 | gone | untestable: nobody can tell | - | - |\n"
                                   "| K2 | a \\| b | Area.A<br>Area.B | differs | pass |\n"));
}

}  // namespace
}  // namespace conformance
