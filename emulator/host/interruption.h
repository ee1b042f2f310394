// What an io_submit knows about signals.
//
// In the kernel a signal that arrives during io_submit stays pending until the call returns. While
// it does, every later element of the batch that would sleep fails at once (K70), and a second
// signal of the same number is the same signal. Here the handler of a signal from outside runs in
// the middle; what it means for the rest of the batch is remembered.
//
// A signal that a transfer itself raises can be kept for the end: SIGPIPE (K69) and SIGXFSZ (K66)
// are blocked from the first transfer that would raise one, and let go when io_submit returns. That
// first transfer is a broken pipe or a file at its limit, so that ordinary ones pay nothing. Of a
// write past the limit only the signal itself could tell beforehand: if it is the first of its
// batch to fail, its handler has run already, and a second one is dropped at the end.
//
// One thread uses it, the one inside io_submit.
#pragma once

#include <cstdint>

namespace aioemu::host {

class Interruption {
 public:
  // A signal is there that would end a sleep.
  [[nodiscard]] bool happened() const noexcept { return happened_; }
  void note() noexcept { happened_ = true; }

  // From now on SIGPIPE and SIGXFSZ stay pending.
  void hold() noexcept;
  [[nodiscard]] bool holds() const noexcept { return holds_; }
  // The mask to sleep with, or null for the one that is set.
  [[nodiscard]] const std::uint64_t* mask() const noexcept { return holds_ ? &before_ : nullptr; }

  // After a transfer that may have raised one while they are held.
  void look() noexcept;
  // After a transfer that failed with EFBIG, whether they are held or not.
  void file_too_large() noexcept;

  // At the end of io_submit, without any lock: handlers may run.
  void release() noexcept {
    if (holds_) let_go();
  }

 private:
  void let_go() noexcept;

  bool happened_ = false;
  bool holds_ = false;
  bool xfsz_taken_ = false;   // the handler of SIGXFSZ has run in this call
  std::uint64_t before_ = 0;  // the caller's mask, while signals are held
};

}  // namespace aioemu::host
