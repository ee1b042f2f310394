// SlotPool: how many requests a context may still accept (rules K95-K101).
//
// The kernel spreads a context's N-1 slots over per-CPU stashes: a CPU whose stash is empty takes
// a batch of B from the common pool, only if B are left there, and gives B back when its stash has
// grown to 2B. This is the same arithmetic with one stash, which is what a program pinned to one
// CPU sees: floor((N-1)/B)*B submits on a fresh context.
#pragma once

#include <cstdint>

namespace aioemu::core {

class SlotPool {
 public:
  SlotPool() = default;
  // K95: B is an even share of a quarter of the slots per possible CPU, at least 1.
  SlotPool(std::uint32_t slots, std::uint32_t possible_cpus) noexcept
      : batch_(slots / (possible_cpus * 4U)), pool_(slots) {
    if (batch_ == 0) batch_ = 1;
  }

  [[nodiscard]] bool take() noexcept {
    if (stash_ == 0) {
      if (pool_ < batch_) return false;
      pool_ -= batch_;
      stash_ = batch_;
    }
    --stash_;
    return true;
  }

  void give(std::uint32_t slots) noexcept {
    stash_ += slots;
    if (stash_ < 2 * batch_) return;
    const std::uint32_t batches = stash_ / batch_ - 1;
    stash_ -= batches * batch_;
    pool_ += batches * batch_;
  }

  [[nodiscard]] std::uint32_t free() const noexcept { return stash_ + pool_; }

 private:
  std::uint32_t batch_ = 1;
  std::uint32_t pool_ = 0;
  std::uint32_t stash_ = 0;
};

}  // namespace aioemu::core
