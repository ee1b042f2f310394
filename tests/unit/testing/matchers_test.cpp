#include "aioemu/testing/matchers.h"

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <cerrno>
#include <sstream>
#include <vector>

namespace {

using aioemu::testing::EventOf;
using aioemu::testing::FailsWith;
using aioemu::testing::HasData;
using aioemu::testing::HasResult;
using aioemu::testing::Returns;
using testing::AllOf;
using testing::ElementsAre;
using testing::Gt;
using testing::Lt;
using testing::Not;

// What a failing EXPECT_THAT says.
template <typename Value, typename Matcher>
std::string complaint(const Value& value, const Matcher& matcher) {
  const testing::Matcher<const Value&> made = testing::SafeMatcherCast<const Value&>(matcher);
  testing::StringMatchResultListener listener;
  if (made.MatchAndExplain(value, &listener)) return "";
  std::ostringstream text;
  made.DescribeTo(&text);
  return text.str() + " | " + listener.str();
}

io_event event_of(const iocb& request, std::int64_t result, std::uint64_t data = 0) {
  io_event made{};
  made.obj = reinterpret_cast<std::uint64_t>(&request);
  made.res = result;
  made.data = data;
  return made;
}

TEST(ReturnsMatcher, ComparesAndTellsErrorsByName) {
  EXPECT_THAT(2L, Returns(2));
  EXPECT_THAT(-11L, Not(Returns(2)));
  EXPECT_EQ(complaint(-11L, Returns(2)), "returns 2 | which is -EAGAIN");
  EXPECT_EQ(complaint(1L, Returns(-EINVAL)), "returns -EINVAL | which is 1");
  EXPECT_EQ(complaint(-100000L, Returns(0)), "returns 0 | which is -100000");
}

TEST(FailsWithMatcher, TakesTheErrorItself) {
  EXPECT_THAT(-static_cast<long>(EAGAIN), FailsWith(EAGAIN));
  EXPECT_THAT(static_cast<long>(EAGAIN), Not(FailsWith(EAGAIN)));
  EXPECT_EQ(complaint(0L, FailsWith(EAGAIN)), "fails with -EAGAIN | which is 0");
  EXPECT_EQ(complaint(-9, FailsWith(EAGAIN)), "fails with -EAGAIN | which is -EBADF");
}

TEST(EventMatchers, KnowWhoseEventItIs) {
  const iocb first{};
  const iocb second{};
  const std::vector<io_event> events = {event_of(second, 512), event_of(first, -EIO)};
  EXPECT_THAT(events, ElementsAre(EventOf(&second), EventOf(&first)));
  EXPECT_THAT(events, ElementsAre(EventOf(&second, 512), EventOf(&first, -EIO)));
  EXPECT_THAT(events[0], Not(EventOf(&first)));
  EXPECT_THAT(events[0], Not(EventOf(&first, 512)));
  EXPECT_THAT(events[0], Not(EventOf(&second, 511)));
}

TEST(EventMatchers, TellWhatTheyGot) {
  const iocb request{};
  const io_event event = event_of(request, -EIO, 7);
  std::ostringstream address;
  address << static_cast<const void*>(&request);
  EXPECT_EQ(complaint(event, EventOf(&request, 4096)),
            "is the event of the iocb at " + address.str() +
                " with the result 4096 | which is that of the iocb at " + address.str() +
                " with the result -EIO");
  EXPECT_EQ(complaint(event, HasResult(1)),
            "has a result that is equal to 1 | whose result is -EIO");
  EXPECT_EQ(complaint(event, HasData(8U)), "has data that is equal to 8 | whose data is 7");
}

TEST(EventMatchers, TakeMatchersOfNumbers) {
  const iocb request{};
  const io_event event = event_of(request, 100, 7);
  EXPECT_THAT(event, AllOf(HasResult(Gt(0)), HasData(7U), Not(HasResult(Lt(100)))));
  EXPECT_EQ(complaint(event, HasResult(Lt(0))), "has a result that is < 0 | whose result is 100");
}

}  // namespace
