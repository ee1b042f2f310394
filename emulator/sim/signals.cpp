#include "sim/signals.h"

#include <bit>

namespace aioemu::sim {

void Signals::block(int signal, bool yes) noexcept {
  if (!valid(signal)) return;
  if (yes) {
    blocked_ |= signal_bit(signal);
  } else {
    blocked_ &= ~signal_bit(signal);
    deliver(blocked_);
  }
}

void Signals::send(int signal) noexcept {
  if (valid(signal)) pending_ |= signal_bit(signal);
}

bool Signals::raise(int signal) noexcept {
  send(signal);
  return deliver(blocked_) > 0;
}

void Signals::handle(int signal) noexcept {
  if (valid(signal)) ++handled_[static_cast<std::size_t>(signal)];
}

int Signals::deliver(std::uint64_t mask) noexcept {
  int count = 0;
  while (const int signal = take_pending(~mask)) {
    handle(signal);
    ++count;
  }
  return count;
}

int Signals::take_pending(std::uint64_t set) noexcept {
  const std::uint64_t ready = pending_ & set;
  if (ready == 0) return 0;
  const int signal = std::countr_zero(ready) + 1;
  pending_ &= ~signal_bit(signal);
  return signal;
}

}  // namespace aioemu::sim
