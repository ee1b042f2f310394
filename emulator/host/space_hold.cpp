// What a Space does about time: requests that are held, eventfds that are late, submits that take
// longer or complete early. hold_queue.h tells the rules.

#include <new>

#include "host/space.h"

namespace aioemu::host {

using fault::CompleteDecision;
using fault::Layer;
using Timing = CompleteDecision::Timing;

namespace {

void sleep_until(std::uint64_t due) noexcept {
  constexpr int kAbsolute = 1;
  const timespec end = timespec_of(due);
  while (raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, kAbsolute, &end, nullptr) == -EINTR) {
  }
}

}  // namespace

// ---- transfers and syncs ----

// Accepted means accepted: what the kernel would refuse at submit is refused now, and what cannot
// be held is done at once.
void Space::hold(Batch& batch, core::Request& request, const ProbedFile& file) noexcept {
  const ProbedFile own = file;
  const bool transfers = request.reads() || request.writes();
  if (const int error = transfers ? refusal_of(request.fd, request) : 0; error != 0) {
    take_back(batch.fault.rule);
    take_back(batch.fault.timing_rule);
    withdraw(request.op);
    forget_note(request);
    kernel_.refuse(batch.submission, request, Errno{error});
    return;
  }
  RequestNote* const about = RequestNotes::of(request);
  telling_.accepted(request, about);
  const abi::Segment* const decoded = request.segments;
  Hold* const record = holds_.make(request, own.device, own.inode);
  if (record == nullptr || !take_over(request, own)) {
    if (record != nullptr) holds_.discard(*record);
    take_back(batch.fault.timing_rule);
    if (batch.fault.kind == CompleteDecision::Kind::error) {
      complete_inline(batch, request, -batch.fault.error);
    } else if (transfers) {
      do_now(batch, request, own, decoded);
    } else {
      sync_inline(batch, request);
    }
    return;
  }
  if (about != nullptr) {
    telling_.fault(request, *about, batch.fault.timing_rule, batch.fault.time);
  }
  telling_.held(request);
  if (batch.fault.timing == Timing::natural) await(batch, *record);
  Outbox outbox;
  holds_.place(*record, batch.fault, about != nullptr ? about->question.identity : batch.call.who,
               outbox);
  note_concern();
  flush(outbox);
}

void Space::await(Batch& batch, Hold& hold) noexcept {
  if (!batch.decision.complete_early) return;
  hold.awaited = &batch.awaited;
  batch.awaited.fetch_add(1, std::memory_order_relaxed);
  ++batch.early;
}

// ---- polls ----

void Space::decide_poll(core::Request& poll) noexcept {
  RequestNote* const about = RequestNotes::of(poll);
  if (about != nullptr && may_fail(poll)) {
    about->decision = seat_.injector->decide(about->question);
  }
}

// A poll that found its file ready (K82).
void Space::start_ready_poll(Batch& batch, core::Request& request, std::int64_t res) noexcept {
  const ProbedFile file = files_.file();
  batch.eventfd_nonblocking = files_.eventfd_nonblocking();
  tally_accepted(request.op);
  request.owner_note = note(batch, request, file);
  telling_.accepted(request, RequestNotes::of(request));
  decide_poll(request);
  if (concerned(request) && take_over_eventfd(request)) {
    Outbox outbox;
    const bool held = hold_poll(request, res, file.device, file.inode, outbox);
    if (!held) complete(request, res, outbox);
    flush(outbox);
    return;
  }
  complete_inline(batch, request, res);
}

// False when that cannot be done. Without an eventfd there is nothing to do.
bool Space::take_over_eventfd(core::Request& request) noexcept {
  if (request.eventfd == core::FileRef::none) return true;
  HeldFile* const eventfd = files_.hold_eventfd(Reference::number(request.eventfd));
  if (eventfd == nullptr) return false;
  Outbox outbox;
  hand_over_owed_ = request_hand_over(*eventfd, outbox);
  flush(outbox);
  if (hand_over_owed_) await_hand_over();
  if (eventfd->fd < 0) {
    worker_.drop(*eventfd, outbox);
    flush(outbox);
    return false;
  }
  request.eventfd = Reference::of_held(*eventfd);
  return true;
}

// False when it is to complete as it would.
bool Space::hold_poll(core::Request& poll, std::int64_t res, std::uint64_t device,
                      std::uint64_t inode, Outbox& outbox) noexcept {
  RequestNote* const about = RequestNotes::of(poll);
  const CompleteDecision decision = about != nullptr ? about->decision : CompleteDecision{};
  if (!holds_.wants_poll(decision, device, inode)) return false;
  Hold* const record = holds_.make(poll, device, inode);
  if (record == nullptr) {
    take_back(decision.timing_rule);
    return false;
  }
  record->decided = true;
  record->result = res;
  fault::Identity identity;
  if (about != nullptr) {
    telling_.fault(poll, *about, decision.timing_rule, decision.time);
    identity = about->question.identity;
  }
  holds_.place(*record, decision, identity, outbox);
  note_concern();
  return true;
}

