// Telling an observer what happens.

#include "core/context.h"
#include "observe/question.h"
#include "observe/user_records.h"
#include "sim/engine.h"

namespace aioemu::sim {

using observe::Event;
using observe::Record;

Record Engine::record_of(Event event, const Call& call) const {
  Record record;
  record.time = run_time();
  record.event = event;
  record.who = call.identity.value_or(fault::Identity{});
  record.thread = call.thread;
  record.caller = call.caller;
  return record;
}

// The length is what the program asked for.
Record Engine::record_of(Event event, const core::Request& request) const {
  Record record = observe::record_of(event, request);
  record.time = run_time();
  record.file = file_of(request.file).identity();
  if (const Flight* const flight = flight_of(request)) {
    record.who = flight->question.identity;
    record.thread = static_cast<std::uint32_t>(flight->question.at.thread);
    record.caller = flight->caller;
  }
  return record;
}

// Of what reaches the disk: a request, or the program's own I/O.
Record Engine::record_of(const Flight& flight, const File& file) const {
  if (flight.request != nullptr) return record_of(Event::fault, *flight.request);
  const fault::AcceptedRequest& question = flight.question;
  Record record;
  record.time = run_time();
  record.thread = static_cast<std::uint32_t>(question.at.thread);
  record.who = question.identity;
  record.op = question.op;
  record.fd = question.fd;
  record.length = question.length;
  record.offset = question.offset;
  record.file = file.identity();
  return record;
}

void Engine::tell_moving(Event event, const core::Request& request) {
  if (!wanted(event)) return;
  observer_->see(record_of(event, request), request.segment_span());
}

void Engine::tell_fault(int rule, std::uint64_t amount, const Record& about) {
  if (rule == fault::kNoRule || !wanted(Event::fault)) return;
  Record record = about;
  record.event = Event::fault;
  record.time = run_time();
  observe::fill_in_fault(record, rules_[static_cast<std::size_t>(rule)].body, rule, amount);
  tell(record);
}

void Engine::tell_fault(int rule, std::uint64_t amount, const core::Request& request) {
  if (rule == fault::kNoRule || !wanted(Event::fault)) return;
  tell_fault(rule, amount, record_of(Event::fault, request));
}

// ---- calls ----

// The iocbs of a batch that were not accepted, as far as the program's memory tells.
void Engine::tell_refused(const SubmitCall& call) {
  Record record = record_of(Event::refused, call);
  record.rule = call.notes->fault.rule;
  const auto nr = static_cast<std::int64_t>(call.notes->nr);
  observe::tell_refused(record, memory_, call.submission, nr, [this](Record& one) {
    const File* const file = files_.at(one.fd);
    one.file = file != nullptr ? file->identity() : 0;
    tell(one);
  });
}

void Engine::tell_submitted(const SubmitCall& call) {
  const bool all = call.submission.accepted == static_cast<std::int64_t>(call.notes->nr);
  if (!all && wanted(Event::refused)) tell_refused(call);
  if (!wanted(Event::submitted)) return;
  Record record = record_of(Event::submitted, call);
  record.count = call.notes->nr;
  record.result = call.result;
  tell(record);
}

void Engine::tell_waited(const WaitCall& call) {
  if (wanted(Event::reaped)) {
    observe::tell_reaped(record_of(Event::reaped, call), memory_, call.events, call.result,
                         [this](Record& one) { tell(one); });
  }
  if (!wanted(Event::waited)) return;
  Record record = record_of(Event::waited, call);
  record.result = call.result;
  tell(record);
}

void Engine::tell_context(Event event, const Call& call, const core::Context& context) {
  if (!wanted(event)) return;
  Record record = record_of(event, call);
  record.count = context.in_flight();
  record.amount = context.unreaped();
  tell(record);
}

// ---- observers ----

void Engine::observe(observe::Observer* observer) {
  observe::Observer* const oracles = board_ != nullptr ? &oracles_ : nullptr;
  observer_ = oracles != nullptr ? oracles : observer;
  if (oracles != nullptr && observer != nullptr) {
    both_ = observe::Fan(oracles, observer);
    observer_ = &both_;
  }
  if (observer_ != nullptr) observer_->read_through(memory_);
  attended_ = observer_ != nullptr || !rules_.empty();
}

std::vector<OracleFinding> Engine::findings() const {
  if (board_ == nullptr) return {};
  return observe::spoken(observe::read(*board_, false), observe::own_names(plan_));
}

std::vector<OracleFinding> Engine::finish() {
  if (!end_told_) tell_end();
  end_told_ = true;
  return findings();
}

void Engine::tell_hang(const Call& call) {
  Record record = record_of(Event::waited, call);
  if (call.kind == Call::Kind::wait) {
    const auto& wait = static_cast<const WaitCall&>(call);
    record.event = Event::wait;
    record.count = static_cast<std::uint64_t>(wait.nr);
    record.amount = static_cast<std::uint64_t>(wait.min_nr);
  }
  oracles_.hang(record);
}

// ---- the address space ----

// It ends here: what is told about it is over.
void Engine::tell_end() {
  if (!begun_ || observer_ == nullptr) return;
  kernel_.for_each_context([&](const core::Context& context) {
    WaitCall nobody;
    nobody.identity = fault::Identity{process_, known(context).ordinal, 0, 0};
    tell_context(Event::left, nobody, context);
  });
  if (!wanted(Event::ended)) return;
  Record record;
  record.event = Event::ended;
  record.time = run_time();
  record.who.process = process_;
  tell(record);
}

// The program's own I/O, around AIO.
void Engine::tell_synchronous(const Flight& flight, const File& file, long result) {
  if (!wanted(Event::synchronous)) return;
  Record record = record_of(flight, file);
  record.event = Event::synchronous;
  record.result = result;
  tell(record);
}

}  // namespace aioemu::sim
