#include "fault/lexer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aioemu::fault {
namespace {

std::vector<std::string> texts(std::string_view text) {
  std::vector<std::string> all;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != Token::Kind::text_end; token = lexer.next()) {
    all.emplace_back(token.text);
  }
  return all;
}

TEST(Lexer, SplitsWordsNumbersAndSigns) {
  EXPECT_EQ(texts("first: submit nr>=2 when=1..9+2 partial 1"),
            (std::vector<std::string>{"first", ":", "submit", "nr", ">=", "2", "when", "=", "1",
                                      "..", "9", "+", "2", "partial", "1"}));
}

TEST(Lexer, KeepsSuffixWithNumberAndDashWithWord) {
  EXPECT_EQ(texts("aio-max-nr=4K -512 one_in=3"),
            (std::vector<std::string>{"aio-max-nr", "=", "4K", "-", "512", "one_in", "=", "3"}));
}

TEST(Lexer, SkipsCommentsToTheEndOfTheLine) {
  EXPECT_EQ(texts("seed 1 # not 2; seed 3\nseed 4"),
            (std::vector<std::string>{"seed", "1", "\n", "seed", "4"}));
}

TEST(Lexer, CountsLinesAndColumnsFromOne) {
  Lexer lexer("a\n  b;c");
  lexer.next();
  lexer.next();
  const Token b = lexer.next();
  EXPECT_EQ(b.line, 2);
  EXPECT_EQ(b.column, 3);
  lexer.next();
  const Token c = lexer.next();
  EXPECT_EQ(c.line, 2);
  EXPECT_EQ(c.column, 5);
}

TEST(Lexer, TellsGluedTokensFromSpacedOnes) {
  Lexer lexer("1+ 2");
  EXPECT_FALSE(lexer.next().glued);
  EXPECT_TRUE(lexer.next().glued);
  EXPECT_FALSE(lexer.next().glued);
}

TEST(Lexer, StopsAtTheEndForEver) {
  Lexer lexer("");
  EXPECT_EQ(lexer.next().kind, Token::Kind::text_end);
  EXPECT_EQ(lexer.next().kind, Token::Kind::text_end);
}

TEST(Lexer, HandsOutUnknownCharactersOneByOne) {
  Lexer lexer("@%");
  EXPECT_EQ(lexer.next().kind, Token::Kind::unknown);
  EXPECT_EQ(spelled(lexer.next()), "'%'");
}

TEST(LineOf, FindsEachLine) {
  EXPECT_EQ(line_of("one\ntwo\nthree", 1), "one");
  EXPECT_EQ(line_of("one\ntwo\nthree", 2), "two");
  EXPECT_EQ(line_of("one\ntwo\nthree", 3), "three");
  EXPECT_EQ(line_of("one\n", 2), "");
}

}  // namespace
}  // namespace aioemu::fault
