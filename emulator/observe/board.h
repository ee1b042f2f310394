// Board: what the oracles know about one address space.
//
// A value of fixed size without pointers, so that it can lie in memory that outlives the process
// and be read by another one. Zero bytes are a board on which nothing has happened yet. When a
// table is full, what does not fit is counted.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "abi/aio_abi.h"
#include "observe/finding.h"

namespace aioemu::observe {

// Which of N places of a table are taken.
template <std::size_t N>
class Places {
 public:
  static_assert(N % 64 == 0);
  // The lowest free one, or N.
  std::size_t take() noexcept {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      if (~words_[word] == 0) continue;
      const auto bit = static_cast<std::size_t>(std::countr_one(words_[word]));
      words_[word] |= std::uint64_t{1} << bit;
      return word * 64 + bit;
    }
    return N;
  }
  void leave(std::size_t place) noexcept {
    words_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
  }
  // The lowest taken one from `place` on, or N.
  [[nodiscard]] std::size_t next(std::size_t place) const noexcept {
    for (std::size_t word = place / 64; word < words_.size(); ++word) {
      const std::uint64_t low = word == place / 64 ? ~std::uint64_t{0} << (place % 64) : ~0ULL;
      const std::uint64_t rest = words_[word] & low;
      if (rest != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(rest));
    }
    return N;
  }
  [[nodiscard]] bool empty() const noexcept { return next(0) == N; }

 private:
  std::array<std::uint64_t, N / 64> words_;
};

// A digest of a buffer, in eight parts.
struct Sample {
  static constexpr std::size_t kParts = 8;
  std::array<std::uint64_t, kParts> digests;
  bool readable;
};

// A request in flight.
struct HeldRequest {
  Story story;
  Sample sample;
  bool shared;  // another request's bytes may have come to lie in this buffer
};

struct Board {
  static constexpr std::size_t kHeld = 256;
  static constexpr std::size_t kOwed = 128;
  static constexpr std::size_t kFindings = 48;
  static constexpr std::size_t kFindingsOfOne = 8;  // of one oracle, kept with their stories
  static constexpr std::size_t kRecent = 16;

  std::atomic<std::uint32_t> turn;  // odd while somebody writes
  std::uint32_t watched;            // not 0: an Oracles looks on
  std::uint32_t ended;              // not 0: what is owed has been judged
  std::uint32_t excused;            // not 0: the next end is not the program's doing
  OracleChoice choice;

  // What is looked for at each record lies together: the key of a place is that of its story.
  Places<kHeld> held;
  std::array<std::uint64_t, kHeld> serials;
  std::array<std::uint64_t, kHeld> iocbs;
  std::array<std::uint64_t, kHeld> lows;  // the buffers lie in [low, high)
  std::array<std::uint64_t, kHeld> highs;
  std::array<HeldRequest, kHeld> requests;
  std::uint64_t unwatched;  // held requests for which there was no place

  Places<kOwed> refused;
  std::array<Story, kOwed> refusals;
  Places<kOwed> cut;
  std::array<Story, kOwed> shorts;
  std::array<std::uint64_t, kOracles> forgotten;  // what may be owed, and had no place

  // The newest batch whose first iocb was refused, and whether the program has seen a final error.
  fault::Identity head;
  std::uint32_t head_told;

  std::uint64_t fault_count;
  std::array<Record, kRecent> faults;  // the newest ones, by fault_count

  std::array<std::uint64_t, kOracles> counts;  // of all findings, kept or not
  std::uint32_t finding_count;
  std::array<Finding, kFindings> findings;
};

// One in memory of this process.
struct FreeBoard {
  void operator()(Board* board) const noexcept;
};
using OwnBoard = std::unique_ptr<Board, FreeBoard>;
// Throws std::bad_alloc.
OwnBoard make_board();
// As if nothing had happened yet.
void clear(Board& board) noexcept;

// What a board says, read at any time, while somebody writes to it too.
struct Tale {
  bool watched = false;
  std::array<std::uint64_t, kOracles> counts{};
  std::vector<Finding> findings;  // of each oracle at most kFindingsOfOne
  std::vector<Story> in_flight;   // in order of submission
  std::uint64_t unwatched = 0;    // in flight and not in that list, at most
  std::uint64_t forgotten = 0;    // possibly dropped or cut short, without a place
  [[nodiscard]] std::uint64_t count() const noexcept;
};
// `over`: nothing will come any more, what is still owed is a finding.
Tale read(const Board& board, bool over);

}  // namespace aioemu::observe
