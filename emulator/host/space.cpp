#include "host/space.h"

#include <new>

#include "core/context.h"
#include "memory/block_pool.h"
#include "memory/fault_guard.h"

namespace aioemu::host {
using fault::CompleteDecision;
using fault::Layer;

namespace {

constexpr int kAll = 0x7fffffff;

}  // namespace

Space::Space(const core::KernelProfile& profile, const Seat& seat) noexcept
    : seat_(seat),
      kernel_(profile, core::Ports{memory_, files_, pages_, *seat.system}),
      holds_(pages_, worker_, seat.order, seat.seed),
      identities_(pages_, seat.process),
      telling_(seat, seat.injector != nullptr ? *seat.injector : no_faults_, memory_),
      views_(pages_, seat.injector != nullptr ? *seat.injector : no_faults_),
      medium_(seat.injector != nullptr ? *seat.injector : no_faults_, memory_, seat.sector) {
  if (seat_.counters == nullptr) seat_.counters = &own_counters_;
  if (seat_.injector == nullptr) seat_.injector = &no_faults_;
  noted_ops_ = telling_.observed() ? fault::kAllOps : holds_.concerned();
  for (std::size_t layer = 0; layer < fault::kLayers; ++layer) {
    ruled_ops_ |= seat_.injector->operations_of(static_cast<Layer>(layer));
  }
  noted_ops_ |= ruled_ops_;
  note_concern();
  telling_.began();
}

Space* Space::create(const core::KernelProfile& profile, const Seat& seat) noexcept {
  // Before the first call: a handle may be a bad pointer too.
  if (!memory::install_fault_guard()) return nullptr;
  void* const block = memory::map_pages(sizeof(Space));
  return block == nullptr ? nullptr : new (block) Space(profile, seat);
}

void Space::destroy(Space* space) noexcept {
  space->say_goodbye();
  space->give_up_held();
  while (const core::UserAddress ctx = space->kernel_.first_context()) {
    if (space->destroy_context(ctx) != 0) break;
  }
  space->worker_.stop();
  space->drop_data();
  space->notes_.release_all();
  space->views_.release_all();
  space->~Space();
  memory::unmap_pages(space, sizeof(Space));
}

// ---- io_setup ----

long Space::setup(std::uint32_t nr_events, core::UserAddress ctxp) noexcept {
  // The program may have put a handler of its own in front of ours since.
  if (!memory::install_fault_guard()) return -ENOMEM;
  if (!lock_.lock()) return reentered(-EAGAIN);
  Counters::bump(seat_.counters->setups);
  const CallNote call = telling_.attentive() ? telling_.call() : CallNote{};
  const long result = set_up(call, nr_events, ctxp);
  lock_.unlock();
  if (result != 0 || worker_.running()) return result;
  if (worker_.start()) {
    const LockScope lock(lock_);
    files_.set_worker_tid(worker_.tid());
    return 0;
  }
  // K5: no thread is as good as no memory.
  core::UserAddress handle = 0;
  static_cast<void>(memory_.read(&handle, ctxp, sizeof handle));
  destroy_context(handle);
  handle = 0;
  static_cast<void>(memory_.write(ctxp, &handle, sizeof handle));
  return -ENOMEM;
}

// With the lock held.
long Space::set_up(CallNote call, std::uint32_t nr_events, core::UserAddress ctxp) noexcept {
  if (!telling_.attentive()) return kernel_.setup(nr_events, ctxp);
  call.who = identities_.next_setup();
  const int error = fault_of_setup(call, nr_events, ctxp);
  const long result = error != 0 ? -error : kernel_.setup(nr_events, ctxp);
  core::UserAddress handle = 0;
  if (result == 0 && memory_.read(&handle, ctxp, sizeof handle)) {
    identities_.enrol(kernel_.context_at(handle));
  }
  telling_.setup(call, nr_events, result);
  return result;
}

// ---- io_cancel ----

// K127: the event comes through a worker. It also looks whether the file has become ready without
// our knowing yet: then the poll has fired, and there is nothing to cancel (K129).
long Space::cancel(core::UserAddress ctx, core::UserAddress iocb) noexcept {
  if (!lock_.lock()) return reentered(-EAGAIN);
  Counters::bump(seat_.counters->cancels);
  Cancelling cancelling;
  if (seat_.injector->acts_on(Layer::cancel)) {
    decide_cancel(cancelling, ctx, iocb);
    if (cancel_differs(cancelling)) return cancel_as_decided(cancelling);
    take_back(cancelling.decision.rule);
    cancelling.decision.rule = fault::kNoRule;
  }
  const core::CancelOutcome outcome = kernel_.cancel(ctx, iocb);
  if (outcome.request == nullptr) {
    lock_.unlock();
    return outcome.result;
  }
  if (telling_.attentive()) note_cancel(cancelling, *outcome.request, outcome.result);
  return cancel_by_worker(*outcome.request, 0, outcome.result);
}

// With the lock held; without it on return.
long Space::cancel_by_worker(core::Request& request, std::int64_t res, long result) noexcept {
  Outbox outbox;
  CancelJob job{&request, res};
  worker_.cancel(job, outbox);
  const std::uint32_t point = worker_.posted();
  lock_.unlock();
  outbox.flush();
  worker_.wait_for(point);
  return job.fired ? -EINVAL : result;
}

void Space::note_cancel(Cancelling& cancelling, const core::Request& request,
                        long result) noexcept {
  if (cancelling.request == nullptr) {
    cancelling.call = telling_.call();
    cancelling.call.who = identities_.next(request.context, Counted::cancel);
  }
  telling_.cancel(cancelling.call, request, result, cancelling.decision.rule);
}

// ---- io_destroy ----

// K132: not interruptible.
long Space::destroy_context(core::UserAddress ctx) noexcept {
  if (!lock_.lock()) return reentered(-EAGAIN);
  Counters::bump(seat_.counters->destroys);
  const core::DestroyStart start = kernel_.destroy_begin(ctx);
  if (start.context == nullptr) {
    lock_.unlock();
    return start.result;
  }
  const CallNote call = note_destroy(*start.context);
  Outbox outbox;
  wake(start.woken, outbox);
  // The program waits for what its order holds back.
  holds_.release(outbox);
  ++destroyers_;
  for (;;) {
    while (core::Request* const poll = kernel_.destroy_next_poll(*start.context)) {
      complete(*poll, 0, outbox);
    }
    const std::uint32_t before = drained_.load(std::memory_order_relaxed);
    if (kernel_.destroy_finish(*start.context)) break;
    lock_.unlock();
    outbox.flush();
    futex_wait(drained_, before);
    AIOEMU_CHECK(lock_.lock());
  }
  --destroyers_;
  telling_.destroyed(call, start.result);
  const std::uint32_t point = worker_.posted();
  lock_.unlock();
  outbox.flush();
  // K133: the eventfds of cancelled polls have been signalled.
  if (worker_.running()) worker_.wait_for(point);
  return start.result;
}

CallNote Space::note_destroy(const core::Context& context) noexcept {
  if (!telling_.attentive()) return {};
  CallNote call = telling_.call();
  call.who = identities_.of(&context);
  identities_.forget(&context);
  telling_.destroy(call, context);
  return call;
}

void Space::note_drained(Outbox& outbox) noexcept {
  drained_.fetch_add(1, std::memory_order_relaxed);
  if (destroyers_ != 0) outbox.wake(drained_, kAll);
}

void Space::finish_transfers() noexcept {
  if (lock_.held_by_this_thread()) return;
  hurry();
  worker_.wait_for_carriers();
  if (worker_.running()) worker_.wait_for(worker_point());
}

std::uint32_t Space::worker_point() noexcept {
  const LockScope lock(lock_);
  return worker_.posted();
}

void Space::finish_all() noexcept {
  if (lock_.held_by_this_thread() || !worker_.running()) return;
  hurry();
  worker_.wait_for_carriers();
  Outbox outbox;
  std::uint32_t point = 0;
  {
    const LockScope lock(lock_);
    for (HeldFile* file = held_.first(); file != nullptr; file = file->next) {
      signal_polls(*file, outbox);
    }
    point = worker_.posted();
  }
  outbox.flush();
  worker_.wait_for(point);
}

void Space::say_goodbye() noexcept {
  if (!telling_.observed() || lock_.held_by_this_thread()) return;
  const LockScope lock(lock_);
  kernel_.for_each_context(
      [this](const core::Context& context) { telling_.left(context, identities_.of(&context)); });
  telling_.ended();
}

// Each at most once, should the process live on.
void Space::signal_polls(HeldFile& file, Outbox& outbox) noexcept {
  for (core::Request* poll = file.queue.newest(); poll != nullptr; poll = poll->queue_next) {
    HeldFile* const eventfd = Reference::held(poll->eventfd);
    if (eventfd == nullptr) continue;
    poll->eventfd = core::FileRef::none;
    worker_.signal(*eventfd, outbox);
  }
}

// ---- completions ----

void Space::release_files(const core::Completion& completion, Outbox& outbox,
                          bool eventfd_nonblocking) noexcept {
  if (HeldFile* const file = Reference::held(completion.file)) worker_.drop(*file, outbox);
  if (completion.eventfd == core::FileRef::none) return;
  if (HeldFile* const eventfd = Reference::held(completion.eventfd)) {
    worker_.signal(*eventfd, outbox);
  } else {
    outbox.signal(Reference::number(completion.eventfd), eventfd_nonblocking);
  }
}

void Space::wake(core::Wait* woken, Outbox& outbox) noexcept {
  while (woken != nullptr) {
    auto& sleeper = static_cast<Sleeper&>(*woken);
    woken = woken->next_woken;
    sleeper.word.store(1, std::memory_order_release);
    if (sleeper.bell != nullptr) {
      held_.reference(*sleeper.bell);
      worker_.signal(*sleeper.bell, outbox);
    }
    outbox.wake(sleeper.word, 1);
  }
}

void Space::settle_noted(core::Completion completion, Outbox& outbox,
                         bool eventfd_nonblocking) noexcept {
  if (RequestNote* const note = RequestNotes::of(*completion.request)) {
    conclude(completion, *note, outbox);
  }
  settle(completion, outbox, eventfd_nonblocking);
}

// What follows from a completion, as far as somebody looks on.
void Space::conclude(core::Completion& completion, RequestNote& note, Outbox& outbox) noexcept {
  const core::Request& request = *completion.request;
  const CompleteDecision& fault = note.decision;
  telling_.accepted(request, &note);
  if (fault.kind == CompleteDecision::Kind::error) {
    telling_.fault(request, note, fault.rule, static_cast<std::uint64_t>(fault.error));
  } else if (fault.kind == CompleteDecision::Kind::short_count) {
    telling_.fault(request, note, fault.rule, fault.bytes);
  }
  telling_.fault(request, note, note.medium_rule, note.medium_amount);
  int rule = fault.rule;
  if (rule == fault::kNoRule) rule = note.medium_rule;
  if (rule == fault::kNoRule) rule = note.culprit;
  telling_.completed(request, note, completion.res, rule);
  if (completion.eventfd != core::FileRef::none) {
    if (signal_late(completion.eventfd, request, note, outbox)) {
      completion.eventfd = core::FileRef::none;
    } else {
      telling_.signalled(request, note);
    }
  }
  notes_.give(note);
}

void Space::complete(core::Request& request, std::int64_t res, Outbox& outbox) noexcept {
  tally_completed(request, res);
  if (RequestNote* const note = RequestNotes::of(request)) {
    take_back_unless_short(note->decision, res);
  }
  free_segments(request);
  if (Hold::of(request) != nullptr) holds_.gone(request, outbox);
  finish(request, res, outbox, false);
}

void Space::wake_polls(HeldFile& file, core::PollWake wake, Outbox& outbox) noexcept {
  for (;;) {
    const core::DuePoll due = kernel_.poll_due(file.queue, wake);
    if (due.request == nullptr) return;
    core::Request& poll = *due.request;
    if (concerned(poll) && hold_poll(poll, due.res, file.device, file.inode, outbox)) continue;
    complete(poll, due.res, outbox);
  }
}

// A poll whose file could not be held is called ready rather than never.
void Space::fire_nowhere(Outbox& outbox) noexcept {
  int completed = 0;
  const core::Completion completion = kernel_.poll_wake(files_.nowhere(), {0, 0xffff}, completed);
  if (completed != 0) settle_noted(completion, outbox, false);
}

// ---- counting ----

// An accepted element that is decoded again or refused after all.
void Space::withdraw(abi::Opcode op) noexcept {
  Counters::subtract(seat_.counters->accepted[static_cast<std::size_t>(op)]);
}

long Space::reentered(long result) noexcept {
  Counters::add(seat_.counters->reentered);
  return result;
}

}  // namespace aioemu::host