// ---- the end of an io_submit ----

// With the lock held, which it gives up to wait.
void Space::finish_faults(Batch& batch) noexcept {
  if (batch.decision.complete_early) {
    finish_early(batch);
  } else {
    Outbox outbox;
    holds_.note_submit(outbox);
    flush(outbox);
  }
  if (batch.decision.block == 0) return;
  telling_.fault(batch.call, batch.decision.block_rule, batch.decision.block);
  const std::uint64_t due = monotonic_ns() + batch.decision.block;
  lock_.unlock();
  sleep_until(due);
  AIOEMU_CHECK(lock_.lock());
}

void Space::finish_early(Batch& batch) noexcept {
  if (batch.early == 0) {
    take_back(batch.decision.early_rule);
    return;
  }
  telling_.fault(batch.call, batch.decision.early_rule, batch.early);
  Outbox outbox;
  holds_.release(outbox);
  lock_.unlock();
  outbox.flush();
  while (const std::uint32_t left = batch.awaited.load(std::memory_order_acquire)) {
    futex_wait(batch.awaited, left);
  }
  AIOEMU_CHECK(lock_.lock());
}

// ---- eventfds ----

// True when the signal of a completed request is to come later.
bool Space::signal_late(core::FileRef ref, const core::Request& request, const RequestNote& note,
                        Outbox& outbox) noexcept {
  const fault::OpSet late_ops = seat_.injector->operations_of(Layer::wait);
  if ((late_ops & fault::op_bit(request.op)) == 0) return false;
  const fault::EventfdDecision decision =
      seat_.injector->decide(fault::EventfdSignal{note.question});
  if (decision.rule == fault::kNoRule) return false;
  void* const block = pages_.allocate(sizeof(LateSignal));
  HeldFile* eventfd = Reference::held(ref);
  if (block != nullptr && eventfd == nullptr) {
    eventfd = files_.hold_eventfd(Reference::number(ref));
    if (eventfd != nullptr && request_hand_over(*eventfd, outbox)) hand_over_owed_ = true;
  }
  if (block == nullptr || eventfd == nullptr) {
    pages_.release(block, sizeof(LateSignal));
    take_back(decision.rule);
    return false;
  }
  auto* const late = new (block) LateSignal;
  late->eventfd = eventfd;
  late->record = Telling::signal_of(request, note);
  late->next_late = late_;
  late_ = late;
  telling_.fault(request, note, decision.rule, decision.late);
  worker_.set_timer(*late, monotonic_ns() + decision.late, outbox);
  return true;
}

// With the lock held, which it gives up for that.
void Space::await_hand_over() noexcept {
  hand_over_owed_ = false;
  const std::uint32_t point = worker_.posted();
  lock_.unlock();
  worker_.wait_for(point);
  AIOEMU_CHECK(lock_.lock());
}

void Space::signal_now(LateSignal& late, Outbox& outbox) noexcept {
  LateSignal** link = &late_;
  while (*link != &late) link = &(*link)->next_late;
  *link = late.next_late;
  telling_.signalled_late(late.record);
  worker_.signal(*late.eventfd, outbox);
  pages_.release(&late, sizeof(LateSignal));
}

// ---- time ----

void Space::time_has_come(Timer& timer, Outbox& outbox) noexcept {
  if (timer.kind == Timer::Kind::eventfd) {
    signal_now(static_cast<LateSignal&>(timer), outbox);
  } else if (timer.kind == Timer::Kind::data) {
    show_data(static_cast<LateData&>(timer));
  } else {
    holds_.time_has_come(timer, outbox);
    note_concern();
  }
}

// Nothing is to wait for a time any more.
void Space::hurry() noexcept {
  Outbox outbox;
  {
    const LockScope lock(lock_);
    holds_.hurry(outbox);
    signal_late_ones(outbox);
    note_concern();
  }
  outbox.flush();
}

// For the end of a Runtime: nobody will ever see those events, and the buffers may be gone.
void Space::give_up_held() noexcept {
  Outbox outbox;
  {
    const LockScope lock(lock_);
    while (Hold* const hold = holds_.oldest_waiting()) {
      core::Request& request = *hold->request;
      forget_note(request);
      if (HeldFile* const eventfd = Reference::held(request.eventfd)) {
        worker_.drop(*eventfd, outbox);
      }
      request.eventfd = core::FileRef::none;
      complete(request, -EINTR, outbox);
    }
    signal_late_ones(outbox);
  }
  outbox.flush();
}

void Space::signal_late_ones(Outbox& outbox) noexcept {
  while (late_ != nullptr) {
    worker_.clear_timer(*late_);
    signal_now(*late_, outbox);
  }
}

}  // namespace aioemu::host
