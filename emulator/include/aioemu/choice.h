// ChoiceSource: everything in a simulated world that could go one way or another is asked here.
//
// Which held request completes next, how completions are cut into batches: the world never draws
// a number itself. It describes the question and takes the answer. Seeded random, a script and an
// exhaustive enumeration are only different sources, and the same source with the same questions
// gives the same answers.
#pragma once

#include <array>
#include <cstdint>

namespace aioemu {

// What a question is about. The numbers are stable: recorded choices keep their meaning.
enum class ChoiceKind : std::uint8_t {
  next_completion = 1,  // which of the held requests completes now
  batch_size = 2,       // how many complete before the program runs again
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

}  // namespace aioemu
