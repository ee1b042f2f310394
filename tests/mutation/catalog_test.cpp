#include "tests/mutation/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mutation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Catalogue parse(std::string_view text) {
  Catalogue catalogue;
  parse_catalogue(text, "some.txt", &catalogue);
  return catalogue;
}

TEST(Catalogue, AMutantHasAllThatIsWrittenOfIt) {
  const Catalogue catalogue = parse(
      "# a comment\n"
      "file a/ring.h\n"
      "mutant one\n"
      "  why K1: because\n"
      "  after void f()\n"
      "  from x\n"
      "  to y\n");
  ASSERT_EQ(catalogue.mutants.size(), 1U);
  const Mutant& mutant = catalogue.mutants.front();
  EXPECT_EQ(mutant.number, 1);
  EXPECT_EQ(mutant.name, "ring.one");
  EXPECT_EQ(mutant.file, "a/ring.h");
  EXPECT_EQ(mutant.why, "K1: because");
  EXPECT_EQ(mutant.after, "void f()");
  EXPECT_EQ(mutant.from, "x");
  EXPECT_EQ(mutant.to, "y");
  EXPECT_EQ(mutant.place, "some.txt:3");
}

TEST(Catalogue, ATextMayTakeSeveralLinesAndAReplacementNone) {
  const Catalogue catalogue = parse("file a.h\nmutant m\nwhy w\nfrom one;\nfrom two;\nto\n");
  EXPECT_EQ(catalogue.mutants.front().from, "one; two;");
  EXPECT_EQ(catalogue.mutants.front().to, "");
}

TEST(Catalogue, MutantsAreNumberedThroughAndFoundByEither) {
  const Catalogue catalogue =
      parse("file b.h\nmutant m\nwhy w\nfrom x\nto y\nfile a.h\nmutant m\nwhy w\nfrom x\nto y\n");
  EXPECT_EQ(catalogue.find("a.m"), catalogue.find("2"));
  EXPECT_EQ(catalogue.find("a.m"), &catalogue.mutants[1]);
  EXPECT_EQ(catalogue.find("3"), nullptr);
  EXPECT_THAT(catalogue.files(), ElementsAre("a.h", "b.h"));
}

TEST(Catalogue, WhatIsLoosenedIsNoMutant) {
  const Catalogue catalogue = parse("file a.h\nloosen\nfrom constexpr\nto const\n");
  EXPECT_TRUE(catalogue.mutants.empty());
  ASSERT_EQ(catalogue.loosened.size(), 1U);
  EXPECT_EQ(catalogue.loosened.front().number, 0);
}

TEST(Catalogue, MistakesAreNamedWithTheirLine) {
  const auto error = [](std::string_view text) { return [text] { parse(text); }; };
  const auto says = [](const char* what) { return ThrowsMessage<DataError>(HasSubstr(what)); };
  EXPECT_THAT(error("mutant m\n"), says("some.txt:1: no 'file' stands above"));
  EXPECT_THAT(error("file a.h\nform x\n"), says("some.txt:2: 'form' is none of"));
  EXPECT_THAT(error("file a.h\nfrom x\n"), says("before the first mutant"));
  EXPECT_THAT(error("file a.h\nmutant\n"), says("a mutant needs a name"));
  EXPECT_THAT(error("file a.h\nmutant m\nwhy w\nto y\n"), says("'a.m' lacks 'from'"));
  EXPECT_THAT(error("file a.h\nmutant m\nwhy w\nfrom x\n"), says("'a.m' lacks 'to'"));
  EXPECT_THAT(error("file a.h\nmutant m\nfrom x\nto y\n"), says("'a.m' lacks 'why'"));
  EXPECT_THAT(error("file a.h\nmutant m\nwhy w\nfrom x\nto\nmutant m\nwhy w\nfrom x\nto\n"),
              says("'a.m' is there twice"));
}

}  // namespace
}  // namespace mutation
