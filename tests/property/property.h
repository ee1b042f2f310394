// How a property is stated here.
//
//   TEST(PlanProperty, PrintingAndParsingGivesTheSamePlan) {
//     holds([] { const Plan plan = *gen::arbitrary<Plan>(); RC_ASSERT(parse(print(plan)) == plan);
//     });
//   }
//
// The values come from a seed, 0 unless told, so that a run repeats itself. RC_PARAMS changes that:
// RC_PARAMS='seed=7 max_success=10000'. A failure prints the line that replays it.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace aioemu::property {

// Runs `property` on so many per cent of RC_PARAMS' max_success (100 unless told), at least once.
rc::detail::TestParams parameters(int percent);
// The command that runs the current test again in the same way.
std::string replay_line();
// Identifies the current test, for RC_PARAMS' "reproduce".
rc::detail::TestMetadata metadata();

// What went wrong when a failure was first seen: on a real kernel a smaller program need not fail
// in the same way, or each time.
void note_failure(const std::string& what);
std::string first_failure();  // and forgets it

template <typename Testable>
void holds(Testable&& testable, int percent = 100) {
  const rc::detail::TestParams chosen = parameters(percent);
  const auto result =
      rc::detail::checkTestable(std::forward<Testable>(testable), metadata(), chosen);
  const std::string first = first_failure();
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  FAIL() << text.str() << "\nfirst seen as: " << first << "\nreplay: " << replay_line();
}

}  // namespace aioemu::property
