// KernelProfile: which kernel is imitated. All version-dependent rules read from here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "abi/user_half.h"

namespace aioemu::core {

// How a waiting io_getevents is woken (D1, K109).
enum class WakeRule : std::uint8_t {
  every_completion,  // 6.1 and older: it drains the ring at each completion
  enough_events,     // 6.12 and newer: it sleeps until the ring holds what it still needs
};

struct KernelRelease {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;
  friend constexpr bool operator<=(const KernelRelease& one, const KernelRelease& other) noexcept {
    return std::tie(one.major, one.minor, one.patch) <=
           std::tie(other.major, other.minor, other.patch);
  }
};

// Immutable once a Kernel uses it.
struct KernelProfile {
  std::string_view name = "linux-6.18";
  KernelRelease first{6, 18, 0};    // it stands for kernels from here up to the next profile's
  std::uint32_t possible_cpus = 2;  // C of the sizing and batch rules (K17, K95)
  std::uint32_t page_size = 4096;
  std::uint64_t aio_max_nr = 65536;  // the initial fs.aio-max-nr
  std::uint32_t rwf_known = 0x1ff;   // RWF bits this kernel knows (K52, D4)
  WakeRule wake_rule = WakeRule::enough_events;
  bool ioprio_hints = true;                  // class 2 and 3 take more than 8 data values (D5)
  bool single_segment_clamped = true;        // K57, D5
  bool timerfd_read_iter = true;             // timerfd and signalfd have iterator methods (D5)
  bool tmpfs_direct = true;                  // tmpfs opens files with O_DIRECT (D5)
  bool memory_devices_nowait = true;         // /dev/null and /dev/zero take RWF_NOWAIT (D5)
  bool ring_crosses_fork = true;             // a fork child has the ring mapped (K138, D8)
  std::uint64_t user_limit = abi::kUserEnd;  // one past the user half of the address space (K55)
};

// The profiles with a name, oldest kernel first. "linux-6.18" is what a KernelProfile is by
// default. scripts/kernel-matrix compares each with the kernel of that name.
[[nodiscard]] std::span<const KernelProfile> profiles() noexcept;
// "linux-6.1" and so on; empty when there is none of that name.
[[nodiscard]] std::optional<KernelProfile> profile_named(std::string_view name) noexcept;
// The one that stands for the kernel of that release, "6.1.176-1" say: what follows the third
// number is not looked at, and a number that is not there is 0. The newest for what is no release
// at all.
[[nodiscard]] const KernelProfile& profile_for_release(std::string_view release) noexcept;

}  // namespace aioemu::core
