#include "core/kernel_profile.h"

#include <array>

namespace aioemu::core {
namespace {

constexpr KernelProfile linux_6_1() {
  KernelProfile profile;
  profile.name = "linux-6.1";
  profile.rwf_known = 0x1f;  // up to RWF_APPEND
  profile.wake_rule = WakeRule::every_completion;
  profile.ioprio_hints = false;
  profile.single_segment_clamped = false;
  profile.timerfd_read_iter = false;
  return profile;
}

constexpr std::array kProfiles{linux_6_1(), KernelProfile{}};

}  // namespace

std::span<const KernelProfile> profiles() noexcept { return kProfiles; }

std::optional<KernelProfile> profile_named(std::string_view name) noexcept {
  for (const KernelProfile& profile : kProfiles) {
    if (profile.name == name) return profile;
  }
  return std::nullopt;
}

}  // namespace aioemu::core
