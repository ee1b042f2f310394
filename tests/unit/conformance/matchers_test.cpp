#include "conformance/matchers.h"

#include <gtest/gtest.h>

#include "conformance/crashed.h"

namespace conformance {
namespace {

using testing::DescribeMatcher;
using testing::ExplainMatchResult;
using testing::Matches;
using testing::StringMatchResultListener;

TEST(DescribeResult, NamesErrorsAndCounts) {
  EXPECT_EQ(describe_result(3), "3");
  EXPECT_EQ(describe_result(0), "0");
  EXPECT_EQ(describe_result(-EINVAL), "EINVAL (-22)");
  EXPECT_EQ(describe_result(-4000), "-4000");
  EXPECT_EQ(describe_result(crash_result(11)), "crashed with signal 11");
}

TEST(Returns, WantsExactlyThatCount) {
  EXPECT_TRUE(Matches(Returns(3))(3L));
  EXPECT_FALSE(Matches(Returns(3))(2L));
  EXPECT_TRUE(Matches(Returns(std::size_t{4096}))(4096L));
  EXPECT_EQ(DescribeMatcher<long>(Returns(-EINVAL)), "returns EINVAL (-22)");
}

TEST(FailsWith, WantsExactlyThatErrno) {
  EXPECT_TRUE(Matches(FailsWith(EINVAL))(-22L));
  EXPECT_FALSE(Matches(FailsWith(EINVAL))(22L));
  EXPECT_FALSE(Matches(FailsWith(EINVAL))(-14L));
  StringMatchResultListener listener;
  ExplainMatchResult(FailsWith(EINVAL), -14L, &listener);
  EXPECT_EQ(listener.str(), "which is EFAULT (-14)");
}

TEST(OneOf, TakesAnyOfThemAndSaysWhy) {
  OneOf matcher({-EINTR, 1}, "the signal may come first");
  EXPECT_TRUE(Matches(matcher)(-4L));
  EXPECT_TRUE(Matches(matcher)(1L));
  EXPECT_FALSE(Matches(matcher)(0L));
  EXPECT_EQ(DescribeMatcher<long>(matcher), "is one of EINTR (-4) 1 (the signal may come first)");
}

TEST(Completes, WantsObjectDataResultAndNoRes2) {
  iocb request{};
  request.aio_data = 7;
  io_event event{7, reinterpret_cast<std::uint64_t>(&request), 512, 0};
  EXPECT_TRUE(Matches(Completes(&request, 512))(event));
  EXPECT_TRUE(Matches(HasRes(512))(event));
  for (int field = 0; field < 4; ++field) {
    io_event wrong = event;
    if (field == 0) wrong.data = 8;
    if (field == 1) wrong.obj = 8;
    if (field == 2) wrong.res = 8;
    if (field == 3) wrong.res2 = 8;
    EXPECT_FALSE(Matches(Completes(&request, 512))(wrong)) << field;
    EXPECT_EQ(Matches(HasRes(512))(wrong), field < 2) << field;
  }
}

TEST(PrintTo, ShowsWhatAnEventSays) {
  EXPECT_EQ(testing::PrintToString(io_event{7, 255, -22, 4}),
            "{data 7, obj 0xff, res EINVAL (-22), res2 4}");
}

}  // namespace
}  // namespace conformance
