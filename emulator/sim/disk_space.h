// DiskSpace: how much more the files of one file system may allocate.
//
// Counted in whole blocks as they are first written to; writing a block again takes nothing. The
// owner says what time it is: nothing here asks for a clock.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/check.h"

namespace aioemu::sim {

class DiskSpace {
 public:
  // From now on `bytes` are free; earlier allocations do not matter.
  void set_free(std::uint64_t bytes) noexcept {
    limited_ = true;
    free_ = bytes;
  }
  void unlimit() noexcept {
    limited_ = false;
    refills_.clear();
  }
  [[nodiscard]] bool limited() const noexcept { return limited_; }
  [[nodiscard]] std::uint64_t free() const noexcept { return free_; }

  // No more than what is free may be taken. Neither does anything while there is no limit.
  void take(std::uint64_t bytes) noexcept {
    if (!limited_) return;
    AIOEMU_CHECK(bytes <= free_);
    free_ -= bytes;
  }
  void give(std::uint64_t bytes) noexcept {
    if (limited_) free_ += bytes;
  }

  // At `moment` there will be `bytes` more.
  void refill_at(std::int64_t moment, std::uint64_t bytes) { refills_.push_back({moment, bytes}); }
  // It is `now`: what is due is given.
  void tick(std::int64_t now) noexcept {
    for (Refill& refill : refills_) {
      if (refill.moment > now) continue;
      give(refill.bytes);
      refill = {std::numeric_limits<std::int64_t>::max(), 0};
    }
  }

 private:
  struct Refill {
    std::int64_t moment;
    std::uint64_t bytes;
  };
  bool limited_ = false;
  std::uint64_t free_ = 0;
  std::vector<Refill> refills_;
};

}  // namespace aioemu::sim
