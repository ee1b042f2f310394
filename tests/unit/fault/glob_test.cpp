#include "fault/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace aioemu::fault {
namespace {

TEST(Glob, ComparesWholePaths) {
  EXPECT_TRUE(path_matches("/data/f", "/data/f"));
  EXPECT_FALSE(path_matches("/data/f", "/data/f2"));
  EXPECT_FALSE(path_matches("/data/f", "/x/data/f"));
}

TEST(Glob, AStarStopsAtASlash) {
  EXPECT_TRUE(path_matches("/data/*.db", "/data/a.db"));
  EXPECT_TRUE(path_matches("/data/*.db", "/data/.db"));
  EXPECT_FALSE(path_matches("/data/*.db", "/data/x/a.db"));
  EXPECT_TRUE(path_matches("/*/*", "/a/b"));
  EXPECT_FALSE(path_matches("/*/*", "/a/b/c"));
}

TEST(Glob, TwoStarsDoNot) {
  EXPECT_TRUE(path_matches("/data/**", "/data/x/y/z"));
  EXPECT_TRUE(path_matches("/**/f", "/a/b/f"));
  EXPECT_TRUE(path_matches("/**b*/f", "/a/xb/yb/zb1/f"));
  EXPECT_FALSE(path_matches("/**b*/f", "/a/xb/g/f"));
  EXPECT_TRUE(path_matches("/**", "/"));
}

TEST(Glob, AQuestionMarkIsOneCharacterButASlash) {
  EXPECT_TRUE(path_matches("/f?", "/f1"));
  EXPECT_FALSE(path_matches("/f?", "/f"));
  EXPECT_FALSE(path_matches("/f?g", "/f/g"));
}

TEST(Glob, ABackslashTakesTheNextCharacterAsItIs) {
  EXPECT_TRUE(path_matches("/a\\*b", "/a*b"));
  EXPECT_FALSE(path_matches("/a\\*b", "/axb"));
  EXPECT_TRUE(path_matches("/a\\\\", "/a\\"));
}

TEST(Glob, WithoutASlashComparesTheLastComponent) {
  EXPECT_TRUE(path_matches("*.db", "/var/lib/a.db"));
  EXPECT_TRUE(path_matches("data", "data"));
  EXPECT_FALSE(path_matches("*.db", "/var/lib.db/a"));
}

TEST(Glob, TakesNoTimeToSpeakOf) {
  std::string pattern = "/";
  for (int i = 0; i < 60; ++i) pattern += "*a**";
  EXPECT_FALSE(path_matches(pattern + "b", "/" + std::string(4000, 'a')));
}

TEST(Glob, KnowsWhatIsNoPattern) {
  EXPECT_EQ(problem_of_pattern("/a*"), "");
  EXPECT_EQ(problem_of_pattern(""), "a path is not empty");
  EXPECT_EQ(problem_of_pattern("a\\"), "a path does not end in a backslash");
  EXPECT_EQ(problem_of_pattern("a\\\"b"), "");
}

}  // namespace
}  // namespace aioemu::fault
