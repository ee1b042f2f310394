// Requests that outlive their step of io_submit, and what happens later.
//
// A held request is with the completion policy (an order holds it), or in the hold queue (a plan
// delays it, stalls its file or hangs it). Either way its bytes move when it completes. A transfer
// on a stream that is due and cannot go on stays in flight until its file changes: the call that
// submitted it has returned long ago.

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "sim/engine.h"

namespace aioemu::sim {

using fault::CompleteDecision;
using observe::Event;

// A request that outlives its step keeps its file (K50) and needs segments of its own.
void Engine::keep(core::Request& request) {
  files_.hold(file_of(request.file));
  if (request.segment_count <= core::kInlineSegments) return;
  Flight& flight = flights_.of(request);
  flight.segments = std::make_unique<abi::Segment[]>(request.segment_count);
  std::copy_n(request.segments, request.segment_count, flight.segments.get());
  request.segments = flight.segments.get();
}

bool Engine::is_held(const core::Request& request, const File& file) const {
  if (policy_.holds() && file.is_storage() && request.op != abi::Opcode::poll) return true;
  const Flight* const flight = flight_of(request);
  if (flight != nullptr && flight->late()) return true;
  return !stalls_.empty() && stalled_until(request.file) > clock_.now();
}

void Engine::hold(const SubmitCall& call, core::Request& request) {
  const Flight* const known = flight_of(request);
  if (attended_ && (known == nullptr || known->request == nullptr)) accept(call, request);
  keep(request);
  Flight& flight = flights_.of(request);
  flight.held = true;
  if (flight.late()) tell_fault(flight.fault.timing_rule, flight.fault.time, request);
  tell_moving(Event::held, request);
  schedule(request);
}

void Engine::schedule(core::Request& request) {
  const Flight& flight = *flight_of(request);
  std::int64_t due = clock_.now();
  switch (flight.fault.timing) {
    case Timing::hang:
      holds_.add(request, HoldQueue::kNever);
      return;
    case Timing::natural:
      if (stalled_until(request.file) <= due) {
        policy_.hold(request);
        return;
      }
      break;
    case Timing::delay:
      due = moment_after(flight.fault.time);
      break;
    case Timing::stall:
      due = moment_after(flight.fault.time);
      stall(request.file, due);
      break;
  }
  holds_.add(request, std::max(due, stalled_until(request.file)));
}

// A poll has found something.
void Engine::finish_poll(core::Request& request, long found) {
  Flight* const flight = flight_of(request);
  if (flight == nullptr || !is_held(request, file_of(request.file))) {
    finish(request, found, true);
    return;
  }
  flight->found = found;
  if (flight->late()) tell_fault(flight->fault.timing_rule, flight->fault.time, request);
  schedule(request);
}

// ---- stalls ----

std::int64_t Engine::moment_after(std::uint64_t ns) const {
  const auto room = static_cast<std::uint64_t>(Call::kNever - 1 - clock_.now());
  return clock_.now() + static_cast<std::int64_t>(std::min(ns, room));
}

std::int64_t Engine::stalled_until(core::FileRef file) const {
  const std::uint64_t id = file_of(file).identity();
  std::int64_t until = 0;
  for (const Stall& stall : stalls_) {
    if (stall.file == id) until = std::max(until, stall.until);
  }
  return until;
}

// Everything of that file that is in flight waits too.
void Engine::stall(core::FileRef file, std::int64_t until) {
  const std::uint64_t id = file_of(file).identity();
  const auto is_over = [&](const Stall& stall) { return stall.until <= clock_.now(); };
  stalls_.erase(std::remove_if(stalls_.begin(), stalls_.end(), is_over), stalls_.end());
  stalls_.push_back({id, until});
  const auto concerned = [&](const core::Request& request) {
    return file_of(request.file).identity() == id;
  };
  while (core::Request* const held = policy_.take_if(concerned)) holds_.add(*held, until);
  holds_.postpone(concerned, until);
}

// ---- completing ----

void Engine::complete_held(core::Request& request, const long* chosen) {
  Flight& flight = flights_.of(request);
  if (!flight.started) tell_moving(Event::started, request);
  flight.started = true;
  if (chosen != nullptr) {
    finish(request, chosen_result(request, *chosen), true);
  } else if (const std::optional<long> res = natural_result(request)) {
    finish(request, *res, true);
  } else {
    holds_.add_waiting(request);
  }
}

std::optional<long> Engine::natural_result(core::Request& request) {
  Flight& flight = flights_.of(request);
  if (flight.fault.kind == CompleteDecision::Kind::error) return -flight.fault.error;
  File& file = file_of(request.file);
  if (request.op == abi::Opcode::poll) return flight.found;
  if (!request.reads() && !request.writes()) return sync_file(file, flight.issued, &flight);
  remember_buffer(request);
  if (!flight.transfer.has_value()) flight.transfer.emplace(transfer_of(request, file));
  const Attempt answer = attempt(file, request.reads(), *flight.transfer);
  signals_.deliver_due();
  if (answer.asleep) return std::nullopt;
  return answer.result;
}

// A result that somebody chose: an error moves nothing, a count really moves its bytes.
long Engine::chosen_result(core::Request& request, long result) {
  if (result < 0 || request.op == abi::Opcode::poll) return result;
  File& file = file_of(request.file);
  if (!request.reads() && !request.writes()) {
    sync_file(file, flight_of(request)->issued, nullptr);
    return result;
  }
  Transfer transfer = transfer_of(request, file);
  transfer.limit(static_cast<std::uint64_t>(result));
  const Attempt answer = attempt(file, request.reads(), transfer);
  signals_.deliver_due();
  return answer.asleep ? static_cast<long>(transfer.moved()) : answer.result;
}

bool Engine::complete_chosen(std::uint64_t serial, const long* result) {
  core::Request* request = policy_.take(serial);
  if (request == nullptr) {
    request = holds_.find(serial);
    if (request == nullptr) return false;
    holds_.take(*request);
  }
  complete_held(*request, result);
  return true;
}

bool Engine::complete_oldest() {
  core::Request* const request = policy_.take_oldest();
  if (request == nullptr) return false;
  complete_held(*request, nullptr);
  return true;
}

// `submit complete_early`: what is in flight of this batch, but what the plan holds back.
void Engine::complete_batch(const SubmitCall& call) {
  const auto of_batch = [&](const core::Request& request) {
    const Flight* const flight = flight_of(request);
    if (flight == nullptr) return false;
    const fault::Identity& who = flight->question.identity;
    return who.context == call.identity->context && who.submit == call.identity->submit;
  };
  while (core::Request* const request = policy_.take_if(of_batch)) complete_held(*request, nullptr);
  for (std::size_t i = 0; i < worker_.size();) {
    const Due due = worker_[i];
    if (of_batch(*due.request)) {
      worker_.erase(worker_.begin() + static_cast<std::ptrdiff_t>(i));
      finish(*due.request, due.res, true);
    } else {
      ++i;
    }
  }
}

// ---- what is due ----

void Engine::release_due() {
  while (!later_.empty() && later_.front().due <= clock_.now()) {
    const Later first = std::move(later_.front());
    later_.erase(later_.begin());
    first.what(true);
  }
  while (core::Request* const request = holds_.take_due(clock_.now())) {
    complete_held(*request, nullptr);
  }
}

void Engine::retry_held() {
  for (core::Request* const request : holds_.take_waiting()) complete_held(*request, nullptr);
}

void Engine::later(std::int64_t due, std::function<void(bool)> what) {
  const auto place =
      std::upper_bound(later_.begin(), later_.end(), due,
                       [](std::int64_t moment, const Later& one) { return moment < one.due; });
  later_.insert(place, {due, std::move(what)});
}

// The end of it all: nothing of this will happen.
void Engine::drop_held() {
  while (core::Request* const request = policy_.take_oldest()) finish(*request, -EINTR, true);
  const std::vector<HoldQueue::Entry> entries = holds_.entries();
  holds_.clear();
  for (const HoldQueue::Entry& entry : entries) finish(*entry.request, -EINTR, true);
  std::vector<Later> dropped;
  dropped.swap(later_);
  for (const Later& one : dropped) one.what(false);
  stalls_.clear();
}

}  // namespace aioemu::sim
