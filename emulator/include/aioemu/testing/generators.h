// Generators for rapidcheck: plans, requests, batches, and a World's own choices.
//
//   rc::check("copies survive any plan", [] {
//     const std::string plan = *aioemu::testing::gen::plan();
//     aioemu::testing::RapidcheckChoices choices;        // the order of completion, too
//     aioemu::World world{{.plan = plan, .order = aioemu::CompletionOrder::random,
//                          .choices = &choices}};
//     ...
//   });
//
// What fails is shrunk: fewer rules, smaller numbers, completions in order. The only header of
// aioemu that needs rapidcheck.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <string>
#include <vector>

#include "aioemu/choice.h"
#include "aioemu/testing/drawing.h"

namespace aioemu::testing {

// Answers that rapidcheck draws. To be used inside of a property, or of rc::gen::exec, only. It
// shrinks towards the answer 0: rules do not fire, the oldest request completes first.
class RapidcheckChoices final : public ChoiceSource {
 public:
  std::uint32_t pick(const Choice& choice) override {
    if (choice.odds.of == 0) return *rc::gen::inRange<std::uint32_t>(0, choice.answers);
    const auto drawn = *rc::gen::inRange<std::uint64_t>(0, choice.odds.of);
    return drawn >= choice.odds.of - choice.odds.chance ? 1 : 0;
  }
};

namespace gen {

// The text of a plan for a World.
inline rc::Gen<std::string> plan() {
  return rc::gen::exec([] {
    RapidcheckChoices choices;
    return draw_plan(choices);
  });
}

// The text of a plan for a Runtime, or for `aioemu run`.
inline rc::Gen<std::string> runtime_plan() {
  return rc::gen::exec([] {
    RapidcheckChoices choices;
    return draw_runtime_plan(choices);
  });
}

inline rc::Gen<DrawnRequest> request(Playground where) {
  return rc::gen::exec([where = std::move(where)] {
    RapidcheckChoices choices;
    return draw_request(choices, where);
  });
}

// 1 .. most requests.
inline rc::Gen<std::vector<DrawnRequest>> batch(Playground where, std::size_t most) {
  return rc::gen::exec([where = std::move(where), most] {
    RapidcheckChoices choices;
    return draw_batch(choices, where, most);
  });
}

}  // namespace gen

// For rapidcheck's and gtest's messages.
inline std::ostream& operator<<(std::ostream& out, const DrawnRequest& request) {
  return out << "opcode " << request.opcode << " fd " << request.fd << " length " << request.length
             << " offset " << request.offset << " data " << request.data;
}

}  // namespace aioemu::testing
