// Matchers for results and events: tests that read as sentences.
//
//   EXPECT_THAT(world.io_submit(ctx, 2, list), Returns(1));
//   EXPECT_THAT(world.io_submit(ctx, 1, list), FailsWith(EAGAIN));
//   EXPECT_THAT(events, ElementsAre(EventOf(&second), EventOf(&first, -EIO)));
//   EXPECT_THAT(event, AllOf(HasData(7), HasResult(Gt(0))));
//
// Numbers are told with the names of errors: "Actual: -11 (of type long), which is -EAGAIN". Where
// HasResult and HasData take a number they take a matcher as well.
//
// struct io_event is that of <linux/aio_abi.h> or of <libaio.h>, whichever is included.
#pragma once

#include <gmock/gmock.h>
#include <string.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "aioemu/aio_types.h"

namespace aioemu::testing {

// "3", "-EAGAIN".
inline std::string spoken_result(std::int64_t result) {
  constexpr std::int64_t kMostErrors = 4095;
  const bool error = result < 0 && result >= -kMostErrors;
  const char* name = error ? strerrorname_np(static_cast<int>(-result)) : nullptr;
  return name == nullptr ? std::to_string(result) : "-" + std::string(name);
}

// The two headers disagree about which members are pointers.
inline std::uint64_t as_number(const void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}
constexpr std::uint64_t as_number(std::uint64_t number) { return number; }

template <typename Event>
std::int64_t result_of(const Event& event) {
  return static_cast<std::int64_t>(event.res);
}

// ---- what a call returned ----

// This very number.
MATCHER_P(Returns, expected, "returns " + spoken_result(expected)) {
  *result_listener << "which is " << spoken_result(arg);
  return arg == static_cast<long>(expected);
}

// The error, as the raw calls and libaio's report it: -error.
MATCHER_P(FailsWith, error, "fails with " + spoken_result(-(error))) {
  *result_listener << "which is " << spoken_result(arg);
  return arg == -static_cast<long>(error);
}

// ---- what an event says ----

// The event of this iocb.
MATCHER_P(EventOf, request, "is the event of the iocb at " + ::testing::PrintToString(request)) {
  *result_listener << "which is that of the iocb at "
                   << reinterpret_cast<const void*>(as_number(arg.obj));
  return as_number(arg.obj) == as_number(request);
}

// The event of this iocb, with this result: bytes, a poll's mask, or -errno.
MATCHER_P2(EventOf, request, result,
           "is the event of the iocb at " + ::testing::PrintToString(request) +
               " with the result " + spoken_result(result)) {
  *result_listener << "which is that of the iocb at "
                   << reinterpret_cast<const void*>(as_number(arg.obj)) << " with the result "
                   << spoken_result(result_of(arg));
  return as_number(arg.obj) == as_number(request) && result_of(arg) == std::int64_t{result};
}

// `expected`: a number, or a matcher of std::int64_t.
MATCHER_P(HasResult, expected,
          "has a result that " +
              ::testing::DescribeMatcher<std::int64_t>(
                  ::testing::SafeMatcherCast<std::int64_t>(expected), negation)) {
  *result_listener << "whose result is " << spoken_result(result_of(arg));
  return ::testing::SafeMatcherCast<std::int64_t>(expected).Matches(result_of(arg));
}

// aio_data of the request. `expected`: a number, or a matcher of std::uint64_t.
MATCHER_P(HasData, expected,
          "has data that " + ::testing::DescribeMatcher<std::uint64_t>(
                                 ::testing::SafeMatcherCast<std::uint64_t>(expected), negation)) {
  *result_listener << "whose data is " << as_number(arg.data);
  return ::testing::SafeMatcherCast<std::uint64_t>(expected).Matches(as_number(arg.data));
}

}  // namespace aioemu::testing
