// Oracles: looks on and says what the program does wrong, from records alone.
//
// Each oracle is a debt that the program takes on and pays, or something that must not happen while
// a request is in flight; docs/oracles.md tells each in full. All that is known lies on a Board,
// which the owner supplies: nothing is allocated, no system call is made.
//
// With nothing owed and nothing in flight, only rare events are wanted, so that requests which
// complete inside their io_submit go by for the price of a bit test.
#pragma once

#include <cstdint>
#include <span>

#include "core/ports.h"
#include "observe/board.h"
#include "observe/observer.h"

namespace aioemu::observe {

// Threading: as Observer says. Another process may read the board meanwhile (read() of board.h).
class Oracles final : public Observer {
 public:
  // Looks on nothing.
  Oracles() noexcept = default;
  // `board` is zero bytes and outlives this.
  Oracles(Board& board, const OracleChoice& choice) noexcept;

  void read_through(core::UserMemory& memory) noexcept override { memory_ = &memory; }
  void see(const Record& record, std::span<const abi::Segment> segments) noexcept override;

  // A call sleeps that nothing can wake. `call`: what it is.
  void hang(const Record& call) noexcept;
  // The machine goes off, and the program with it: nobody owes anything any more, and the end that
  // is told next is no end to be judged.
  void power_cut() noexcept;

 private:
  using Segments = std::span<const abi::Segment>;

  void refused(const Record& record) noexcept;
  void accepted(const Record& record, Segments segments) noexcept;
  void held(const Record& record, Segments segments) noexcept;
  void started(const Record& record, Segments segments) noexcept;
  void completed(const Record& record) noexcept;
  void fault(const Record& record) noexcept;
  void gone(const Record& record) noexcept;
  void ended() noexcept;

  [[nodiscard]] std::size_t place_of(std::uint64_t serial) const noexcept;
  [[nodiscard]] bool is_owed(const Record& refused) noexcept;
  void settle(const Record& offered) noexcept;
  void owe_rest(const Story& story) noexcept;
  void share_buffers(std::uint64_t low, std::uint64_t high, std::size_t but) noexcept;
  [[nodiscard]] bool lands_on(std::uint64_t low, std::uint64_t high) const noexcept;
  void compare_iocb(const Record& record, std::uint64_t low) noexcept;
  void compare_ranges(const Story& story, std::size_t place) noexcept;
  void judge_buffer(std::size_t place, const Record& record, Segments segments) noexcept;
  [[nodiscard]] Sample take_sample(Segments segments) const noexcept;
  [[nodiscard]] Story story_of(const Record& request) const noexcept;
  void find(const Finding& finding) noexcept;
  void want_what_matters() noexcept;

  Board* board_ = nullptr;
  core::UserMemory* memory_ = nullptr;
};

}  // namespace aioemu::observe
