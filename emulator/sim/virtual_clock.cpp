#include "sim/virtual_clock.h"

#include <algorithm>

namespace aioemu::sim {

void VirtualClock::schedule(Timer& timer, std::int64_t due) {
  const auto place =
      std::upper_bound(entries_.begin(), entries_.end(), due,
                       [](std::int64_t moment, const Entry& entry) { return moment < entry.due; });
  entries_.insert(place, {due, &timer});
}

void VirtualClock::cancel(Timer& timer) noexcept {
  const auto is_it = [&](const Entry& entry) { return entry.timer == &timer; };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_it), entries_.end());
}

std::optional<std::int64_t> VirtualClock::next_due() const noexcept {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().due;
}

void VirtualClock::advance_to(std::int64_t moment) {
  while (!entries_.empty() && entries_.front().due <= moment) {
    const Entry entry = entries_.front();
    entries_.erase(entries_.begin());
    now_ = std::max(now_, entry.due);
    entry.timer->expired();
  }
  now_ = std::max(now_, moment);
}

}  // namespace aioemu::sim
