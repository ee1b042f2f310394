#include "conformance/matchers.h"

#include <cstring>
#include <ostream>
#include <utility>

#include "conformance/crashed.h"

void PrintTo(const io_event& event, std::ostream* os) {
  *os << "{data " << event.data << ", obj 0x" << std::hex << event.obj << std::dec << ", res "
      << conformance::describe_result(static_cast<long>(event.res)) << ", res2 " << event.res2
      << "}";
}

namespace conformance {
namespace {

const char* name_of(int error) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
  return strerrorname_np(error);
#else
  return strerror(error);
#endif
}

}  // namespace

std::string describe_result(long result) {
  if (result >= 0) return std::to_string(result);
  if (is_crash(result)) return "crashed with signal " + std::to_string(crash_signal(result));
  const char* name = result > -4096 ? name_of(static_cast<int>(-result)) : nullptr;
  std::string number = std::to_string(result);
  return name != nullptr ? std::string{name} + " (" + number + ")" : number;
}

OneOf::OneOf(std::set<long> allowed, std::string reason)
    : allowed_(std::move(allowed)), reason_(std::move(reason)) {}

bool OneOf::MatchAndExplain(long result, testing::MatchResultListener* listener) const {
  *listener << "which is " << describe_result(result);
  return allowed_.count(result) != 0;
}

void OneOf::DescribeTo(std::ostream* os) const {
  *os << "is one of";
  for (long allowed : allowed_) *os << " " << describe_result(allowed);
  *os << " (" << reason_ << ")";
}

void OneOf::DescribeNegationTo(std::ostream* os) const {
  *os << "is not any of those: ";
  DescribeTo(os);
}

}  // namespace conformance
