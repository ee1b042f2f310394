// io_submit and the transfers themselves.

#include <algorithm>
#include <bit>

#include "sim/engine.h"
#include "sim/sim_eventfd.h"

namespace aioemu::sim {

using core::Step;
using fault::CompleteDecision;
using fault::Layer;

void Engine::submit(SubmitCall& call, core::UserAddress ctx, long nr, core::UserAddress iocbs) {
  kernel_.submit_begin(call.submission, ctx, nr, iocbs);
  if (!rules_.empty() && call.submission.nr > 0) decide_submit(call);
  run_submit(call);
}

void Engine::decide_submit(SubmitCall& call) {
  core::Submission& submission = call.submission;
  call.identity = next_identity(submission.context);
  if (!injector_.acts_on(Layer::submit)) return;
  fault::SubmitCall question;
  question.identity = call.identity;
  question.nr = static_cast<std::uint64_t>(submission.nr);
  const fault::SubmitDecision decision = injector_.decide(question);
  if (decision.error != 0) {
    submission.over = true;
    submission.error = decision.error;
  } else if (decision.accept < question.nr) {
    submission.nr = static_cast<std::int64_t>(decision.accept);
  }
}

// The last reference to a file that goes within a call is let go of when the call returns: until
// then the other end of a pipe sees nobody leave (K50).
void Engine::run_submit(SubmitCall& call) {
  submitting_ = &call;
  run_elements(call);
  submitting_ = nullptr;
  if (call.over && !let_go_.empty()) let_go_of(call);
}

void Engine::let_go_of(const SubmitCall& call) {
  const auto rest = std::stable_partition(let_go_.begin(), let_go_.end(),
                                          [&](const LetGo& one) { return one.call != &call; });
  for (auto gone = rest; gone != let_go_.end(); ++gone) files_.release(*gone->file);
  let_go_.erase(rest, let_go_.end());
}

// Goes on until the batch is over or an element sleeps.
void Engine::run_elements(SubmitCall& call) {
  for (;;) {
    const Step step = kernel_.submit_next(call.submission, segments_);
    switch (step.kind) {
      case Step::Kind::transfer:
        if (!start_transfer(call, *step.request)) return;
        break;
      case Step::Kind::sync:
        start_sync(call, *step.request);
        break;
      case Step::Kind::poll:
        files_.hold(file_of(step.request->file));
        break;
      case Step::Kind::ready:  // only handed out to who asks for it
      case Step::Kind::completed:
        after(step.completion, false);
        break;
      case Step::Kind::finished: {
        const core::WaitStatus status = kernel_.submit_end(call.submission);
        if (status.drained) drained_ = unsettled_ = true;
        end(call, status.result);
        return;
      }
    }
  }
}

// False when the transfer sleeps.
bool Engine::start_transfer(SubmitCall& call, core::Request& request) {
  File& file = file_of(request.file);
  CompleteDecision fault;
  if (injector_.acts_on(Layer::complete)) fault = decide(call, request);
  if (policy_.holds() && file.is_storage()) {
    hold(request, fault, 0);
    return true;
  }
  if (fault.kind == CompleteDecision::Kind::error) {
    finish(request, -fault.error, false);
    return true;
  }
  Transfer transfer = transfer_of(request, file);
  transfer.signalled = transfer.signalled || call.interrupted;
  if (fault.kind == CompleteDecision::Kind::short_count) transfer.limit(fault.bytes);
  const Attempt answer = attempt(file, request.reads(), transfer);
  if (!answer.asleep) {
    take_back_unless_short(fault, answer.result);
    finish(request, answer.result, false);
    return true;
  }
  if (!call.interrupted && !signals_.due()) {
    fall_asleep(call, request, transfer, fault);
    return false;
  }
  // K70: the signal is still pending, so every later sleep of this batch ends at once.
  finish(request, transfer.moved() > 0 ? transfer.outcome() : -EINTR, false);
  return true;
}

// K79: never complete when io_submit returns.
void Engine::start_sync(SubmitCall& call, core::Request& request) {
  CompleteDecision fault;
  if (injector_.acts_on(Layer::complete)) fault = decide(call, request);
  // What completes from here on is not its business.
  const std::uint64_t issued = file_of(request.file).sync_mark();
  if (policy_.holds()) {
    hold(request, fault, issued);
    return;
  }
  files_.hold(file_of(request.file));
  worker_.push_back({&request, natural_result(request, fault, issued)});
}

// A request that outlives its step keeps its file (K50) and needs segments of its own.
void Engine::keep(core::Request& request) {
  files_.hold(file_of(request.file));
  if (request.segment_count > core::kInlineSegments) {
    auto* const own = new abi::Segment[request.segment_count];
    std::copy_n(request.segments, request.segment_count, own);
    request.segments = own;
    request.owner_data = own;
  }
}

void Engine::hold(core::Request& request, const CompleteDecision& fault, std::uint64_t issued) {
  keep(request);
  policy_.hold({&request, fault, issued});
}

void Engine::fall_asleep(SubmitCall& call, core::Request& request, const Transfer& transfer,
                         const CompleteDecision& fault) {
  keep(request);
  call.sleeper = &request;
  call.fault = fault;
  call.transfer.file = &file_of(request.file);
  call.transfer.reading = request.reads();
  call.transfer.transfer.emplace(transfer).use(request.segment_span());
  if (!call.asleep) link(call);
}

void Engine::end_sleeper(SubmitCall& call, long res) {
  core::Request& request = *call.sleeper;
  call.sleeper = nullptr;
  call.transfer.transfer.reset();
  take_back_unless_short(call.fault, res);
  submitting_ = &call;
  finish(request, res, true);
  run_submit(call);
}

void Engine::retry(SubmitCall& call) {
  Transfer& transfer = *call.transfer.transfer;
  const Attempt answer = attempt(*call.transfer.file, call.transfer.reading, transfer);
  if (!answer.asleep) end_sleeper(call, answer.result);
}

void Engine::transfer(TransferCall& call) {
  files_.hold(*call.transfer.file);
  link(call);
  retry(call);
}

void Engine::retry(TransferCall& call) {
  const Attempt answer =
      attempt(*call.transfer.file, call.transfer.reading, *call.transfer.transfer);
  if (answer.asleep) return;
  files_.release(*call.transfer.file);
  end(call, answer.result);
}

// ---- faults ----

CompleteDecision Engine::decide(const SubmitCall& call, const core::Request& request) {
  const File& file = file_of(request.file);
  fault::AcceptedRequest question;
  question.identity = call.identity;
  question.identity.index = static_cast<std::uint64_t>(call.submission.accepted) - 1;
  question.op = request.op;
  question.fd = request.fd;
  question.nr = static_cast<std::uint64_t>(call.submission.nr);
  question.length = request.length;
  question.offset = request.offset;
  question.nowait = file.nonblocking || (request.rw_flags & abi::kRwfNowait) != 0;
  question.stream = core::rules_of(request.kind).poll == core::PollClass::two_queues ||
                    request.kind == core::FileKind::pipe || request.kind == core::FileKind::socket;
  return injector_.decide(question);
}

// Ordinals of contexts and of their submits: the same in each run, unlike addresses.
fault::Identity Engine::next_identity(const core::Context* context) {
  auto known = std::find_if(known_.begin(), known_.end(),
                            [&](const Known& entry) { return entry.context == context; });
  if (known == known_.end()) known = known_.insert(known, {context, next_ordinal_++, 0});
  fault::Identity identity;
  identity.context = known->ordinal;
  identity.submit = known->submits++;
  return identity;
}

void Engine::forget_identity(const core::Context* context) {
  const auto is_it = [&](const Known& entry) { return entry.context == context; };
  known_.erase(std::remove_if(known_.begin(), known_.end(), is_it), known_.end());
}

// A short count beyond what the file had anyway is not a fault.
void Engine::take_back_unless_short(const CompleteDecision& fault, long res) {
  if (fault.kind != CompleteDecision::Kind::short_count) return;
  if (res < 0 || static_cast<std::uint64_t>(res) < fault.bytes) injector_.take_back(fault.rule);
}

// ---- transfers ----

Transfer Engine::transfer_of(const core::Request& request, const File& file) noexcept {
  Transfer transfer(memory_, request.segment_span(), request.length, request.offset);
  transfer.append = request.append;
  transfer.nowait = (request.rw_flags & abi::kRwfNowait) != 0;
  transfer.nonblocking = transfer.nowait || file.nonblocking;
  transfer.signalled = signals_.due();
  transfer.nosignal = (request.rw_flags & abi::kRwfNosignal) != 0;
  transfer.durable = (request.rw_flags & (abi::kRwfDsync | abi::kRwfSync)) != 0;
  return transfer;
}

// K89: whoever waits for what this changes hears of it before the transfer is complete.
Attempt Engine::attempt(File& file, bool reading, Transfer& transfer) {
  const Attempt answer = reading ? file.read(transfer) : file.write(transfer);
  if (!changes_.empty()) report_changes();
  if (answer.signal != 0) signals_.send(answer.signal);
  return answer;
}

long Engine::natural_result(core::Request& request, const CompleteDecision& fault,
                            std::uint64_t issued) {
  if (fault.kind == CompleteDecision::Kind::error) return -fault.error;
  File& file = file_of(request.file);
  if (!request.reads() && !request.writes()) return file.sync(issued);
  Transfer transfer = transfer_of(request, file);
  if (fault.kind == CompleteDecision::Kind::short_count) transfer.limit(fault.bytes);
  const Attempt answer = attempt(file, request.reads(), transfer);
  AIOEMU_CHECK(!answer.asleep);
  signals_.deliver_due();
  take_back_unless_short(fault, answer.result);
  return answer.result;
}

// A result that somebody chose: an error moves nothing, a count really moves its bytes.
long Engine::chosen_result(core::Request& request, long result, std::uint64_t issued) {
  if (result < 0) return result;
  if (!request.reads() && !request.writes()) {
    file_of(request.file).sync(issued);
    return result;
  }
  Transfer transfer = transfer_of(request, file_of(request.file));
  transfer.limit(static_cast<std::uint64_t>(result));
  const long moved = attempt(file_of(request.file), request.reads(), transfer).result;
  signals_.deliver_due();
  return moved;
}

bool Engine::complete_held(std::optional<Held> held, const long* result) {
  if (!held.has_value()) return false;
  core::Request& request = *held->request;
  const long res = result != nullptr ? chosen_result(request, *result, held->issued)
                                     : natural_result(request, held->fault, held->issued);
  finish(request, res, true);
  return true;
}

// ---- effects ----

void Engine::finish(core::Request& request, long res, bool held) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  trace_ = std::rotl(trace_ ^ request.serial, 29) * kOdd + static_cast<std::uint64_t>(res);
  if (request.owner_data != nullptr) delete[] static_cast<abi::Segment*>(request.owner_data);
  after(kernel_.complete(request, res), held);
}

// K92: the event is in the ring; now the eventfd, then the waiters.
void Engine::after(const core::Completion& completion, bool held) {
  if (held && submitting_ != nullptr) {
    let_go_.push_back({submitting_, &file_of(completion.file)});
  } else if (held) {
    files_.release(file_of(completion.file));
  }
  if (completion.eventfd != core::FileRef::none) {
    auto& eventfd = static_cast<EventFd&>(file_of(completion.eventfd));
    eventfd.signal();
    files_.release(eventfd);
  }
  if (completion.woken != nullptr) deliver_wakes(completion.woken);
  if (completion.drained) drained_ = unsettled_ = true;
}

}  // namespace aioemu::sim
