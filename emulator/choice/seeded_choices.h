// SeededChoices: answers drawn from a seed.
//
// Every answer is a function of the seed and of the question's own identity, plus how often that
// very question was asked before: a change in one place of a program does not reshuffle the rest.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "aioemu/choice.h"

namespace aioemu::choice {

class SeededChoices final : public ChoiceSource {
 public:
  explicit SeededChoices(std::uint64_t seed) noexcept : seed_(seed) {}
  std::uint32_t pick(const Choice& choice) override;

 private:
  std::uint64_t seed_;
  // How often each question, known by its hash, was asked. Ordered, so that nothing depends on
  // a hash table's layout.
  std::map<std::uint64_t, std::uint64_t> asked_;
};

}  // namespace aioemu::choice
