// Choices: everything in a simulated world that could go one way or another is asked here.
//
// Which held request completes next, how completions are cut into batches, whether a random rule of
// a fault plan fires: the world never draws a number itself. It describes the question and takes
// the answer. Seeded random, a script, a record of an earlier run, the bytes of a fuzzer and an
// exhaustive enumeration are only different sources, and the same source with the same questions
// gives the same answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
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
  // Of a fault plan:
  rule_fires = 6,    // does a random rule fire: 1 yes, 0 no
  fault_amount = 7,  // which one of the amounts that an action leaves open
  // Of `order pct`:
  completion_priority = 8,  // how many of the held requests complete before this one
  priority_change = 9,      // before which completion the next in turn goes behind all others
  // Of a test:
  drawn = 10,  // a number for a plan or a request that a test draws
};

// How likely the answer 1 is, for a source that weighs: chance / of. All zero: all answers alike.
struct Odds {
  std::uint64_t chance = 0;
  std::uint64_t of = 0;
  friend bool operator==(const Odds&, const Odds&) = default;
};

// One question. Its identity is numbers that a re-run gives again (ordinals, offsets, lengths),
// never an address.
struct Choice {
  ChoiceKind kind = ChoiceKind::next_completion;
  std::array<std::uint64_t, 3> identity{};
  std::uint32_t answers = 1;  // at least 1
  Odds odds{};
  friend bool operator==(const Choice&, const Choice&) = default;
};

// A question with the answer it got.
struct RecordedChoice {
  Choice choice;
  std::uint32_t answer = 0;
  friend bool operator==(const RecordedChoice&, const RecordedChoice&) = default;
};

// "batch_size(3, 0, 0) of 4": for messages.
std::string describe(const Choice& choice);

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

  using Asked = RecordedChoice;
  [[nodiscard]] const std::vector<Asked>& asked() const noexcept { return asked_; }

  // The script of the next run of an exhaustive enumeration, depth first; false when this run was
  // the last one.
  [[nodiscard]] bool next_script(std::vector<std::uint32_t>& script) const;

 private:
  std::vector<std::uint32_t> answers_;
  std::vector<Asked> asked_;
};

// Writes down what another source is asked and what it answers. `source` outlives it.
class RecordingChoices final : public ChoiceSource {
 public:
  explicit RecordingChoices(ChoiceSource& source) noexcept : source_(source) {}
  std::uint32_t pick(const Choice& choice) override;
  [[nodiscard]] const std::vector<RecordedChoice>& recorded() const noexcept { return recorded_; }

 private:
  ChoiceSource& source_;
  std::vector<RecordedChoice> recorded_;
};

// Gives the answers of an earlier run as long as the same questions come in the same order. From
// the first other question on it answers 0, and divergence() tells which that was.
class ReplayChoices final : public ChoiceSource {
 public:
  explicit ReplayChoices(std::vector<RecordedChoice> recorded) : recorded_(std::move(recorded)) {}
  std::uint32_t pick(const Choice& choice) override;

  struct Divergence {
    std::size_t at = 0;              // of the questions, from 0
    std::optional<Choice> expected;  // empty: the record was used up
    Choice asked;
  };
  [[nodiscard]] const std::optional<Divergence>& divergence() const noexcept { return divergence_; }
  // How many answers of the record have been given. Fewer than there are, at the end of a run
  // without divergence: the run stopped early.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  std::vector<RecordedChoice> recorded_;
  std::size_t used_ = 0;
  std::optional<Divergence> divergence_;
};

// "question 3: batch_size(3, 0, 0) of 4, where the record has ...".
std::string describe(const ReplayChoices::Divergence& divergence);

// Answers from the bytes of a fuzzer: as many bytes per question as its answers need (none when
// there is only one), 0 when they are used up. A short input stays meaningful when the fuzzer
// changes a byte. `bytes` outlive the source.
class ByteChoices final : public ChoiceSource {
 public:
  explicit ByteChoices(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
  std::uint32_t pick(const Choice& choice) override;
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace aioemu
