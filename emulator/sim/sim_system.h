// SimSystem: fs.aio-nr and fs.aio-max-nr of a simulated machine (K13, K14).
#pragma once

#include "core/ports.h"

namespace aioemu::sim {

class SimSystem final : public core::System {
 public:
  SimSystem(std::uint64_t aio_max_nr, bool realtime_io) noexcept
      : aio_max_nr_(aio_max_nr), realtime_io_(realtime_io) {}

  [[nodiscard]] std::uint64_t aio_nr() const noexcept { return aio_nr_; }
  void set_aio_max_nr(std::uint64_t value) noexcept { aio_max_nr_ = value; }

  std::uint64_t aio_max_nr() noexcept override { return aio_max_nr_; }
  bool charge(std::uint64_t nr) noexcept override {
    if (aio_nr_ + nr > aio_max_nr_ || aio_nr_ + nr < aio_nr_) return false;
    aio_nr_ += nr;
    return true;
  }
  void uncharge(std::uint64_t nr) noexcept override { aio_nr_ -= nr; }
  bool may_use_realtime_io() noexcept override { return realtime_io_; }

 private:
  std::uint64_t aio_nr_ = 0;
  std::uint64_t aio_max_nr_;
  const bool realtime_io_;
};

}  // namespace aioemu::sim
