// Matchers that read like the man pages.
#pragma once

#include <gmock/gmock.h>

#include <cerrno>
#include <cstdint>
#include <iosfwd>
#include <set>
#include <string>

#include "conformance/aio.h"

// How events look in failures.
void PrintTo(const io_event& event, std::ostream* os);

namespace conformance {

// "EINVAL (-22)", "3": how results are shown in failures.
std::string describe_result(long result);

// The call returned exactly this count.
MATCHER_P(Returns, count, "returns " + describe_result(static_cast<long>(count))) {
  *result_listener << "which is " << describe_result(static_cast<long>(arg));
  return static_cast<long>(arg) == static_cast<long>(count);
}

// The call failed with exactly this errno.
MATCHER_P(FailsWith, error, "fails with " + describe_result(-static_cast<long>(error))) {
  *result_listener << "which is " << describe_result(static_cast<long>(arg));
  return static_cast<long>(arg) == -static_cast<long>(error);
}

// Any of these results is right; the reason says why.
class OneOf {
 public:
  using is_gtest_matcher = void;
  OneOf(std::set<long> allowed, std::string reason);
  bool MatchAndExplain(long result, testing::MatchResultListener* listener) const;
  void DescribeTo(std::ostream* os) const;
  void DescribeNegationTo(std::ostream* os) const;

 private:
  std::set<long> allowed_;
  std::string reason_;
};

// An event that completes `request` with `res`: obj is the iocb's address, data its aio_data,
// res2 is 0.
MATCHER_P2(Completes, request, res,
           "completes the iocb with " + describe_result(static_cast<long>(res))) {
  *result_listener << "res is " << describe_result(static_cast<long>(arg.res)) << ", res2 "
                   << arg.res2;
  return arg.obj == reinterpret_cast<std::uint64_t>(request) && arg.data == request->aio_data &&
         arg.res == static_cast<std::int64_t>(res) && arg.res2 == 0;
}

// An event with this `res`, whoever it belongs to, and res2 0.
MATCHER_P(HasRes, res, "has res " + describe_result(static_cast<long>(res))) {
  *result_listener << "res is " << describe_result(static_cast<long>(arg.res)) << ", res2 "
                   << arg.res2;
  return arg.res == static_cast<std::int64_t>(res) && arg.res2 == 0;
}

}  // namespace conformance
