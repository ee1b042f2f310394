// Files that count: eventfd, timerfd, signalfd.
#pragma once

#include <cstdint>

#include "sim/file.h"
#include "sim/signals.h"
#include "sim/virtual_clock.h"

namespace aioemu::sim {

class EventFd final : public File {
 public:
  EventFd(std::uint64_t initial, bool semaphore, Watcher& watcher);

  // A completion's notification: never blocks, never fails (K91, K93).
  void signal() noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;

 private:
  std::uint64_t count_;
  const bool semaphore_;
  Watcher& watcher_;
};

class TimerFd final : public File, public Timer {
 public:
  TimerFd(VirtualClock& clock, Watcher& watcher);

  // In `ns` from now, once; 0 disarms.
  void arm(std::int64_t ns);
  void expired() override;

  Attempt read(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;
  void released() override { clock_.cancel(*this); }

 private:
  VirtualClock& clock_;
  Watcher& watcher_;
  std::uint64_t expirations_ = 0;
};

class SignalFd final : public File {
 public:
  SignalFd(Signals& signals, std::uint64_t mask);

  Attempt read(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;

 private:
  Signals& signals_;
  const std::uint64_t mask_;
};

}  // namespace aioemu::sim
