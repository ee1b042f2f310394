// Timers: what is to happen at a later time, nearest first.
//
// Intrusive and without memory of its own. Most timers are set for the same time from now, so a new
// one is looked a place for from the far end.
#pragma once

#include <cstdint>
#include <limits>

namespace aioemu::host {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Timer {
  // What it is part of, for whoever is told that its time has come.
  enum class Kind : std::uint8_t { request, eventfd, stall, order, data };

  explicit Timer(Kind what) noexcept : kind(what) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  const Kind kind;
  bool set = false;
  std::uint64_t due = kNever;  // monotonic nanoseconds
  Timer* previous = nullptr;
  Timer* next = nullptr;
};

// Those due at the same time are in the order in which they were set. Threading: none.
class Timers {
 public:
  // `timer` must not be set. True when it is now the nearest.
  bool add(Timer& timer, std::uint64_t due) noexcept;
  // Does nothing to a timer that is not set.
  void remove(Timer& timer) noexcept;
  // When the nearest is due, or kNever.
  [[nodiscard]] std::uint64_t nearest() const noexcept {
    return first_ == nullptr ? kNever : first_->due;
  }
  // Takes the nearest off if it is due at `now`; otherwise null.
  Timer* take_due(std::uint64_t now) noexcept;

 private:
  Timer* first_ = nullptr;
  Timer* last_ = nullptr;
};

}  // namespace aioemu::host
