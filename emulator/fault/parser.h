// Parser of the plan language: one recursive descent over the tokens of one text.
//
//   plan      = { [ statement ] ( NEWLINE | ";" ) } ;
//   statement = [ name ":" ] rule | "plan" "1" | "seed" uint | "set" { key "=" value }
//             | "profile" NAME | "order" order ;
//   order     = "inline" | "fifo" | "lifo" | "random" | "pct" "depth=" uint [ "steps=" uint ] ;
//
// A rule is read by RuleParser.
#pragma once

#include <string>
#include <string_view>

#include "fault/plan.h"
#include "fault/reader.h"

namespace aioemu::fault {

class Parser {
 public:
  Parser(std::string_view text, std::string_view source) : in_(text, source) {}
  bool run(FaultPlan& plan);
  [[nodiscard]] const PlanError& error() const noexcept { return in_.error(); }

 private:
  bool statement();
  bool named(const Token& word);
  bool name(const Token& word);
  bool rule(const Token& layer, std::string name);
  bool version();
  bool seed();
  bool profile();
  bool order();
  bool pct(Order& order);
  bool settings();
  bool setting(std::size_t place, const Token& word);
  bool disk_size(std::optional<std::uint64_t>& value, const Token& word);
  bool legal(const Token& word);
  template <typename Value>
  bool once(const std::optional<Value>& value, const Token& word);

  Reader in_;
  FaultPlan plan_;
  bool any_statement_ = false;
};

}  // namespace aioemu::fault
