// What this machine is like, as far as the emulator imitates it.
#pragma once

namespace aioemu::host {

// C of the sizing and batch rules (K17, K95): how many CPUs this machine could ever have; 1 when
// that cannot be found out. Reads /sys; no allocation.
[[nodiscard]] unsigned possible_cpus() noexcept;

// May the calling thread use the real-time I/O class (K51)?
[[nodiscard]] bool may_use_realtime_io() noexcept;

}  // namespace aioemu::host
