// TraceRing: records on their way from many processes to one reader.
//
// A ring of slots in memory shared by all. Each slot has a turn: a writer may fill it when its turn
// has come, the reader may take it when it is full. Nobody holds a lock. A writer that is killed
// between the two leaves a slot that never becomes full: the reader gives such a slot up for good,
// and the ring is one slot smaller from then on.
//
// Zero bytes are an empty ring. Threading: push from any thread of any process; drain from one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "observe/record.h"

namespace aioemu::observe {

class TraceRing {
 public:
  static constexpr std::size_t kSlots = 32768;

  // False when the ring is full. No allocation, no system call.
  bool push(const Record& record) noexcept {
    std::uint64_t place = next_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[place % kSlots];
      const std::uint64_t turn = slot.turn.load(std::memory_order_acquire);
      const std::uint64_t empty = turn_of(place);
      if (turn == empty || turn == kGivenUp) {
        if (!next_.compare_exchange_weak(place, place + 1, std::memory_order_relaxed)) continue;
        if (turn == empty && fill(slot, empty, record)) return true;
        ++place;
      } else if (turn < empty) {
        return false;
      } else {
        place = next_.load(std::memory_order_relaxed);
      }
    }
  }
  // True once per half of the ring: time to call the reader.
  [[nodiscard]] bool half_filled() const noexcept {
    return next_.load(std::memory_order_relaxed) % (kSlots / 2) == 0;
  }

  // Hands what is there to `visit`, oldest first, and returns how many. With `give_up`, slots that
  // were claimed and not filled are passed by and counted as lost; without, the drain ends there.
  template <typename Visit>
  std::size_t drain(bool give_up, Visit visit) noexcept {
    std::size_t count = 0;
    for (;; ++taken_) {
      Slot& slot = slots_[taken_ % kSlots];
      const std::uint64_t empty = turn_of(taken_);
      std::uint64_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == empty + 1) {
        visit(static_cast<const Record&>(slot.record));
        slot.turn.store(empty + 2, std::memory_order_release);
        ++count;
        continue;
      }
      if (taken_ == next_.load(std::memory_order_acquire)) return count;
      if (turn == kGivenUp) continue;
      if (!give_up || !slot.turn.compare_exchange_strong(turn, kGivenUp)) return count;
      lost.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // Does the oldest slot wait for a writer that has claimed it?
  [[nodiscard]] bool waits_for_writer() const noexcept {
    return slots_[taken_ % kSlots].turn.load(std::memory_order_acquire) == turn_of(taken_) &&
           taken_ != next_.load(std::memory_order_acquire);
  }

  std::atomic<std::uint64_t> lost{0};      // records that did not get through
  std::atomic<std::uint32_t> doorbell{0};  // changes when the reader should look

 private:
  static constexpr std::uint64_t kGivenUp = ~std::uint64_t{0};
  struct Slot {
    std::atomic<std::uint64_t> turn;  // 2 * lap: empty; 2 * lap + 1: full; or kGivenUp
    Record record;
  };
  static constexpr std::uint64_t turn_of(std::uint64_t place) noexcept {
    return place / kSlots * 2;
  }
  // False when the reader has given this slot up in the meantime.
  static bool fill(Slot& slot, std::uint64_t empty, const Record& record) noexcept {
    slot.record = record;
    return slot.turn.compare_exchange_strong(empty, empty + 1, std::memory_order_release,
                                             std::memory_order_relaxed);
  }

  alignas(64) std::atomic<std::uint64_t> next_{0};  // place of the next record written
  alignas(64) std::uint64_t taken_ = 0;             // and read: the reader's own
  std::array<Slot, kSlots> slots_{};
};

}  // namespace aioemu::observe
