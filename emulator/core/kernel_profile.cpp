#include "core/kernel_profile.h"

#include <array>
#include <charconv>

namespace aioemu::core {
namespace {

// RWF bits, by the last one that a kernel knows.
constexpr std::uint32_t kUpToAppend = 0x1f;  // 4.16
constexpr std::uint32_t kUpToAtomic = 0x7f;  // 6.11

// From the oldest on, each says what it changes.
constexpr KernelProfile linux_5_10() {
  KernelProfile profile;
  profile.name = "linux-5.10";
  profile.first = {};
  profile.memory_devices_nowait = false;
  profile.rwf_known = kUpToAppend;
  profile.wake_rule = WakeRule::every_completion;
  profile.ioprio_hints = false;
  profile.single_segment_clamped = false;
  profile.timerfd_read_iter = false;
  profile.tmpfs_direct = false;
  return profile;
}

// The stable updates of 6.1 before hints were taken back into them.
constexpr KernelProfile linux_6_1_176() {
  KernelProfile profile = linux_5_10();
  profile.name = "linux-6.1.176";
  profile.first = {6, 1, 0};
  profile.memory_devices_nowait = true;
  return profile;
}

constexpr KernelProfile linux_6_1() {
  KernelProfile profile = linux_6_1_176();
  profile.name = "linux-6.1";
  profile.first = {6, 1, 177};
  profile.ioprio_hints = true;
  return profile;
}

constexpr KernelProfile linux_6_12() {
  KernelProfile profile;
  profile.name = "linux-6.12";
  profile.first = {6, 12, 0};
  profile.rwf_known = kUpToAtomic;
  return profile;
}

constexpr KernelProfile linux_7_2() {
  KernelProfile profile;
  profile.name = "linux-7.2";
  profile.first = {7, 1, 0};
  profile.ring_crosses_fork = false;
  return profile;
}

constexpr std::array kProfiles{linux_5_10(), linux_6_1_176(), linux_6_1(),
                               linux_6_12(), KernelProfile{}, linux_7_2()};

// The number at the front of `text`, which is taken away with the dot behind it; 0 if there is
// none.
std::uint32_t take_number(std::string_view& text) noexcept {
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.substr(0, 1) != ".") {
    text = {};
  } else {
    text.remove_prefix(1);
  }
  return status == std::errc() ? value : 0;
}

}  // namespace

std::span<const KernelProfile> profiles() noexcept { return kProfiles; }

std::optional<KernelProfile> profile_named(std::string_view name) noexcept {
  for (const KernelProfile& profile : kProfiles) {
    if (profile.name == name) return profile;
  }
  return std::nullopt;
}

const KernelProfile& profile_for_release(std::string_view release) noexcept {
  const std::uint32_t major = take_number(release);
  const std::uint32_t minor = take_number(release);
  const KernelRelease wanted{major, minor, take_number(release)};
  if (major == 0) return kProfiles.back();
  const KernelProfile* found = &kProfiles.front();
  for (const KernelProfile& profile : kProfiles) {
    if (profile.first <= wanted) found = &profile;
  }
  return *found;
}

}  // namespace aioemu::core
