// io_submit in a real process.

#include <algorithm>
#include <array>

#include "base/prng.h"
#include "core/context.h"
#include "host/space.h"
#include "observe/question.h"

namespace aioemu::host {

using core::Step;
using fault::CompleteDecision;
using fault::Layer;

namespace {

// Calls in a row by one thread, after which nobody else is expected.
constexpr std::uint32_t kLongStreak = 64;
// Bytes that may be copied with the lock held, then.
constexpr std::uint64_t kLittle = 65536;

}  // namespace

long Space::submit(core::UserAddress ctx, std::int64_t nr, core::UserAddress iocbs,
                   Count* calls) noexcept {
  if (!enter(calls)) return reentered(-EAGAIN);
  Counters::bump(seat_.counters->submits);
  Batch batch;
  batch.alone = streak_ >= kLongStreak;
  kernel_.submit_begin(batch.submission, ctx, nr, iocbs);
  if (telling_.attentive()) begin_noted(batch, nr);
  while (run_element(batch)) {
  }
  if (batch.noted) finish_faults(batch);
  Outbox outbox;
  const core::WaitStatus status = kernel_.submit_end(batch.submission);
  if (status.drained) note_drained(outbox);
  if (batch.noted) end_noted(batch, status.result);
  lock_.unlock();
  if (!outbox.empty()) outbox.flush();
  batch.interruption.release();
  return status.result;
}

// False when the batch is over.
bool Space::run_element(Batch& batch) noexcept {
  core::Submission& submission = batch.submission;
  // A fault may only meet a request that is really accepted.
  files_.begin_element(submission.iocb, batch.truthful, ruled_ops_ | concerned_ops_);
  submission.hands_out_ready_polls = ((noted_ops_ | concerned_ops_) & fault::kPollOps) != 0;
  batch.truthful = false;
  const Step step = kernel_.submit_next(submission, segments_);
  switch (step.kind) {
    case Step::Kind::finished:
      if (submission.error == 0 || !files_.assumed()) return false;
      kernel_.retry_rejected(submission);
      batch.truthful = true;
      return true;
    case Step::Kind::transfer:
      start_transfer(batch, *step.request);
      return true;
    case Step::Kind::sync:
      start_sync(batch, *step.request);
      return true;
    case Step::Kind::poll:
      start_poll(batch, *step.request);
      return true;
    case Step::Kind::ready:
      start_ready_poll(batch, *step.request, step.completion.res);
      return true;
    case Step::Kind::completed:
      break;
  }
  tally_accepted(abi::Opcode::poll);
  Counters::bump(seat_.counters->completed[static_cast<std::size_t>(abi::Opcode::poll)]);
  Outbox outbox;
  settle(step.completion, outbox, files_.eventfd_nonblocking());
  flush(outbox);
  return true;
}

void Space::flush(Outbox& outbox) noexcept {
  if (outbox.empty()) return;
  lock_.unlock();
  outbox.flush();
  AIOEMU_CHECK(lock_.lock());
}

// ---- what faults and records are about ----

// Only a batch whose context is valid and that is not empty.
void Space::begin_noted(Batch& batch, std::int64_t nr) noexcept {
  batch.call = telling_.call();
  if (batch.submission.over || nr <= 0) return;
  batch.call.who = identities_.next(batch.submission.context, Counted::submit);
  batch.nr = nr;
  batch.noted = true;
  telling_.submit(batch.call, nr);
  if (seat_.injector->acts_on(Layer::submit)) decide_submit(batch);
}

void Space::end_noted(const Batch& batch, long result) noexcept {
  telling_.submitted(batch.call, batch.submission, batch.nr, result, batch.decision.rule);
}

void Space::decide_submit(Batch& batch) noexcept {
  core::Submission& submission = batch.submission;
  const auto nr = static_cast<std::uint64_t>(submission.nr);
  const std::uint64_t inflight = submission.context->in_flight();
  batch.decision = seat_.injector->decide(
      fault::SubmitCall{batch.call.who, nr, telling_.moment(batch.call, inflight)});
  if (batch.decision.error != 0) {
    submission.over = true;
    submission.error = batch.decision.error;
    telling_.fault(batch.call, batch.decision.rule,
                   static_cast<std::uint64_t>(batch.decision.error));
  } else if (batch.decision.accept < nr) {
    submission.nr = static_cast<std::int64_t>(batch.decision.accept);
    telling_.fault(batch.call, batch.decision.rule, batch.decision.accept);
  }
}

// Null when nobody wants to know about such requests.
RequestNote* Space::note(Batch& batch, const core::Request& request,
                         const ProbedFile& file) noexcept {
  if ((noted_ops_ & fault::op_bit(request.op)) == 0) return nullptr;
  RequestNote* const made = notes_.take();
  if (made == nullptr) return nullptr;
  batch.call.who.index = static_cast<std::uint64_t>(batch.submission.accepted) - 1;
  fault::AcceptedRequest& question = made->question;
  question = observe::question_about(request, batch.call.who,
                                     static_cast<std::uint64_t>(batch.submission.nr));
  question.nowait = file.nonblocking || question.nowait;
  question.stream = !file.seekable;
  question.direct = file.direct;
  if ((batch.submission.iocb.flags & abi::kFlagIoprio) != 0) {
    question.flags |= fault::kRequestFlagIoprio;
  }
  const bool named = seat_.injector->wants_paths() && views_.look(request.fd, file, made->view);
  question.file = named ? &made->view : nullptr;
  // The others: this one has its slot already.
  const bool done = request.state == core::RequestState::free;
  question.at = telling_.moment(batch.call, request.context->in_flight() - (done ? 0U : 1U));
  made->file = Prng::mix(Prng::mix(file.device) ^ file.inode);
  made->caller = batch.call.caller;
  return made;
}

void Space::forget_note(core::Request& request) noexcept {
  RequestNote* const about = RequestNotes::of(request);
  request.owner_note = nullptr;
  if (about == nullptr) return;
  if (about->before != nullptr) discard_hidden(*about);
  notes_.give(*about);
}

// ---- transfers ----

void Space::start_transfer(Batch& batch, core::Request& request) noexcept {
  const ProbedFile& file = files_.file();
  const bool assumed = files_.assumed();
  batch.eventfd_nonblocking = files_.eventfd_nonblocking();
  batch.trusted = files_.trusted();
  tally_accepted(request.op);
  request.owner_note = note(batch, request, file);
  if (request.owner_note != nullptr) prepare_hiding(request);
  // Others may have to be taken back yet.
  if (file.asynchronous || !file.seekable) {
    telling_.accepted(request, RequestNotes::of(request));
  }
  if (concerned(request) && intervene(batch, request, file)) return;
  if (file.asynchronous) {
    start_direct(batch, request, file);
    return;
  }
  if (request.segment_count > core::kInlineSegments) {
    transfer_many(batch, request, file, assumed);
  } else {
    transfer_here(batch, request, file, assumed);
  }
}

// K74. What cannot be handed over is done at once.
void Space::start_direct(Batch& batch, core::Request& request, const ProbedFile& file) noexcept {
  const ProbedFile own = file;
  const abi::Segment* const decoded = request.segments;
  if (!delegate(batch, request, own)) do_now(batch, request, own, decoded);
}

// `decoded` is where its segments were before somebody tried to keep them.
void Space::do_now(Batch& batch, core::Request& request, const ProbedFile& file,
                   const abi::Segment* decoded) noexcept {
  if (request.segment_count <= core::kInlineSegments) {
    transfer_here(batch, request, file, false);
    return;
  }
  abi::Segment* const kept = request.segments != decoded ? request.segments : nullptr;
  const std::size_t bytes = request.segment_count * sizeof(abi::Segment);
  transfer_many(batch, request, file, false);
  pages_.release(kept, bytes);
}

bool Space::may_fail(const core::Request& request) const noexcept {
  return (seat_.injector->operations_of(Layer::complete) & fault::op_bit(request.op)) != 0;
}

// True when a fault has dealt with the request: failed it, or holds it.
bool Space::intervene(Batch& batch, core::Request& request, const ProbedFile& file) noexcept {
  RequestNote* const about = RequestNotes::of(request);
  batch.fault = {};
  if (about != nullptr && may_fail(request)) {
    batch.fault = about->decision = seat_.injector->decide(about->question);
  }
  if (batch.fault.kind == CompleteDecision::Kind::short_count) {
    cut_short(request, batch.fault.bytes);
  }
  if (holds_.wants(batch.fault, file)) {
    hold(batch, request, file);
    return true;
  }
  take_back(batch.fault.timing_rule);
  if (batch.fault.kind != CompleteDecision::Kind::error) return false;
  complete_inline(batch, request, -batch.fault.error);
  return true;
}

// The decoder's buffer is shared with the next element of any thread, so a long vector moves away
// first: to the stack, or, since the thread may have been given no more than 16 KiB of that, to
// memory of ours.
void Space::transfer_many(Batch& batch, core::Request& request, const ProbedFile& file,
                          bool assumed) noexcept {
  constexpr std::uint32_t kFew = 64;
  std::array<abi::Segment, kFew> few;
  abi::Segment* own = few.data();
  const std::size_t bytes = request.segment_count * sizeof(abi::Segment);
  void* const block = request.segment_count > kFew ? pages_.allocate(bytes) : nullptr;
  if (request.segment_count > kFew) {
    if (block == nullptr) {
      withdraw(request.op);
      forget_note(request);
      kernel_.refuse(batch.submission, request, Errno{ENOMEM});
      return;
    }
    own = static_cast<abi::Segment*>(block);
  }
  std::copy_n(request.segments, request.segment_count, own);
  request.segments = own;
  transfer_here(batch, request, file, assumed);
  pages_.release(block, bytes);
}

// What one element has shown about a descriptor holds for the rest of its batch: only a race could
// change it, and a race may end either way.
Space::Carried Space::carry_out(Batch& batch, core::Request& request, const ProbedFile& file,
                                bool assumed) noexcept {
  Carried carried;
  if (!file.seekable) {
    carried.res = transfer_on_stream(request.fd, file, request, batch.interruption);
    return carried;
  }
  if (batch.interruption.happened()) {
    cut_short(request, most_when_signalled(request));
  }
  int& verified = request.reads() ? batch.read_fd : batch.write_fd;
  do {
    const bool simply = batch.trusted || verified == request.fd;
    carried.res = transfer_bytes(request.fd, request, simply);
    if (carried.res > 0 && !simply) verified = request.fd;
    if (carried.res == -EFBIG) batch.interruption.file_too_large();
    if (carried.res >= 0 || assumed) return carried;
    carried.verdict = judge(request.fd, request, carried.res);
  } while (carried.verdict.kind == Verdict::Kind::again);
  if (carried.verdict.kind == Verdict::Kind::stream) {
    carried.res = transfer_on_stream(request.fd, file, request, batch.interruption);
  }
  return carried;
}

// The lock is released first, with one exception: a little copying between memory and memory, when
// no other thread is about, takes less time than that would.
void Space::transfer_here(Batch& batch, core::Request& request, const ProbedFile& file,
                          bool assumed) noexcept {
  if (batch.alone && file.in_memory && request.length <= kLittle) {
    finish_transfer(batch, request, assumed, carry_out(batch, request, file, assumed));
    return;
  }
  const ProbedFile own = file;
  lock_.unlock();
  const Carried carried = carry_out(batch, request, own, assumed);
  AIOEMU_CHECK(lock_.lock());
  finish_transfer(batch, request, assumed, carried);
}

void Space::finish_transfer(Batch& batch, core::Request& request, bool assumed,
                            const Carried& carried) noexcept {
  if (carried.res < 0 && assumed && worth_another_look(carried.res)) {
    files_.forget(request.fd);
    withdraw(request.op);
    forget_note(request);
    kernel_.retry(batch.submission, request);
    batch.truthful = true;
    batch.read_fd = batch.write_fd = -1;
    return;
  }
  if (carried.verdict.kind == Verdict::Kind::refused) {
    withdraw(request.op);
    forget_note(request);
    kernel_.refuse(batch.submission, request, Errno{carried.verdict.error});
    return;
  }
  if (RequestNote* const about = RequestNotes::of(request)) {
    take_back_unless_short(about->decision, carried.res);
  }
  complete_inline(batch, request, carried.res);
}

// A result that is shorter than the fault would have made it.
void Space::take_back_unless_short(CompleteDecision& fault, long res) noexcept {
  if (fault.kind != CompleteDecision::Kind::short_count) return;
  if (res >= 0 && static_cast<std::uint64_t>(res) >= fault.bytes) return;
  seat_.injector->take_back(fault.rule);
  fault.kind = CompleteDecision::Kind::none;
  fault.rule = fault::kNoRule;
}

void Space::complete_inline(Batch& batch, core::Request& request, std::int64_t res) noexcept {
  Outbox outbox;
  tally_completed(request, res);
  finish(request, res, outbox, batch.eventfd_nonblocking);
  flush(outbox);
  if (hand_over_owed_) await_hand_over();
}

// ---- what outlives the call ----

// K79.
void Space::start_sync(Batch& batch, core::Request& request) noexcept {
  const ProbedFile file = files_.file();
  batch.eventfd_nonblocking = files_.eventfd_nonblocking();
  tally_accepted(request.op);
  request.owner_note = note(batch, request, file);
  telling_.accepted(request, RequestNotes::of(request));
  if (concerned(request) && intervene(batch, request, file)) return;
  if (!delegate(batch, request, file)) sync_inline(batch, request);
}

void Space::sync_inline(Batch& batch, core::Request& request) noexcept {
  const long number = request.op == abi::Opcode::fsync ? SYS_fsync : SYS_fdatasync;
  const int fd = request.fd;
  lock_.unlock();
  const long res = raw_syscall(number, fd);
  AIOEMU_CHECK(lock_.lock());
  complete_inline(batch, request, res);
}

// Replaces the descriptor numbers in `request` by held files. False, with nothing changed, when
// there is no memory.
bool Space::hold_for(core::Request& request, const ProbedFile& file) noexcept {
  HeldFile* const held = files_.hold(request.fd, file);
  if (held == nullptr) return false;
  if (request.eventfd != core::FileRef::none) {
    HeldFile* const eventfd = files_.hold_eventfd(Reference::number(request.eventfd));
    if (eventfd == nullptr) {
      Outbox outbox;
      worker_.drop(*held, outbox);
      return false;
    }
    request.eventfd = Reference::of_held(*eventfd);
  }
  request.file = Reference::of_held(*held);
  return true;
}

// True when the worker has to be waited for.
bool Space::request_hand_over(HeldFile& file, Outbox& outbox) noexcept {
  if (file.taken) return false;
  if (!file.asked_for) {
    file.asked_for = true;
    held_.reference(file);
    worker_.take(file, outbox);
  }
  return true;
}

// Has the worker take the request's files over. False, with the request as it was but for the place
// of its segments, when that cannot be done: then it is done here and now.
bool Space::take_over(core::Request& request, const ProbedFile& file) noexcept {
  const core::FileRef by_number = request.file;
  const core::FileRef eventfd_by_number = request.eventfd;
  if (!keep_segments(request) || !hold_for(request, file)) return false;
  Outbox outbox;
  HeldFile* const held = Reference::held(request.file);
  HeldFile* const eventfd = Reference::held(request.eventfd);
  bool wait = request_hand_over(*held, outbox);
  if (eventfd != nullptr && request_hand_over(*eventfd, outbox)) wait = true;
  if (wait) {
    const std::uint32_t point = worker_.posted();
    lock_.unlock();
    outbox.flush();
    worker_.wait_for(point);
    AIOEMU_CHECK(lock_.lock());
  }
  if (held->fd >= 0 && (eventfd == nullptr || eventfd->fd >= 0)) return true;
  give_back(request, by_number, eventfd_by_number);
  return false;
}

// Gives a transfer or a sync to the worker. False as take_over.
bool Space::delegate(Batch& batch, core::Request& request, const ProbedFile& file) noexcept {
  if (!take_over(request, file)) return false;
  if (batch.decision.complete_early || seat_.injector->acts_on(Layer::cancel)) {
    Hold* const record = holds_.make(request, file.device, file.inode);
    if (record != nullptr) await(batch, *record);
  }
  Outbox outbox;
  telling_.held(request);
  worker_.carry(request, outbox);
  flush(outbox);
  return true;
}

void Space::give_back(core::Request& request, core::FileRef file, core::FileRef eventfd) noexcept {
  Outbox outbox;
  worker_.drop(*Reference::held(request.file), outbox);
  if (HeldFile* const held = Reference::held(request.eventfd)) worker_.drop(*held, outbox);
  request.file = file;
  request.eventfd = eventfd;
  flush(outbox);
}

bool Space::keep_segments(core::Request& request) noexcept {
  if (request.segment_count <= core::kInlineSegments) return true;
  const std::size_t bytes = request.segment_count * sizeof(abi::Segment);
  auto* const own = static_cast<abi::Segment*>(pages_.allocate(bytes));
  if (own == nullptr) return false;
  std::copy_n(request.segments, request.segment_count, own);
  request.segments = own;
  return true;
}

void Space::free_segments(core::Request& request) noexcept {
  if (!request.reads() && !request.writes()) return;
  if (request.segment_count <= core::kInlineSegments) return;
  pages_.release(request.segments, request.segment_count * sizeof(abi::Segment));
}

// The request is armed already; from here on it may complete at any moment without the lock. The
// submit ends only when the worker has the file, since the program may close it next (K50).
void Space::start_poll(Batch& batch, core::Request& request) noexcept {
  tally_accepted(request.op);
  request.owner_note = note(batch, request, files_.file());
  telling_.accepted(request, RequestNotes::of(request));
  telling_.held(request);
  decide_poll(request);
  Outbox outbox;
  HeldFile* const held = files_.take_held();
  if (held == nullptr) {
    fire_nowhere(outbox);
    flush(outbox);
    return;
  }
  request.file = Reference::of_held(*held);
  HeldFile* eventfd = nullptr;
  if (request.eventfd != core::FileRef::none) {
    eventfd = files_.hold_eventfd(Reference::number(request.eventfd));
    request.eventfd = eventfd == nullptr ? core::FileRef::none : Reference::of_held(*eventfd);
  }
  bool wait = request_hand_over(*held, outbox);
  if (eventfd != nullptr && request_hand_over(*eventfd, outbox)) wait = true;
  if (core::rules_of(request.kind).poll != core::PollClass::never_later) {
    worker_.watch(*held, outbox);
  }
  held_.reference(*held);
  const std::uint32_t point = worker_.posted();
  flush(outbox);
  if (wait) {
    lock_.unlock();
    worker_.wait_for(point);
    AIOEMU_CHECK(lock_.lock());
  }
  // A file that cannot be watched is called ready rather than never.
  if (held->taken && held->error != 0) wake_polls(*held, {0, 0xffff}, outbox);
  worker_.drop(*held, outbox);
  flush(outbox);
}

}  // namespace aioemu::host
