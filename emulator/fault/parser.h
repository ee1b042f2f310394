// Parser of the plan language: one recursive descent over the tokens of one text.
//
//   plan      = { [ statement ] ( NEWLINE | ";" ) } ;
//   statement = rule | "plan" "1" | "seed" uint | "set" { key "=" value } ;
//   rule      = [ name ":" ] layer { qualifier } action argument ;
//   qualifier = "op=" op { "," op } | key relation size | key "=" size ".." size
//             | "offset=" size "+" size | "when=" uint [ ".." uint ] [ "+" [ uint ] ]
//             | "times=" uint | "one_in=" uint ;
//   action    = "errno" ERRNO | "partial" uint | "short" [ "-" ] size ;
//
// A function that returns bool returns false after it has put its reason into error().
#pragma once

#include <string>
#include <string_view>

#include "fault/lexer.h"
#include "fault/plan.h"

namespace aioemu::fault {

class Parser {
 public:
  Parser(std::string_view text, std::string_view source);
  bool run(FaultPlan& plan);
  [[nodiscard]] const PlanError& error() const noexcept { return error_; }

 private:
  // Which qualifiers of the current rule were given already: each but the conditions only once.
  struct Given {
    bool op = false;
    bool when = false;
    bool times = false;
    bool one_in = false;
  };

  void advance() noexcept { token_ = lexer_.next(); }
  bool fail(const Token& at, std::string message);
  bool expected(std::string_view what);
  bool end_of_statement(std::string_view hint);
  bool once(bool& given, const Token& word);

  bool statement();
  bool version();
  bool seed();
  bool settings();
  bool name(FaultRule& rule, const Token& word);
  bool rule(const Token& layer_word);
  bool layer(RuleBody& body, const Token& word);
  bool qualifiers(RuleBody& body);
  bool qualifier(RuleBody& body, Given& given, const Token& word);
  bool unknown_in_rule(const RuleBody& body, const Token& word);

  bool ops(RuleBody& body, const Token& word);
  bool condition(RuleBody& body, Key key, const Token& word);
  bool upper_end(Condition& condition);
  bool when(Schedule& schedule);
  bool step(Schedule& schedule);

  bool action(RuleBody& body, const Token& word);
  bool error_action(RuleBody& body);
  bool submit_errno(Errno error, const Token& at);
  bool complete_errno(const RuleBody& body, Errno error, const Token& at);
  bool short_action(RuleBody& body, const Token& word);

  bool sign(std::string_view text, std::string_view what);
  bool number(std::uint64_t& value, std::string_view what);
  bool size(std::uint64_t& value, std::string_view what);
  bool positive(std::uint64_t& value, std::string_view what);

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  FaultPlan plan_;
  PlanError error_;
  bool any_statement_ = false;
};

}  // namespace aioemu::fault
