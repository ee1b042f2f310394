#include "conformance/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TestEntry test_of(const std::string& name, std::vector<std::string> rules) {
  TestEntry entry;
  entry.area = "Area";
  entry.name = name;
  entry.rules = std::move(rules);
  return entry;
}

RuleBook book_of(std::vector<Rule> rules) {
  RuleBook book;
  for (Rule& rule : rules) book.add(std::move(rule));
  return book;
}

TEST(RuleBook, SortsByNumber) {
  RuleBook book = book_of({{"K10", "ten", ""}, {"K9", "nine", ""}, {"K100", "hundred", ""}});
  std::vector<std::string> ids;
  for (const Rule& rule : book.rules()) ids.push_back(rule.id);
  EXPECT_THAT(ids, ElementsAre("K9", "K10", "K100"));
}

TEST(RuleBook, IsContentWhenEveryRuleHasATestOrAReason) {
  RuleBook book = book_of({{"K1", "one", ""}, {"K2", "two", "nobody is left to tell"}});
  EXPECT_THAT(book.errors({test_of("A", {"K1"})}), IsEmpty());
}

TEST(RuleBook, NamesEachMistake) {
  RuleBook book = book_of({{"K1", "one", ""}, {"K1", "again", ""}, {"K2", "two", "why"}});
  EXPECT_THAT(
      book.errors({test_of("A", {"K2", "K7"}), test_of("B", {})}),
      ElementsAre("rule K1 is there twice", "Area.A names no known rule: K7",
                  "Area.B names no rule", "rule K1 has no test: one", "rule K1 has no test: again",
                  "rule K2 is listed as untestable and has a test"));
}

TEST(RuleBook, ATestThatNoBackendRanIsFound) {
  JudgedResult on_one;
  on_one.raw.area = "Area";
  on_one.raw.name = "Nobody";
  on_one.raw.notes.not_applicable = "x";
  JudgedResult on_other = on_one;
  JudgedResult elsewhere = on_one;
  elsewhere.raw.name = "Somebody";
  JudgedResult ran = elsewhere;
  ran.raw.notes.not_applicable.reset();
  EXPECT_THAT(tests_nothing_ran({on_one, elsewhere, on_other, ran}), ElementsAre("Area.Nobody"));
}

}  // namespace
}  // namespace conformance
