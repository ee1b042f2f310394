// VirtualClock: time that moves only when World moves it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace aioemu::sim {

// Something that happens at a moment.
class Timer {
 public:
  virtual void expired() = 0;

 protected:
  ~Timer() = default;
};

// Nanoseconds from 0. Timers for the same moment expire in the order of scheduling.
class VirtualClock {
 public:
  [[nodiscard]] std::int64_t now() const noexcept { return now_; }
  // A timer is scheduled at most once at a time, and must not go away while it is.
  void schedule(Timer& timer, std::int64_t due);
  void cancel(Timer& timer) noexcept;
  // When the next timer expires.
  [[nodiscard]] std::optional<std::int64_t> next_due() const noexcept;
  // Moves on to `moment` (not backwards), running the timers that are due on the way.
  void advance_to(std::int64_t moment);

 private:
  struct Entry {
    std::int64_t due;
    Timer* timer;
  };
  std::int64_t now_ = 0;
  std::vector<Entry> entries_;  // soonest first
};

}  // namespace aioemu::sim
