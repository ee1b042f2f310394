// Plans from texts, for the tests of the plan language.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "fault/injector.h"
#include "fault/plan.h"

namespace aioemu::fault {

inline FaultPlan plan_of(std::string_view text) {
  const auto result = parse(text, "test");
  if (const auto* error = std::get_if<PlanError>(&result)) {
    ADD_FAILURE() << describe(*error);
    return {};
  }
  return std::get<FaultPlan>(result);
}

inline RuleBody rule_of(std::string_view text) {
  const FaultPlan plan = plan_of(text);
  if (plan.rules.size() != 1) {
    ADD_FAILURE() << plan.rules.size() << " rules in " << text;
    return {};
  }
  return plan.rules[0].body;
}

inline std::string canonical(std::string_view text) { return print(plan_of(text)); }

inline PlanError error_of(std::string_view text) {
  const auto result = parse(text, "plan.txt");
  if (const auto* error = std::get_if<PlanError>(&result)) return *error;
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

inline std::string message_of(std::string_view text) { return error_of(text).message; }

// A plan with its counters, ready to decide.
class Deciding {
 public:
  explicit Deciding(std::string_view text, std::uint64_t seed = 0)
      : rules_(compile(plan_of(text))), states_(rules_.size()), injector(rules_, states_, seed) {}

 private:
  std::vector<CompiledRule> rules_;
  std::vector<RuleState> states_;

 public:
  Injector injector;
  std::uint64_t eligible(std::size_t rule) const { return states_[rule].eligible; }
  std::uint64_t fired(std::size_t rule) const { return states_[rule].fired; }
  std::uint64_t suppressed(std::size_t rule) const { return states_[rule].suppressed; }
};

inline AcceptedRequest request(abi::Opcode op, std::uint64_t length = 4096,
                               std::int64_t offset = 0) {
  AcceptedRequest made;
  made.op = op;
  made.fd = 3;
  made.nr = 1;
  made.length = length;
  made.offset = offset;
  return made;
}

inline AcceptedRequest write_request(std::uint64_t length = 4096, std::int64_t offset = 0) {
  return request(abi::Opcode::pwrite, length, offset);
}

inline AcceptedRequest read_request(std::uint64_t length = 4096, std::int64_t offset = 0) {
  return request(abi::Opcode::pread, length, offset);
}

}  // namespace aioemu::fault
