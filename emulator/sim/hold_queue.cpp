#include "sim/hold_queue.h"

#include <algorithm>

namespace aioemu::sim {
namespace {

bool before(const HoldQueue::Entry& one, const HoldQueue::Entry& other) noexcept {
  if (one.due != other.due) return one.due < other.due;
  return one.request->serial < other.request->serial;
}

}  // namespace

void HoldQueue::insert(const Entry& entry) {
  entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry, before), entry);
}

core::Request* HoldQueue::take_due(std::int64_t now) {
  if (entries_.empty() || entries_.front().due > now || entries_.front().due == kNever) {
    return nullptr;
  }
  core::Request* const request = entries_.front().request;
  entries_.erase(entries_.begin());
  return request;
}

std::vector<core::Request*> HoldQueue::take_waiting() {
  std::vector<core::Request*> taken;
  for (const Entry& entry : entries_) {
    if (entry.waits) taken.push_back(entry.request);
  }
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [](const Entry& entry) { return entry.waits; }),
                 entries_.end());
  return taken;
}

bool HoldQueue::take(const core::Request& request) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.request == &request; });
  if (found == entries_.end()) return false;
  entries_.erase(found);
  return true;
}

core::Request* HoldQueue::find(std::uint64_t serial) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.request->serial == serial;
  });
  return found == entries_.end() ? nullptr : found->request;
}

void HoldQueue::postpone(const std::function<bool(const core::Request&)>& which,
                         std::int64_t until) {
  for (Entry& entry : entries_) {
    if (which(*entry.request)) entry.due = std::max(entry.due, until);
  }
  std::sort(entries_.begin(), entries_.end(), before);
}

}  // namespace aioemu::sim
