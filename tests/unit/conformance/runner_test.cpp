#include "conformance/runner.h"

#include <gtest/gtest.h>

namespace conformance {
namespace {

TEST(Filter, EmptyChoosesAll) {
  EXPECT_EQ(gtest_filter(""), "*");
  EXPECT_TRUE(filter_chooses("", "Setup.A"));
}

TEST(Filter, AnExactNameChoosesOneTestOnEveryBackend) {
  EXPECT_EQ(gtest_filter("Setup.A"), "Aio/Setup.A/*");
  EXPECT_TRUE(filter_chooses("Setup.A", "Setup.A"));
  EXPECT_FALSE(filter_chooses("Setup.A", "Setup.AB"));
}

TEST(Filter, AWordChoosesTheAreaAndWhateverContainsIt) {
  EXPECT_EQ(gtest_filter("Setup"), "Aio/Setup.*/*:Aio/*Setup*/*");
  EXPECT_TRUE(filter_chooses("Setup", "Setup.A"));
  EXPECT_TRUE(filter_chooses("Setup", "Ring.AfterSetup"));
  EXPECT_FALSE(filter_chooses("Setup", "Ring.A"));
}

TEST(Filter, SeveralAndExceptions) {
  EXPECT_EQ(gtest_filter("A.*:B.x-A.y:C.z"), "Aio/A.*/*:Aio/B.x/*-Aio/A.y/*:Aio/C.z/*");
  EXPECT_EQ(gtest_filter("-A.y"), "*-Aio/A.y/*");
  EXPECT_TRUE(filter_chooses("A.*-A.y", "A.x"));
  EXPECT_FALSE(filter_chooses("A.*-A.y", "A.y"));
  EXPECT_TRUE(filter_chooses("A.?", "A.x"));
}

}  // namespace
}  // namespace conformance
