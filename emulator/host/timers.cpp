#include "host/timers.h"

#include "base/check.h"

namespace aioemu::host {

bool Timers::add(Timer& timer, std::uint64_t due) noexcept {
  AIOEMU_CHECK(!timer.set);
  Timer* before = last_;
  while (before != nullptr && before->due > due) before = before->previous;
  timer.set = true;
  timer.due = due;
  timer.previous = before;
  timer.next = before != nullptr ? before->next : first_;
  (timer.next != nullptr ? timer.next->previous : last_) = &timer;
  (before != nullptr ? before->next : first_) = &timer;
  return before == nullptr;
}

void Timers::remove(Timer& timer) noexcept {
  if (!timer.set) return;
  (timer.previous != nullptr ? timer.previous->next : first_) = timer.next;
  (timer.next != nullptr ? timer.next->previous : last_) = timer.previous;
  timer.previous = timer.next = nullptr;
  timer.set = false;
}

Timer* Timers::take_due(std::uint64_t now) noexcept {
  Timer* const timer = first_;
  if (timer == nullptr || timer->due > now) return nullptr;
  remove(*timer);
  return timer;
}

}  // namespace aioemu::host
