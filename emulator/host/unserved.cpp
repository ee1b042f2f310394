#include "host/unserved.h"

#include <algorithm>

namespace aioemu::host {

void Unserved::note_trap_refused(int error) noexcept {
  trap_errno.store(static_cast<std::uint64_t>(error), std::memory_order_relaxed);
  Counters::add(trap_refused);
}

void Unserved::note_stranger(std::int32_t pid, const char* path) noexcept {
  const std::uint64_t place = strangers.fetch_add(1, std::memory_order_relaxed);
  if (place >= list.size()) return;
  Stranger& stranger = list[place];
  for (std::size_t i = 0; i + 1 < stranger.path.size() && path[i] != '\0'; ++i) {
    stranger.path[i].store(path[i], std::memory_order_relaxed);
  }
  stranger.pid.store(pid, std::memory_order_release);
}

void Unserved::note_killed(std::int32_t pid) noexcept {
  Counters::add(killed);
  // The newest: process ids are used again.
  const std::span<const Stranger> all = known();
  for (std::size_t i = all.size(); i-- > 0;) {
    if (list[i].pid.load(std::memory_order_acquire) != pid) continue;
    list[i].dead.store(1, std::memory_order_relaxed);
    return;
  }
}

std::span<const Stranger> Unserved::known() const noexcept {
  return std::span(list).first(std::min<std::size_t>(Counters::value(strangers), list.size()));
}

}  // namespace aioemu::host
