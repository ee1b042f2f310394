// HoldQueue: requests in flight that complete at a moment of their own: those that a plan delays,
// stalls or hangs, and transfers on streams that cannot go on yet.
//
// Pure data, ordered by the moment and, for one moment, by the order of acceptance.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "core/request.h"

namespace aioemu::sim {

class HoldQueue {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  struct Entry {
    std::int64_t due = kNever;
    core::Request* request = nullptr;
    bool waits = false;  // not for a moment: for a change of its file
  };

  void add(core::Request& request, std::int64_t due) { insert({due, &request, false}); }
  // Until its file can take or give more.
  void add_waiting(core::Request& request) { insert({kNever, &request, true}); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

  // kNever when nothing will ever be due.
  [[nodiscard]] std::int64_t next_due() const noexcept {
    return entries_.empty() ? kNever : entries_.front().due;
  }
  // Takes the first one that is due by `now`; null when there is none.
  core::Request* take_due(std::int64_t now);
  // Takes all that wait for their files.
  std::vector<core::Request*> take_waiting();
  // Takes a chosen one: true when it was here.
  bool take(const core::Request& request);
  [[nodiscard]] core::Request* find(std::uint64_t serial) const noexcept;
  // What `which` says yes to comes at `until` at the earliest; what hangs or waits goes on so.
  void postpone(const std::function<bool(const core::Request&)>& which, std::int64_t until);
  void clear() noexcept { entries_.clear(); }

 private:
  void insert(const Entry& entry);

  std::vector<Entry> entries_;
};

}  // namespace aioemu::sim
