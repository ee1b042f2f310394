#include "conformance/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

JudgedResult result(const std::string& backend, const std::string& name, Verdict verdict) {
  JudgedResult one;
  one.raw.backend = backend;
  one.raw.area = "Area";
  one.raw.name = name;
  one.raw.milliseconds = 12;
  one.verdict = verdict;
  return one;
}

Report one_machine() {
  Report report;
  report.backends.push_back({"kernel", "Linux 6.1", "", {{"rwf_known", "0x1f"}}});
  report.backends.push_back({"emulator:linux-6.1", "World", "", {{"rwf_known", "0x1f"}}});
  for (const char* backend : {"kernel", "emulator:linux-6.1"}) {
    report.results.push_back(result(backend, "A", Verdict::kPass));
    report.results.push_back(result(backend, "B", Verdict::kPass));
  }
  return report;
}

Report read_back(const Report& written) {
  std::stringstream file;
  write_results(written, file);
  Report report;
  std::string why;
  EXPECT_TRUE(read_results(file, "uml", &report, &why)) << why;
  return report;
}

TEST(Results, ComeBackUnderTheNameOfTheirMachine) {
  Report written = one_machine();
  written.results[0].verdict = Verdict::kFail;
  written.results[0].raw.failures = {"a.cpp:1: \xff\"odd\"\n bytes"};
  written.results[0].reason = "because";
  written.suite_errors = {"no test"};
  const Report report = read_back(written);
  ASSERT_EQ(report.backends.size(), 2U);
  EXPECT_EQ(report.backends[0].name, "uml/kernel");
  EXPECT_EQ(report.backends[0].kernel, "Linux 6.1");
  EXPECT_EQ(report.backends[0].facts.at("rwf_known"), "0x1f");
  ASSERT_EQ(report.results.size(), 4U);
  EXPECT_EQ(report.results[0].raw.backend, "uml/kernel");
  EXPECT_EQ(report.results[0].raw.full_name(), "Area.A");
  EXPECT_EQ(report.results[0].verdict, Verdict::kFail);
  EXPECT_EQ(report.results[0].reason, "because");
  EXPECT_EQ(report.results[0].raw.milliseconds, 12);
  ASSERT_EQ(report.results[0].raw.failures.size(), 1U);
  EXPECT_THAT(report.results[0].raw.failures[0], HasSubstr("\"odd\"\n bytes"));
  EXPECT_THAT(report.suite_errors, ElementsAre("uml: no test"));
}

TEST(Results, OfAnotherFormatAreRefusedAndChangeNothing) {
  for (const char* text : {"", "{}", "[1]", "{\"format\": \"something else\"}", "{\"format\":"}) {
    std::istringstream file{text};
    Report report = one_machine();
    std::string why;
    EXPECT_FALSE(read_results(file, "m", &report, &why)) << text;
    EXPECT_NE(why, "");
    EXPECT_EQ(report.backends.size(), 2U);
  }
}

TEST(Agreements, CountWhatIsAlike) {
  const std::vector<Agreement> all = agreements(read_back(one_machine()));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kernel, "uml/kernel");
  EXPECT_EQ(all[0].emulator, "uml/emulator:linux-6.1");
  EXPECT_EQ(all[0].tests_alike, 2);
  EXPECT_EQ(all[0].facts_alike, 1);
  EXPECT_THAT(all[0].differences, IsEmpty());
}

TEST(Agreements, NameEachDifference) {
  Report report = one_machine();
  report.backends[0].facts["rwf_known"] = "0x3f";
  report.results[1].verdict = Verdict::kFail;
  const std::vector<Agreement> all = agreements(read_back(report));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].differences, ElementsAre("rwf_known: 0x3f, 0x1f", "Area.B: FAIL, pass"));
  std::ostringstream out;
  print_agreements(all, out);
  EXPECT_THAT(out.str(), HasSubstr("DISAGREE; 1 tests and 0 facts alike"));
}

TEST(Agreements, LeaveOutWhatTheLedgerNames) {
  Report report = one_machine();
  report.results[3].verdict = Verdict::kDiffers;
  const std::vector<Agreement> all = agreements(read_back(report));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].tests_in_ledger, 1);
  EXPECT_THAT(all[0].differences, IsEmpty());
}

TEST(Agreements, MissATestThatOnlyTheKernelRan) {
  Report report = one_machine();
  report.results.pop_back();
  EXPECT_THAT(agreements(report).at(0).differences,
              ElementsAre("Area.B: did not run on the emulator"));
}

TEST(Agreements, NeedAProfileThatWasNamed) {
  Report report = one_machine();
  report.backends[1].name = "emulator";
  EXPECT_THAT(agreements(report), IsEmpty());
}

}  // namespace
}  // namespace conformance
