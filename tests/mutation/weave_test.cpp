#include "tests/mutation/weave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mutation {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class WeaveTest : public testing::Test {
 protected:
  void add(const std::string& from, const std::string& to, const std::string& after = "") {
    Mutant mutant;
    mutant.number = static_cast<int>(catalogue_.mutants.size()) + 1;
    mutant.name = "a.m" + std::to_string(mutant.number);
    mutant.file = "a.h";
    mutant.place = "some.txt:7";
    mutant.from = from;
    mutant.to = to;
    mutant.after = after;
    catalogue_.mutants.push_back(mutant);
  }
  std::string weave(const std::string& source) {
    return mutation::weave(source, "a.h", catalogue_);
  }

  Catalogue catalogue_;
};

TEST_F(WeaveTest, AnExpressionBecomesAChoice) {
  add("a < b", "a <= b");
  EXPECT_EQ(weave("return a < b;"), "return (::aioemu_mutant(1) ? (a <= b) : (a < b));");
}

TEST_F(WeaveTest, AStatementBecomesABranch) {
  add("f();", "");
  EXPECT_EQ(weave("if (x) f();\nelse g();"),
            "if (x) { if (::aioemu_mutant(1)) {  } else { f(); } }\nelse g();");
}

TEST_F(WeaveTest, ABraceAtTheEndMayBeThatOfAValue) {
  add("Errno{1}", "Errno{2}");
  EXPECT_EQ(weave("return Errno{1};"), "return (::aioemu_mutant(1) ? (Errno{2}) : (Errno{1}));");
}

TEST_F(WeaveTest, SeveralMutantsShareAPlace) {
  add("x", "1");
  add("x", "2");
  EXPECT_EQ(weave("f(x);"), "f((::aioemu_mutant(2) ? (2) : ((::aioemu_mutant(1) ? (1) : (x)))));");
}

TEST_F(WeaveTest, AMutantLiesInsideAnother) {
  add("f(x);", "");
  add("x", "1");
  EXPECT_EQ(weave("f(x);"),
            "{ if (::aioemu_mutant(1)) {  } else { f((::aioemu_mutant(2) ? (1) : (x))); } }");
}

TEST_F(WeaveTest, WhiteSpaceIsLikeAnyOtherAndStaysAsItWas) {
  add("a && b", "a");
  EXPECT_EQ(weave("return a &&\n    b;"), "return (::aioemu_mutant(1) ? (a) : (a &&\n    b));");
}

TEST_F(WeaveTest, AfterTellsWhichOfSeveral) {
  add("x", "y", "void g()");
  EXPECT_EQ(weave("void f() { x; } void g() { x; }"),
            "void f() { x; } void g() { (::aioemu_mutant(1) ? (y) : (x)); }");
}

TEST_F(WeaveTest, WhatIsLoosenedIsReplacedForGoodAndEverywhere) {
  Mutant loosened;
  loosened.file = "a.h";
  loosened.from = "constexpr int";
  loosened.to = "const int";
  catalogue_.loosened.push_back(loosened);
  EXPECT_EQ(weave("constexpr int k = 1; constexpr int l = 2;"),
            "const int k = 1; const int l = 2;");
  EXPECT_THAT([this] { weave("int k = 1;"); }, ThrowsMessage<DataError>(HasSubstr("stale")));
}

TEST_F(WeaveTest, OtherFilesMutantsAreNoneOfOurs) {
  add("x", "y");
  EXPECT_EQ(mutation::weave("x;", "b.h", catalogue_), "x;");
}

TEST_F(WeaveTest, ATextThatIsGoneIsStale) {
  add("x", "y");
  EXPECT_THAT(
      [this] { weave("z;"); },
      ThrowsMessage<DataError>("some.txt:7: stale mutant 'a.m1': this text is not in a.h: x"));
}

TEST_F(WeaveTest, ATextThatIsThereTwiceIsStale) {
  add("x", "y");
  EXPECT_THAT([this] { weave("x; x;"); }, ThrowsMessage<DataError>(HasSubstr("not once")));
}

TEST_F(WeaveTest, AnAfterThatIsGoneIsStale) {
  add("x", "y", "void g()");
  EXPECT_THAT([this] { weave("x;"); }, ThrowsMessage<DataError>(HasSubstr("a.h: void g()")));
  EXPECT_THAT([this] { weave("x; void g()"); }, ThrowsMessage<DataError>(HasSubstr("behind its")));
}

TEST_F(WeaveTest, OverlappingMutantsAreRefused) {
  add("a + b", "a");
  add("b + c", "c");
  EXPECT_THAT([this] { weave("a + b + c;"); }, ThrowsMessage<DataError>(HasSubstr("overlaps")));
}

}  // namespace
}  // namespace mutation
