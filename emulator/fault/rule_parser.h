// RuleParser: reads one rule of the plan language, from its layer to the end of the statement.
//
//   rule      = layer { qualifier } action ;
//   qualifier = "op=" op { "," op } | "path=" pattern | "direct=" ( "yes" | "no" )
//             | "flags=" flag { "," flag } | key relation amount | key "=" amount ".." amount
//             | "offset=" size "+" size | "when=" uint [ ".." uint ] [ "+" [ uint ] ]
//             | "times=" uint | "one_in=" uint | "probability=" ratio | "after=" duration
//             | "for=" duration | "seq=" letters | "budget=" size
//             | "persist=" ( "transient" | "persistent" ) | "continue" ;
//   action    = as sites.h has it for the layer ;
//
// What a rule may match depends on what its action is about, and the action comes last: so
// qualifiers are checked against the layer when they are met and against the action at the end.
#pragma once

#include <vector>

#include "fault/reader.h"
#include "fault/rule.h"
#include "fault/sites.h"

namespace aioemu::fault {

class RuleParser {
 public:
  RuleParser(Reader& reader, RuleBody& body) : in_(reader), body_(body) {}
  // The reader stands behind `layer`, the rule's first word.
  bool run(const Token& layer);

 private:
  bool layer(const Token& word);
  bool qualifiers(Token& action);
  bool qualifier(const Token& word);
  bool unknown(const Token& word);
  bool once(const Token& word);
  [[nodiscard]] bool given(std::string_view word) const;

  template <typename Meaning>
  bool one_of(Meaning& meaning, std::string_view what, const std::array<std::string_view, 2>& words,
              const std::array<Meaning, 2>& meanings);

  bool match(const Token& word);
  bool ops();
  bool path();
  bool direct();
  bool flags();
  bool condition(Key key);
  bool amount(Key key, std::uint64_t& value);
  bool upper_end(Condition& condition);

  bool schedule(const Token& word);
  bool when();
  bool step();
  bool seq();
  bool persist();

  bool action(const Token& word);
  bool variant(const Token& word, const Site*& site);
  bool arguments(const Site& site, const Token& word);
  bool error_name(const Site& site);
  bool bytes();
  bool durations();
  bool sectors();
  bool space();
  bool check_qualifiers(const Site& site);
  bool check_ops(const Site& site, const Token& word);

  Reader& in_;
  RuleBody& body_;
  std::vector<Token> given_;  // the qualifiers so far
};

}  // namespace aioemu::fault
