// ScriptedChoices: answers from a list, and a record of what was asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "aioemu/choice.h"

namespace aioemu::choice {

// Gives the listed answers in order, each taken modulo the number of answers; 0 when the list is
// used up. `asked()` tells which questions came, so that a caller can enumerate every way a
// program can go: run, raise the last answer that can be raised, drop what follows, run again.
class ScriptedChoices final : public ChoiceSource {
 public:
  explicit ScriptedChoices(std::vector<std::uint32_t> answers = {})
      : answers_(std::move(answers)) {}

  std::uint32_t pick(const Choice& choice) override;

  struct Asked {
    Choice choice;
    std::uint32_t answer;
  };
  [[nodiscard]] const std::vector<Asked>& asked() const noexcept { return asked_; }

  // The script of the next run of an exhaustive enumeration, depth first; false when this run was
  // the last one.
  [[nodiscard]] bool next_script(std::vector<std::uint32_t>& script) const;

 private:
  std::vector<std::uint32_t> answers_;
  std::vector<Asked> asked_;
};

}  // namespace aioemu::choice
