// Choices: everything in a simulated world that could go one way or another is asked here.
//
// Which held request completes next, how completions are cut into batches: the world never draws
// a number itself. It describes the question and takes the answer. Seeded random, a script and an
// exhaustive enumeration are only different sources, and the same source with the same questions
// gives the same answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace aioemu {

// What a question is about. The numbers are stable: recorded choices keep their meaning.
enum class ChoiceKind : std::uint8_t {
  next_completion = 1,  // which of the held requests completes now
  batch_size = 2,       // how many complete before the program runs again
  // At a power cut:
  cut_truncation = 3,  // 0: the file is as it was before it was truncated; 1: as after
  cut_block = 4,       // 0: as last synced; k: as the k-th write since left it; one more: torn
  cut_sector = 5,      // of a torn block: 0: as last synced; k: as the k-th write since left it
};

// One question. Its identity is numbers that a re-run gives again (ordinals, offsets, lengths),
// never an address.
struct Choice {
  ChoiceKind kind = ChoiceKind::next_completion;
  std::array<std::uint64_t, 3> identity{};
  std::uint32_t answers = 1;  // at least 1
  friend bool operator==(const Choice&, const Choice&) = default;
};

// Threading: as the world that asks; none.
class ChoiceSource {
 public:
  virtual ~ChoiceSource() = default;
  // An answer in 0 .. answers-1. A question with one answer may be asked too.
  virtual std::uint32_t pick(const Choice& choice) = 0;
};

// Answers drawn from a seed. Every answer is a function of the seed, of the question's own identity
// and of how often that very question was asked before: a change in one place of a program does
// not reshuffle the rest.
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

}  // namespace aioemu
