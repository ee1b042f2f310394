// FaultPlan: the text in which faults are described, version 1, and its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fault/rule.h"
#include "fault/sites.h"

namespace aioemu::fault {

// In which order requests complete that could complete in any. All but `inline` hold requests that
// would otherwise finish inside io_submit; they are in flight until the program waits.
struct Order {
  enum class Kind : std::uint8_t {
    at_once,  // `inline`: the kernel's own way
    fifo,
    lifo,
    random,
    pct,  // priorities drawn once, and changed at `depth` - 1 places: finds bugs of small depth
  };
  Kind kind = Kind::at_once;
  std::uint64_t depth = 0;  // pct
  std::uint64_t steps = 0;  // pct: how many completions to expect; 0 when not given
  friend bool operator==(const Order&, const Order&) = default;
};

inline constexpr std::uint64_t kDefaultSector = 512;  // what is written whole or not at all
inline constexpr std::uint64_t kDefaultBlock = 4096;

// parse(print(plan)) == plan. The order of the rules matters: the first that fires wins.
struct FaultPlan {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> aio_max_nr;
  std::optional<std::uint64_t> sector;  // bytes; a power of two, at most the block
  std::optional<std::uint64_t> block;   // the same
  std::optional<LegalSet> legal;        // kDefaultLegal when not set
  std::optional<Order> order;
  std::vector<FaultRule> rules;
  std::vector<std::string> profiles;  // by name; expand() of profiles.h puts rules in their place
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

// Adds `more` behind `plan`: its rules come later, its settings do not override, its profiles are
// added unless they are there already. Fails (and leaves
// `plan` as it was) when a rule's name is already taken.
std::optional<PlanError> append(FaultPlan& plan, const FaultPlan& more, std::string_view source);

// What `legal=` forbids and the plan does all the same: one error per such rule.
std::vector<PlanError> illegal(const FaultPlan& plan);

// An error about a rule that stands in no text at hand: its excerpt is the printed rule.
PlanError error_about(const FaultRule& rule, std::string message);

// The canonical text, one statement per line.
std::string print(const FaultPlan& plan);
// One rule, with its name if it has one.
std::string print(const FaultRule& rule);
// What a rule is called in reports: its name, or its printed text.
std::string title(const FaultRule& rule);

}  // namespace aioemu::fault
