// FaultPlan: the text in which faults are described, version 1, and its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fault/rule.h"

namespace aioemu::fault {

// parse(print(plan)) == plan. The order of the rules matters: the first that fires wins.
struct FaultPlan {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> aio_max_nr;
  std::vector<FaultRule> rules;
  friend bool operator==(const FaultPlan&, const FaultPlan&) = default;
};

// Why a text was refused, and where: lines and columns count from 1.
struct PlanError {
  std::string source;  // as given to parse
  int line = 1;
  int column = 1;
  std::string message;  // what was expected, what was found, the nearest word
  std::string excerpt;  // the line itself
};

// "plan.txt:2:14: message", then the line and a caret under the place.
std::string describe(const PlanError& error);

// Reads a whole text. `source` is what errors call it: a file's name, or "--fault".
// All or nothing: with an error, no part of the plan is returned.
std::variant<FaultPlan, PlanError> parse(std::string_view text, std::string_view source);

// Adds `more` behind `plan`: its rules come later, its settings do not override. Fails (and leaves
// `plan` as it was) when a rule's name is already taken.
std::optional<PlanError> append(FaultPlan& plan, const FaultPlan& more, std::string_view source);

// The canonical text, one statement per line.
std::string print(const FaultPlan& plan);
// One rule, with its name if it has one.
std::string print(const FaultRule& rule);
// What a rule is called in reports: its name, or its printed text.
std::string title(const FaultRule& rule);

}  // namespace aioemu::fault
