// The weaver: one copy of a source that holds all its mutants, each behind the switch of mutant.h.
//
//   return stash_ < 2 * batch_;
//   return (::aioemu_mutant(17) ? (stash_ <= 2 * batch_) : (stash_ < 2 * batch_));
//
// Several mutants may change the same text, and one may lie inside another. Lines keep their
// numbers.
#pragma once

#include <string>
#include <string_view>

#include "tests/mutation/catalog.h"

namespace mutation {

// Weaves those of the catalogue that change `file`, whose text is `source`. Throws DataError: a
// text that is not there any more or not unique (a stale mutant), two that overlap.
std::string weave(std::string_view source, const std::string& file, const Catalogue& catalogue);

// Where `text` begins and ends in `source`; any white space is like any other. `begin` is npos when
// it is nowhere at or after `start`.
struct Span {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};
Span find_text(std::string_view source, std::string_view text, std::size_t start = 0);

}  // namespace mutation
