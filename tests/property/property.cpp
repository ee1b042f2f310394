#include "tests/property/property.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace aioemu::property {
namespace {

// rapidcheck would take another seed each time.
void settle_the_seed() {
  const char* const given = std::getenv("RC_PARAMS");
  const std::string text = given != nullptr ? given : "";
  if (text.find("seed=") == std::string::npos) {
    setenv("RC_PARAMS", text.empty() ? "seed=0" : ("seed=0 " + text).c_str(), 1);
  }
}

const testing::TestInfo& current_test() {
  return *testing::UnitTest::GetInstance()->current_test_info();
}

std::string& noted() {
  static std::string text;
  return text;
}

}  // namespace

void note_failure(const std::string& what) {
  if (noted().empty()) noted() = what;
}

std::string first_failure() { return std::exchange(noted(), {}); }

rc::detail::TestParams parameters(int percent) {
  settle_the_seed();
  rc::detail::TestParams chosen = rc::detail::configuration().testParams;
  chosen.maxSuccess = std::max(1, chosen.maxSuccess * percent / 100);
  return chosen;
}

std::string replay_line() {
  const char* const given = std::getenv("RC_PARAMS");
  const testing::TestInfo& test = current_test();
  return std::string{"RC_PARAMS='"} + (given != nullptr ? given : "") +
         "' property_test --gtest_filter=" + test.test_suite_name() + "." + test.name();
}

rc::detail::TestMetadata metadata() {
  const testing::TestInfo& test = current_test();
  return {std::string{test.test_suite_name()} + "/" + test.name(), test.name()};
}

}  // namespace aioemu::property
