#include "conformance/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace conformance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

JudgedResult result(const std::string& backend, Verdict verdict) {
  JudgedResult one;
  one.raw.backend = backend;
  one.raw.area = "Area";
  one.raw.name = "A";
  one.verdict = verdict;
  return one;
}

std::string printed(Verdict on_kernel, Verdict on_libaio, Verdict on_emulator) {
  Report report;
  report.backends = {{"uml/kernel", "Linux 6.1", "", {{"fact", "yes"}}},
                     {"uml/libaio-static", "libaio on Linux 6.1", ""},
                     {"uml/emulator:linux-6.1", "World", "", {{"fact", "yes"}}}};
  report.results = {result("uml/kernel", on_kernel), result("uml/libaio-static", on_libaio),
                    result("uml/emulator:linux-6.1", on_emulator)};
  TestEntry test;
  test.area = "Area";
  test.name = "A";
  test.rules = {"K1"};
  RuleBook book;
  book.add({"K1", "one | bar", "", "since 6.4"});
  book.add({"K2", "two", "nobody can tell"});
  std::ostringstream out;
  print_matrix(report, book, {test}, out);
  return out.str();
}

TEST(Matrix, ARuleThatHoldsEverywhereIsOneWord) {
  const std::string text = printed(Verdict::kPass, Verdict::kPass, Verdict::kPass);
  EXPECT_THAT(text, HasSubstr("| rule | title | tests | uml |\n|---|---|---|---|\n"
                              "| K1 | one \\| bar<br>*since 6.4* | 1 | pass |\n"
                              "| K2 | two<br>*untestable: nobody can tell* | 0 | - |\n"));
  EXPECT_THAT(text, HasSubstr("| uml | Linux 6.1 | kernel | 1 | 0 | 0 | 0 | 0 |\n"));
  EXPECT_THAT(text, HasSubstr("| uml | linux-6.1 | 1 | 1 | 0 | none |\n"));
}

TEST(Matrix, ACellNamesTheBackendsThatEndOtherwise) {
  EXPECT_THAT(printed(Verdict::kPass, Verdict::kDiffers, Verdict::kFail),
              HasSubstr("| 1 | libaio-static differs<br>emulator FAIL |\n"));
  EXPECT_THAT(printed(Verdict::kFail, Verdict::kPass, Verdict::kPass),
              HasSubstr("| uml | linux-6.1 | 0 | 1 | 0 | Area.A: FAIL, pass; |\n"));
}

// scripts/kernel-matrix --markdown docs/conformance.md writes it anew.
TEST(ConformanceDocument, HasEveryRuleAsItIsWrittenNow) {
  std::ifstream file{CONFORMANCE_DOCUMENT};
  std::set<std::string> written;
  for (std::string line; std::getline(file, line);) {
    const std::size_t id_end = line.find(" | ");
    const std::size_t title_end =
        id_end == std::string::npos ? id_end : line.find(" | ", id_end + 3);
    if (line.rfind("| K", 0) == 0 && title_end != std::string::npos) {
      written.insert(line.substr(0, title_end) + " |");
    }
  }
  std::set<std::string> missing;
  for (const Rule& rule : RuleBook::built_in().rules()) {
    if (written.erase(matrix_row_head(rule)) == 0) missing.insert(matrix_row_head(rule));
  }
  EXPECT_THAT(missing, IsEmpty()) << "write docs/conformance.md anew: scripts/kernel-matrix "
                                     "--markdown docs/conformance.md";
  EXPECT_THAT(written, IsEmpty()) << "these rules are gone";
}

}  // namespace
}  // namespace conformance
