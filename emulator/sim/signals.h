// Signals: a small model of one thread's signals: blocked, pending, handled.
//
// Every signal has a handler that counts. What a signal does to a sleeping call is World's part.
#pragma once

#include <array>
#include <cstdint>

namespace aioemu::sim {

constexpr std::uint64_t signal_bit(int signal) noexcept {
  return 1ULL << static_cast<unsigned>(signal - 1);
}

class Signals {
 public:
  static constexpr int kLast = 64;
  static constexpr bool valid(int signal) noexcept { return signal >= 1 && signal <= kLast; }

  // Unblocking delivers what is pending.
  void block(int signal, bool yes) noexcept;
  // Makes it pending, blocked or not: for a signal that comes in the middle of a call.
  void send(int signal) noexcept;
  // Whether a signal is pending that nothing blocks: sleeps end at once.
  [[nodiscard]] bool due() const noexcept { return (pending_ & ~blocked_) != 0; }
  // Runs the handlers of those.
  void deliver_due() noexcept {
    if (due()) deliver(blocked_);
  }
  // True when a handler ran; false when the signal stays pending.
  bool raise(int signal) noexcept;
  // Runs the handler at once: the signal went to another thread, which does not block it.
  void handle(int signal) noexcept;
  // Runs the handlers of pending signals that `mask` does not block: how many (K122).
  int deliver(std::uint64_t mask) noexcept;
  // Takes one pending signal of `set` away: its number, or 0.
  int take_pending(std::uint64_t set) noexcept;

  [[nodiscard]] std::uint64_t pending() const noexcept { return pending_; }
  [[nodiscard]] std::uint64_t blocked() const noexcept { return blocked_; }
  [[nodiscard]] int handled(int signal) const noexcept {
    return valid(signal) ? handled_[static_cast<std::size_t>(signal)] : 0;
  }

 private:
  std::uint64_t blocked_ = 0;
  std::uint64_t pending_ = 0;
  std::array<int, kLast + 1> handled_{};
};

}  // namespace aioemu::sim
