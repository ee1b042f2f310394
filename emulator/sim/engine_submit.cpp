// io_submit and the transfers themselves.

#include <algorithm>
#include <bit>
#include <cerrno>

#include "sim/engine.h"
#include "sim/sim_eventfd.h"

namespace aioemu::sim {

using core::Step;
using fault::CompleteDecision;

void Engine::submit(SubmitCall& call, core::UserAddress ctx, long nr, core::UserAddress iocbs) {
  kernel_.submit_begin(call.submission, ctx, nr, iocbs);
  if (attended_) [[unlikely]] {
    begin_submit(call, nr);
  }
  run_submit(call);
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
        start_poll(call, *step.request);
        break;
      case Step::Kind::completed:
        after(step.completion, false);
        break;
      case Step::Kind::ready:
        start_ready_poll(call, *step.request, static_cast<long>(step.completion.res));
        break;
      case Step::Kind::finished:
        leave_submit(call);
        return;
    }
  }
}

void Engine::leave_submit(SubmitCall& call) {
  if (call.notes.has_value() && lingers(call)) return;
  const core::WaitStatus status = kernel_.submit_end(call.submission);
  if (status.drained) drained_ = unsettled_ = true;
  end(call, status.result);
  if (call.notes.has_value() && observer_ != nullptr) tell_submitted(call);
}

// False when the transfer sleeps.
bool Engine::start_transfer(SubmitCall& call, core::Request& request) {
  File& file = file_of(request.file);
  if (attended_ && asks_about_each()) [[unlikely]] {
    accept(call, request);
  }
  if ((attended_ || policy_.holds()) && is_held(request, file)) {
    hold(call, request);
    return true;
  }
  const Flight* const flight = flight_of(request);
  if (flight != nullptr && flight->fault.kind == CompleteDecision::Kind::error) {
    finish(request, -flight->fault.error, false);
    return true;
  }
  Transfer transfer = transfer_of(request, file);
  transfer.signalled = transfer.signalled || call.interrupted;
  const Attempt answer = attempt(file, request.reads(), transfer);
  if (!answer.asleep) {
    finish(request, answer.result, false);
    return true;
  }
  if (!call.interrupted && !signals_.due()) {
    fall_asleep(call, request, transfer);
    return false;
  }
  // K70: the signal is still pending, so every later sleep of this batch ends at once.
  finish(request, transfer.moved() > 0 ? transfer.outcome() : -EINTR, false);
  return true;
}

// K79: never complete when io_submit returns.
void Engine::start_sync(SubmitCall& call, core::Request& request) {
  if (attended_) accept(call, request);
  File& file = file_of(request.file);
  // What completes from here on is not its business.
  const std::uint64_t issued = file.sync_mark();
  if (policy_.holds() || is_held(request, file)) {
    flights_.of(request).issued = issued;
    hold(call, request);
    return;
  }
  files_.hold(file);
  Flight* const flight = flight_of(request);
  if (flight != nullptr) {
    flight->held = true;
    flight->issued = issued;
    tell_moving(observe::Event::held, request);
  }
  worker_.push_back({&request, sync_file(file, issued, flight)});
}

void Engine::start_poll(SubmitCall& call, core::Request& request) {
  files_.hold(file_of(request.file));
  if (!attended_) return;
  accept(call, request);
  flight_of(request)->held = true;
  tell_moving(observe::Event::held, request);
}

// K82
void Engine::start_ready_poll(SubmitCall& call, core::Request& request, long found) {
  accept(call, request);
  flight_of(request)->found = found;
  if (is_held(request, file_of(request.file))) {
    hold(call, request);
  } else {
    finish(request, found, false);
  }
}

void Engine::fall_asleep(SubmitCall& call, core::Request& request, const Transfer& transfer) {
  keep(request);
  call.sleeper = &request;
  SleepingTransfer& sleeper = call.transfer.emplace();
  sleeper.file = &file_of(request.file);
  sleeper.reading = request.reads();
  sleeper.transfer.emplace(transfer).use(request.segment_span());
  if (!call.asleep) link(call);
}

void Engine::end_sleeper(SubmitCall& call, long res) {
  core::Request& request = *call.sleeper;
  call.sleeper = nullptr;
  call.transfer.reset();
  submitting_ = &call;
  finish(request, res, true);
  run_submit(call);
}

void Engine::retry(SubmitCall& call) {
  if (call.sleeper == nullptr) return;
  SleepingTransfer& sleeper = *call.transfer;
  const Attempt answer = attempt(*sleeper.file, sleeper.reading, *sleeper.transfer);
  if (!answer.asleep) end_sleeper(call, answer.result);
}

void Engine::retry(TransferCall& call) {
  const Attempt answer =
      attempt(*call.transfer.file, call.transfer.reading, *call.transfer.transfer);
  if (!answer.asleep) end_transfer(call, answer.result);
}

void Engine::end_transfer(TransferCall& call, long result) {
  if (call.flight.has_value()) tell_synchronous(*call.flight, *call.transfer.file, result);
  files_.release(*call.transfer.file);
  end(call, result);
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
  if (Flight* const flight = flight_of(request)) {
    transfer.flight = flight;
    if (flight->fault.kind == CompleteDecision::Kind::short_count) {
      transfer.limit(flight->fault.bytes);
    }
  }
  return transfer;
}

// K89: whoever waits for what this changes hears of it before the transfer is complete.
Attempt Engine::attempt(File& file, bool reading, Transfer& transfer) {
  MemoryFile* const on_disk = transfer.flight != nullptr ? file.on_disk() : nullptr;
  const Attempt answer = on_disk != nullptr ? attempt_on_disk(*on_disk, reading, transfer)
                         : reading          ? file.read(transfer)
                                            : file.write(transfer);
  if (!changes_.empty()) report_changes();
  if (answer.signal != 0) signals_.send(answer.signal);
  return answer;
}

// ---- effects ----

void Engine::finish(core::Request& request, long res, bool held) {
  if (request.owner_data != nullptr) {
    finish_attended(request, res, held);
    return;
  }
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  trace_ = std::rotl(trace_ ^ request.serial, 29) * kOdd + static_cast<std::uint64_t>(res);
  after(kernel_.complete(request, res), held);
}

// K92: the event is in the ring; now the eventfd, then the waiters.
void Engine::after(const core::Completion& completion, bool held) {
  if (held) let_go_of(completion.file);
  if (completion.eventfd != core::FileRef::none) signal(completion.eventfd);
  wake(completion);
}

void Engine::let_go_of(core::FileRef file) {
  if (submitting_ != nullptr) {
    let_go_.push_back({submitting_, &file_of(file)});
  } else {
    files_.release(file_of(file));
  }
}

void Engine::wake(const core::Completion& completion) {
  if (completion.woken != nullptr) deliver_wakes(completion.woken);
  if (completion.drained) drained_ = unsettled_ = true;
}

void Engine::signal(core::FileRef eventfd) {
  auto& file = static_cast<EventFd&>(file_of(eventfd));
  file.signal();
  files_.release(file);
}

}  // namespace aioemu::sim
