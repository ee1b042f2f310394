#include "host/hold_queue.h"

#include <algorithm>
#include <new>

#include "host/syscalls.h"

namespace aioemu::host {

using fault::CompleteDecision;
using State = Hold::State;
using Timing = CompleteDecision::Timing;

namespace {

constexpr int kAll = 0x7fffffff;

// Times that nobody lives to see stay what they are.
std::uint64_t later(std::uint64_t now, std::uint64_t time) noexcept {
  return now + std::min(time, kNever - 1 - now);
}

}  // namespace

bool HoldQueue::wants(const CompleteDecision& decision, const ProbedFile& file) const noexcept {
  if (!file.seekable) return false;
  return order_.holds() || wants_poll(decision, file.device, file.inode);
}

bool HoldQueue::wants_poll(const CompleteDecision& decision, std::uint64_t device,
                           std::uint64_t inode) const noexcept {
  return decision.timing != Timing::natural || stall_of(device, inode) != nullptr;
}

// ---- records ----

Hold* HoldQueue::make(core::Request& request, std::uint64_t device, std::uint64_t inode) noexcept {
  void* const block = pages_.allocate(sizeof(Hold));
  if (block == nullptr) return nullptr;
  auto* const hold = new (block) Hold;
  hold->request = &request;
  hold->device = device;
  hold->inode = inode;
  request.owner_data = hold;
  all_.push(*hold);
  return hold;
}

void HoldQueue::discard(Hold& hold) noexcept {
  all_.remove(hold);
  hold.request->owner_data = nullptr;
  pages_.release(&hold, sizeof(Hold));
}

void HoldQueue::place(Hold& hold, const CompleteDecision& decision, const fault::Identity& identity,
                      Outbox& outbox) noexcept {
  if (decision.kind == CompleteDecision::Kind::error) {
    hold.decided = true;
    hold.result = -decision.error;
  }
  const std::uint64_t now = monotonic_ns();
  switch (decision.timing) {
    case Timing::hang:
      hold.state = State::hung;
      return;
    case Timing::delay:
      wait_until(hold, later(now, decision.time), outbox);
      return;
    case Timing::stall:
      wait_until(hold, start_stall(hold, later(now, decision.time), outbox), outbox);
      return;
    case Timing::natural:
      break;
  }
  if (const Stall* const stall = stall_of(hold.device, hold.inode)) {
    wait_until(hold, stall->due, outbox);
    return;
  }
  // The stall may have ended meanwhile.
  if (!order_.holds()) {
    let_go(hold, outbox);
    return;
  }
  hold.state = State::pooled;
  hold.priority = order_.priority_of(identity);
  pool_.push(hold);
}

void HoldQueue::gone(core::Request& request, Outbox& outbox) noexcept {
  Hold& hold = *Hold::of(request);
  const bool was_started = hold.state == State::started;
  if (hold.waits()) withdraw(hold, outbox);
  release_awaiting(hold, outbox);
  discard(hold);
  if (!was_started) return;
  line_moves_ = false;
  leave_line(outbox);
  start_next(outbox);
}

void HoldQueue::release_awaiting(Hold& hold, Outbox& outbox) noexcept {
  if (hold.awaited == nullptr) return;
  hold.awaited->fetch_sub(1, std::memory_order_release);
  outbox.wake(*hold.awaited, kAll);
  hold.awaited = nullptr;
}

void HoldQueue::leave_line(Outbox& outbox) noexcept {
  if (in_line_.fetch_sub(1, std::memory_order_release) == 1) outbox.wake(in_line_, kAll);
}

void HoldQueue::withdraw(Hold& hold, Outbox& outbox) noexcept {
  worker_.clear_timer(hold);
  if (hold.state == State::pooled) pool_.remove(hold);
  if (hold.state == State::queued) {
    line_.remove(hold);
    leave_line(outbox);
  }
  hold.state = State::carried;
}

Hold* HoldQueue::find(const core::Context* context, core::UserAddress iocb) noexcept {
  for (Hold* hold = all_.first(); hold != nullptr; hold = hold->next_hold) {
    const core::Request& request = *hold->request;
    const bool poll = request.op == abi::Opcode::poll;
    if (!poll && request.context == context && request.obj == iocb) return hold;
  }
  return nullptr;
}

Hold* HoldQueue::oldest_waiting() noexcept {
  Hold* hold = all_.first();
  while (hold != nullptr && !hold->waits()) hold = hold->next_hold;
  return hold;
}

// ---- time ----

// No submit waits for a time.
void HoldQueue::wait_until(Hold& hold, std::uint64_t due, Outbox& outbox) noexcept {
  release_awaiting(hold, outbox);
  hold.state = State::timed;
  worker_.set_timer(hold, due, outbox);
}

void HoldQueue::time_has_come(Timer& timer, Outbox& outbox) noexcept {
  if (timer.kind == Timer::Kind::stall) {
    end_stall(static_cast<Stall&>(timer));
  } else if (timer.kind == Timer::Kind::request) {
    auto& hold = static_cast<Hold&>(timer);
    const Stall* const stall = stall_of(hold.device, hold.inode);
    if (stall != nullptr) {
      wait_until(hold, stall->due, outbox);
    } else {
      let_go(hold, outbox);
    }
  } else if (const std::uint64_t now = monotonic_ns(); now < patience_ends_) {
    worker_.set_timer(patience_, patience_ends_, outbox);
  } else {
    release(outbox);
  }
}

void HoldQueue::let_go(Hold& hold, Outbox& outbox) noexcept {
  hold.state = State::queued;
  line_.push(hold);
  in_line_.fetch_add(1, std::memory_order_relaxed);
  start_next(outbox);
}

void HoldQueue::start_next(Outbox& outbox) noexcept {
  Hold* const hold = line_.first();
  if (hold == nullptr || line_moves_) return;
  line_.remove(*hold);
  hold->state = State::started;
  line_moves_ = true;
  worker_.carry(*hold->request, outbox);
}

// ---- stalls ----

HoldQueue::Stall* HoldQueue::stall_of(std::uint64_t device, std::uint64_t inode) const noexcept {
  Stall* stall = stalls_;
  while (stall != nullptr && (stall->device != device || stall->inode != inode)) {
    stall = stall->next_stall;
  }
  return stall;
}

// When it ends: a stall that is there already may last longer. Without memory it concerns this
// request alone.
std::uint64_t HoldQueue::start_stall(const Hold& hold, std::uint64_t end, Outbox& outbox) noexcept {
  Stall* stall = stall_of(hold.device, hold.inode);
  if (stall == nullptr) {
    void* const block = pages_.allocate(sizeof(Stall));
    if (block == nullptr) return end;
    stall = new (block) Stall;
    stall->device = hold.device;
    stall->inode = hold.inode;
    stall->next_stall = stalls_;
    stalls_ = stall;
  } else if (stall->due >= end) {
    return stall->due;
  }
  worker_.clear_timer(*stall);
  worker_.set_timer(*stall, end, outbox);
  return end;
}

void HoldQueue::end_stall(Stall& stall) noexcept {
  Stall** link = &stalls_;
  while (*link != &stall) link = &(*link)->next_stall;
  *link = stall.next_stall;
  pages_.release(&stall, sizeof(Stall));
}

// ---- order ----

void HoldQueue::note_submit(Outbox& outbox) noexcept {
  if (pool_.empty()) return;
  patience_ends_ = monotonic_ns() + kPatience;
  if (!patience_.set) worker_.set_timer(patience_, patience_ends_, outbox);
}

void HoldQueue::release(Outbox& outbox) noexcept {
  HoldList released;
  order_.release(pool_, released);
  while (Hold* const hold = released.first()) {
    released.remove(*hold);
    const Stall* const stall = stall_of(hold->device, hold->inode);
    if (stall != nullptr) {
      wait_until(*hold, stall->due, outbox);
    } else {
      let_go(*hold, outbox);
    }
  }
}

void HoldQueue::wait_for_line() noexcept {
  for (;;) {
    const std::uint32_t left = in_line_.load(std::memory_order_acquire);
    if (left == 0) return;
    futex_wait(in_line_, left);
  }
}

void HoldQueue::hurry(Outbox& outbox) noexcept {
  while (stalls_ != nullptr) {
    worker_.clear_timer(*stalls_);
    end_stall(*stalls_);
  }
  release(outbox);
  for (Hold* hold = all_.first(); hold != nullptr;) {
    Hold* const next = hold->next_hold;
    if (hold->state == State::timed) {
      worker_.clear_timer(*hold);
      let_go(*hold, outbox);
    }
    hold = next;
  }
}

}  // namespace aioemu::host
