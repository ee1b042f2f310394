#include "host/telling.h"

#include <time.h>

#include "core/context.h"
#include "host/program_caller.h"
#include "host/syscalls.h"
#include "observe/question.h"
#include "observe/user_records.h"

namespace aioemu::host {

using observe::Event;
using observe::Record;

namespace {

// Through the C library, which does not need a system call for it.
std::uint64_t clock_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

Telling::Telling(const Seat& seat, const fault::Injector& injector,
                 core::UserMemory& memory) noexcept
    : observer_(seat.observer),
      injector_(injector),
      memory_(memory),
      began_(seat.began != nullptr ? seat.began : &own_beginning_),
      process_(seat.process),
      attentive_(observer_ != nullptr || !injector.rules().empty() || injector.open() ||
                 seat.order.kind != fault::Order::Kind::at_once),
      times_matter_(injector.wants_time()) {
  std::uint64_t nobody = 0;
  began_->compare_exchange_strong(nobody, clock_now());
  if (observer_ != nullptr) observer_->read_through(memory_);
}

CallNote Telling::call() noexcept {
  CallNote note;
  note.who.process = process_;
  note.caller = program_caller();
  note.thread = threads_.mine();
  return note;
}

std::uint64_t Telling::now() const noexcept {
  const std::uint64_t began = began_->load(std::memory_order_relaxed);
  const std::uint64_t now = clock_now();
  return now > began ? now - began : 0;
}

// ---- records ----

void Telling::see(Record& record, std::span<const abi::Segment> segments) noexcept {
  record.time = now();
  observer_->see(record, segments);
}

Record Telling::about(Event event, const CallNote& call) noexcept {
  Record record;
  record.event = event;
  record.who = call.who;
  record.caller = call.caller;
  record.thread = call.thread;
  return record;
}

// The length is what the program asked for: a fault may have shortened the request since.
Record Telling::about(Event event, const core::Request& request, const RequestNote& note) noexcept {
  Record record = observe::record_of(event, request);
  record.length = note.question.length;
  record.who = note.question.identity;
  record.file = note.file;
  record.caller = note.caller;
  record.thread = static_cast<std::uint32_t>(note.question.at.thread);
  return record;
}

// ---- the address space ----

void Telling::began() noexcept {
  if (!wants(Event::began)) return;
  Record record = about(Event::began, call());
  see(record);
}

void Telling::left(const core::Context& context, const fault::Identity& who) noexcept {
  if (over_ || !wants(Event::left)) return;
  Record record;
  record.event = Event::left;
  record.who = who;
  record.count = context.in_flight();
  record.amount = context.unreaped();
  see(record);
}

void Telling::ended() noexcept {
  if (over_) return;
  over_ = true;
  if (!wants(Event::ended)) return;
  Record record;
  record.event = Event::ended;
  record.who.process = process_;
  see(record);
}

// ---- calls ----

void Telling::setup(const CallNote& call, std::uint32_t nr_events, long result) noexcept {
  if (!wants(Event::setup)) return;
  Record record = about(Event::setup, call);
  record.count = nr_events;
  record.result = result;
  see(record);
}

void Telling::submit(const CallNote& call, std::int64_t nr) noexcept {
  if (!wants(Event::submit)) return;
  Record record = about(Event::submit, call);
  record.count = static_cast<std::uint64_t>(nr);
  see(record);
}

void Telling::submitted(const CallNote& call, const core::Submission& batch, std::int64_t nr,
                        long result, int rule) noexcept {
  if (batch.accepted < nr && wants(Event::refused)) {
    Record record = about(Event::refused, call);
    record.rule = rule;
    observe::tell_refused(record, memory_, batch, nr, [this](Record& one) { see(one); });
  }
  if (!wants(Event::submitted)) return;
  Record record = about(Event::submitted, call);
  record.count = static_cast<std::uint64_t>(nr);
  record.result = result;
  see(record);
}

void Telling::wait(const CallNote& call, std::int64_t min_nr, std::int64_t nr) noexcept {
  if (!wants(Event::wait)) return;
  Record record = about(Event::wait, call);
  record.count = static_cast<std::uint64_t>(nr);
  record.amount = static_cast<std::uint64_t>(min_nr);
  see(record);
}

void Telling::waited(const CallNote& call, core::UserAddress events, long result) noexcept {
  if (wants(Event::reaped)) {
    observe::tell_reaped(about(Event::reaped, call), memory_, events, result,
                         [this](Record& one) { see(one); });
  }
  if (!wants(Event::waited)) return;
  Record record = about(Event::waited, call);
  record.result = result;
  see(record);
}

void Telling::cancel(const CallNote& call, const core::Request& request, long result,
                     int rule) noexcept {
  if (!wants(Event::cancel)) return;
  const RequestNote* const note = RequestNotes::of(request);
  Record record = observe::record_of(Event::cancel, request);
  record.who = call.who;
  record.caller = call.caller;
  record.thread = call.thread;
  record.file = note != nullptr ? note->file : 0;
  record.result = result;
  record.rule = rule;
  see(record);
}

void Telling::destroy(const CallNote& call, const core::Context& context) noexcept {
  if (over_ || !wants(Event::destroy)) return;
  Record record = about(Event::destroy, call);
  record.count = context.in_flight();
  record.amount = context.unreaped();
  see(record);
}

void Telling::destroyed(const CallNote& call, long result) noexcept {
  if (over_ || !wants(Event::destroyed)) return;
  Record record = about(Event::destroyed, call);
  record.result = result;
  see(record);
}

// ---- requests ----

void Telling::accepted(const core::Request& request, RequestNote* note) noexcept {
  if (note == nullptr || note->announced) return;
  note->announced = true;
  if (!wants(Event::accepted)) return;
  Record record = about(Event::accepted, request, *note);
  see(record, request.segment_span());
}

void Telling::moved(Event event, const core::Request& request) noexcept {
  const RequestNote* const note = RequestNotes::of(request);
  if (note == nullptr || !wants(event)) return;
  Record record = about(event, request, *note);
  see(record, request.segment_span());
}

void Telling::completed(const core::Request& request, const RequestNote& note, std::int64_t res,
                        int rule) noexcept {
  const bool decided = rule != fault::kNoRule && observed();
  if (!decided && !wants(Event::completed)) return;
  Record record = about(Event::completed, request, note);
  record.result = res;
  record.rule = rule;
  see(record);
}

void Telling::signalled(const core::Request& request, const RequestNote& note) noexcept {
  if (!wants(Event::signalled)) return;
  Record record = signal_of(request, note);
  see(record);
}

Record Telling::signal_of(const core::Request& request, const RequestNote& note) noexcept {
  return about(Event::signalled, request, note);
}

void Telling::signalled_late(Record& record) noexcept {
  if (wants(Event::signalled)) see(record);
}

// ---- faults ----

void Telling::say_fault(Record& record, int rule, std::uint64_t amount) noexcept {
  observe::fill_in_fault(record, injector_.rules()[static_cast<std::size_t>(rule)].body, rule,
                         amount);
  see(record);
}

void Telling::fault(const CallNote& call, int rule, std::uint64_t amount) noexcept {
  if (rule == fault::kNoRule || !wants(Event::fault)) return;
  Record record = about(Event::fault, call);
  say_fault(record, rule, amount);
}

void Telling::fault(const core::Request& request, const RequestNote& note, int rule,
                    std::uint64_t amount) noexcept {
  if (rule == fault::kNoRule || !wants(Event::fault)) return;
  Record record = about(Event::fault, request, note);
  say_fault(record, rule, amount);
}

}  // namespace aioemu::host
