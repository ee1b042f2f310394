// What a plan says about calls and requests: the questions, and doing what the answers say.

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>

#include "base/prng.h"
#include "core/context.h"
#include "core/hostile.h"
#include "observe/question.h"
#include "sim/engine.h"
#include "sim/sim_eventfd.h"

namespace aioemu::sim {

using fault::CompleteDecision;
using fault::kNoRule;
using fault::Layer;
using observe::Event;

// ---- where in the run this is ----

// With the first AIO call the run's time begins.
void Engine::begin_run() {
  if (begun_) return;
  begun_ = true;
  beginning_ = clock_.now();
  if (!wanted(Event::began)) return;
  observe::Record record;
  record.event = Event::began;
  record.who.process = process_;
  tell(record);
}

std::uint64_t Engine::run_time() const {
  return static_cast<std::uint64_t>(clock_.now() - beginning_);
}

// Ordinals of contexts and of their calls: the same in each run, unlike addresses.
Engine::Known& Engine::known(const core::Context& context) {
  if (context.id >= known_.size()) known_.resize(context.id + 1);
  Known& entry = known_[context.id];
  if (entry.context != &context) entry = {&context, next_ordinal_++, {}};
  return entry;
}

fault::Identity Engine::next_identity(const core::Context& context, Series series) {
  Known& entry = known(context);
  return {process_, entry.ordinal, entry.calls[static_cast<std::size_t>(series)]++, 0};
}

fault::Moment Engine::moment(const Call& call, const core::Context* context) const {
  return {call.thread, context != nullptr ? context->in_flight() : 0, run_time()};
}

// ---- io_setup ----

// Asked only about right arguments (K1, K2).
int Engine::decide_setup(const fault::Identity& who, std::uint32_t nr_events,
                         core::UserAddress ctxp) {
  std::uint64_t old_value = 0;
  if (!injector_.acts_on(Layer::setup) || nr_events == 0) return 0;
  if (!memory_.read(&old_value, ctxp, sizeof old_value) || old_value != 0) return 0;
  fault::SetupCall question;
  question.identity = who;
  question.events = nr_events;
  question.at.now = run_time();
  const fault::SetupDecision decision = injector_.decide(question);
  observe::Record about;
  about.who = who;
  tell_fault(decision.rule, static_cast<std::uint64_t>(decision.error), about);
  return decision.error;
}

long Engine::setup_attended(std::uint32_t nr_events, core::UserAddress ctxp) {
  begin_run();
  observe::Record record;
  record.event = Event::setup;
  record.who = {process_, next_ordinal_, 0, 0};
  record.count = nr_events;
  const int error = decide_setup(record.who, nr_events, ctxp);
  record.result = error != 0 ? -error : kernel_.setup(nr_events, ctxp);
  std::uint64_t handle = 0;
  if (record.result == 0 && memory_.read(&handle, ctxp, sizeof handle)) {
    known(*kernel_.context_at(handle));
  }
  record.time = run_time();
  if (wanted(Event::setup)) tell(record);
  return static_cast<long>(record.result);
}

// ---- io_submit ----

void Engine::begin_submit(SubmitCall& call, long nr) {
  begin_run();
  core::Submission& submission = call.submission;
  submission.hands_out_ready_polls = true;
  if (submission.context == nullptr || nr <= 0) return;
  SubmitNotes& notes = call.notes.emplace();
  notes.nr = static_cast<std::uint64_t>(nr);
  call.identity = next_identity(*submission.context, Series::submit);
  if (wanted(Event::submit)) {
    observe::Record record = record_of(Event::submit, call);
    record.count = notes.nr;
    tell(record);
  }
  if (!injector_.acts_on(Layer::submit)) return;
  const fault::SubmitCall question{*call.identity, static_cast<std::uint64_t>(submission.nr),
                                   moment(call, submission.context)};
  notes.fault = injector_.decide(question);
  const fault::SubmitDecision& fault = notes.fault;
  const observe::Record about = record_of(Event::fault, call);
  tell_fault(fault.rule, fault.error != 0 ? static_cast<std::uint64_t>(fault.error) : fault.accept,
             about);
  tell_fault(fault.block_rule, fault.block, about);
  tell_fault(fault.early_rule, 0, about);
  if (fault.error != 0) {
    submission.over = true;
    submission.error = fault.error;
  } else if (fault.accept < question.nr) {
    submission.nr = static_cast<std::int64_t>(fault.accept);
  }
}

// The batch has been carried out. True when the call does not return yet.
bool Engine::lingers(SubmitCall& call) {
  SubmitNotes& notes = *call.notes;
  if (notes.blocks) return false;
  if (notes.fault.complete_early) complete_batch(call);
  if (notes.fault.block == 0) return false;
  notes.blocks = true;
  call.deadline = moment_after(notes.fault.block);
  if (!call.asleep) link(call);
  return true;
}

void Engine::end_block(SubmitCall& call) {
  leave_submit(call);
  if (!let_go_.empty()) let_go_of(call);
}

// ---- requests ----

void Engine::accept(const SubmitCall& call, core::Request& request) {
  const File& file = file_of(request.file);
  Flight& flight = flights_.of(request);
  flight.request = &request;
  flight.caller = call.caller;
  fault::AcceptedRequest& question = flight.question;
  fault::Identity who = *call.identity;
  who.index = static_cast<std::uint64_t>(call.submission.accepted) - 1;
  question = observe::question_about(request, who, call.notes.has_value() ? call.notes->nr : 0);
  question.nr = std::min(question.nr, static_cast<std::uint64_t>(request.context->ring_nr()));
  question.nowait = question.nowait || file.nonblocking;
  question.stream = core::rules_of(request.kind).poll == core::PollClass::two_queues ||
                    request.kind == core::FileKind::pipe || request.kind == core::FileKind::socket;
  question.direct = file.direct;
  if ((call.submission.iocb.flags & abi::kFlagIoprio) != 0) {
    question.flags |= fault::kRequestFlagIoprio;
  }
  question.file = file.view;
  question.at = moment(call, request.context);
  tell_moving(Event::accepted, request);
  if (injector_.acts_on(Layer::complete)) flight.fault = injector_.decide(question);
  remember_buffer(request);
}

// A result that the plan chose counts only if it came about: a short count beyond what the file had
// anyway is not a fault.
void Engine::settle_fault(core::Request& request, long res) {
  Flight& flight = *flight_of(request);
  const CompleteDecision& fault = flight.fault;
  if (fault.kind == CompleteDecision::Kind::none) return;
  const bool short_count = fault.kind == CompleteDecision::Kind::short_count;
  const long meant = short_count ? static_cast<long>(fault.bytes) : -static_cast<long>(fault.error);
  if (res != meant) {
    injector_.take_back(fault.rule);
    return;
  }
  flight.rule = fault.rule;
  tell_fault(fault.rule, short_count ? fault.bytes : static_cast<std::uint64_t>(fault.error),
             request);
}

void Engine::finish_attended(core::Request& request, long res, bool held) {
  Flight& flight = *flight_of(request);
  if (!closing_) settle_fault(request, res);
  if (flight.held && !flight.started) tell_moving(Event::started, request);
  fault::HostileDecision hostile;
  if (injector_.acts_on(Layer::hostile) && !closing_) {
    hostile = injector_.decide(fault::HostileChance{flight.question});
    if (hostile.fires) res = hostile_result(request, hostile, res);
  }
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  trace_ = std::rotl(trace_ ^ request.serial, 29) * kOdd + static_cast<std::uint64_t>(res);
  observe::Record record = record_of(Event::completed, request);
  record.result = res;
  record.rule = flight.rule;
  core::Context& context = *request.context;
  const core::Completion completion = kernel_.complete(request, res);
  const bool decided = record.rule != kNoRule && is_told();
  if (decided || wanted(Event::completed)) tell(record);
  if (held) let_go_of(completion.file);
  if (completion.eventfd != core::FileRef::none) signal(completion.eventfd, flight, record);
  wake(completion);
  if (hostile.fires) forge(context, hostile, record);
  flights_.give_back(flight);
}

// `wait eventfd_late`: the event is in the ring on time.
void Engine::signal(core::FileRef eventfd, const Flight& flight, const observe::Record& completed) {
  observe::Record record = completed;
  record.event = Event::signalled;
  record.rule = kNoRule;
  record.result = 0;
  fault::EventfdDecision late;
  if (injector_.acts_on(Layer::wait) && !closing_) {
    late = injector_.decide(fault::EventfdSignal{flight.question});
    tell_fault(late.rule, late.late, record);
  }
  if (late.rule == kNoRule) {
    signal(eventfd);
    if (wanted(Event::signalled)) tell(record);
    return;
  }
  later(moment_after(late.late), [this, eventfd, record](bool happens) mutable {
    if (!happens) {
      files_.release(file_of(eventfd));
      return;
    }
    signal(eventfd);
    record.time = run_time();
    if (wanted(Event::signalled)) tell(record);
  });
}

// ---- waits ----

// Would the call sleep, and could a signal end that sleep?
bool Engine::interruptible(const core::Context& context, core::UserAddress timeout,
                           const core::UserAddress* usig) {
  if (context.unreaped() != 0) return false;
  abi::Timespec time{};
  if (timeout != 0 && (!memory_.read(&time, timeout, sizeof time) ||
                       (time.seconds == 0 && time.nanoseconds == 0))) {
    return false;
  }
  std::uint64_t blocked = signals_.blocked();
  abi::SigsetArgument argument{};
  if (usig != nullptr && *usig != 0 && memory_.read(&argument, *usig, sizeof argument) &&
      argument.mask != 0) {
    static_cast<void>(memory_.read(&blocked, argument.mask, sizeof blocked));
  }
  return ~blocked != 0;
}

// Cuts the numbers to what the plan says. True: a signal is to end the call's sleep at once.
bool Engine::begin_wait(WaitCall& call, core::UserAddress ctx, long& min_nr, long& nr,
                        core::UserAddress timeout, const core::UserAddress* usig) {
  begin_run();
  const core::Context* const context = kernel_.context_at(ctx);
  if (context == nullptr || min_nr < 0 || min_nr > nr) return false;
  if (rules_.empty() && !wants_of_waits()) return false;
  call.identity = next_identity(*context, Series::wait);
  call.told = true;
  if (wanted(Event::wait)) {
    observe::Record record = record_of(Event::wait, call);
    record.count = static_cast<std::uint64_t>(nr);
    record.amount = static_cast<std::uint64_t>(min_nr);
    tell(record);
  }
  if (!injector_.acts_on(Layer::wait)) return false;
  fault::WaitCall question;
  question.identity = *call.identity;
  question.min_nr = static_cast<std::uint64_t>(min_nr);
  question.nr = static_cast<std::uint64_t>(nr);
  question.interruptible = min_nr > 0 && interruptible(*context, timeout, usig);
  question.at = moment(call, context);
  const fault::WaitDecision decision = injector_.decide(question);
  const std::uint64_t amount =
      decision.error != 0 ? static_cast<std::uint64_t>(decision.error) : decision.most;
  tell_fault(decision.rule, amount, record_of(Event::fault, call));
  const auto most = static_cast<long>(std::min<std::uint64_t>(decision.most, LONG_MAX));
  min_nr = std::min(min_nr, most);
  nr = std::min(nr, most);
  return decision.error != 0;
}

// ---- io_destroy ----

void Engine::begin_destroy(DestroyCall& call, core::UserAddress ctx) {
  begin_run();
  const core::Context* const context = kernel_.context_at(ctx);
  if (context == nullptr) return;
  call.identity = fault::Identity{process_, known(*context).ordinal, 0, 0};
  tell_context(Event::destroy, call, *context);
  known(*context).context = nullptr;  // another may come to lie there
}

// ---- io_cancel ----

// The request that an io_cancel for `iocb` means: a pending poll, or one that World holds.
core::Request* Engine::in_flight_at(const core::Context& context, core::UserAddress iocb) {
  const auto is_it = [&](const core::Request& request) {
    return request.context == &context && request.obj == iocb;
  };
  for (core::Request* const held : policy_.held()) {
    if (is_it(*held)) return held;
  }
  for (const HoldQueue::Entry& entry : holds_.entries()) {
    if (is_it(*entry.request)) return entry.request;
  }
  return const_cast<core::Context&>(context).armed(iocb);
}

// Asked before the kernel is, and only about what it would not refuse (K125).
long Engine::cancel_attended(core::UserAddress ctx, core::UserAddress iocb) {
  begin_run();
  std::uint32_t key = 1;
  const core::Context* const context = kernel_.context_at(ctx);
  core::Request* request = nullptr;
  if (context != nullptr && memory_.read(&key, iocb + abi::kKeyOffset, sizeof key) && key == 0) {
    request = in_flight_at(*context, iocb);
  }
  if (request == nullptr) return cancel_as_kernel(ctx, iocb);
  fault::CancelDecision decision;
  if (injector_.acts_on(Layer::cancel)) {
    decision = injector_.decide(fault::CancelCall{flights_.of(*request).question});
    tell_fault(decision.rule, 0, *request);
  }
  observe::Record record = record_of(Event::cancel, *request);
  record.rule = decision.rule;
  record.result = cancel_as_decided(decision, *request, ctx, iocb);
  if (wanted(Event::cancel)) tell(record);
  return static_cast<long>(record.result);
}

long Engine::cancel_as_decided(const fault::CancelDecision& decision, core::Request& request,
                               core::UserAddress ctx, core::UserAddress iocb) {
  using Kind = fault::CancelDecision::Kind;
  if (decision.kind == Kind::einval) return -EINVAL;
  if (decision.kind == Kind::inprogress_done) return -EINPROGRESS;
  if (decision.kind == Kind::none || request.state == core::RequestState::poll_armed) {
    return cancel_as_kernel(ctx, iocb);
  }
  // A transfer that is cancelled moves nothing more.
  if (policy_.take(request.serial) == nullptr) holds_.take(request);
  flights_.of(request).fault.kind = CompleteDecision::Kind::none;
  worker_.push_back({&request, -ECANCELED});
  return -EINPROGRESS;
}

// ---- hostile ----

// What the program's memory held before a read, if some rule may want it back.
void Engine::remember_buffer(core::Request& request) {
  if (!request.reads() || !injector_.acts_on(Layer::hostile)) return;
  Flight& flight = flights_.of(request);
  flight.before.assign(static_cast<std::size_t>(request.length), std::byte{0});
  Transfer copy(memory_, request.segment_span(), request.length, 0);
  copy.take(flight.before.data(), flight.before.size());
}

// What is wrong with the event itself, or with when it comes.
long Engine::hostile_result(core::Request& request, const fault::HostileDecision& decision,
                            long res) {
  constexpr std::uint64_t kFew = 4096;
  const std::uint64_t random = Prng::mix(decision.random);
  switch (decision.action) {
    case fault::Action::res_too_large:
      res = static_cast<long>(request.length + 1 + random % kFew);
      break;
    case fault::Action::wrong_data:
      request.data ^= random | 1U;
      break;
    case fault::Action::event_before_data:
      if (!hide_data(request, res)) {
        injector_.take_back(decision.rule);
        return res;
      }
      break;
    default:
      break;
  }
  flight_of(request)->rule = decision.rule;
  tell_fault(decision.rule, static_cast<std::uint64_t>(res), request);
  return res;
}

// The bytes that a read has brought go away again, and come a millisecond later.
bool Engine::hide_data(const core::Request& request, long res) {
  constexpr std::uint64_t kLate = 1'000'000;
  const Flight& flight = *flight_of(request);
  if (!request.reads() || res <= 0 || flight.before.size() < static_cast<std::size_t>(res)) {
    return false;
  }
  std::vector<abi::Segment> segments(request.segments, request.segments + request.segment_count);
  const auto length = static_cast<std::uint64_t>(res);
  std::vector<std::byte> bytes(length);
  Transfer take(memory_, segments, length, 0);
  Transfer put(memory_, segments, length, 0);
  take.take(bytes.data(), bytes.size());
  put.put(flight.before.data(), bytes.size());
  later(moment_after(kLate), [this, segments, bytes](bool happens) {
    Transfer again(memory_, segments, bytes.size(), 0);
    if (happens) again.put(bytes.data(), bytes.size());
  });
  return true;
}

// Events that nobody has a right to, and a ring whose header lies.
void Engine::forge(core::Context& context, const fault::HostileDecision& decision,
                   const observe::Record& completed) {
  const std::uint64_t random = Prng::mix(decision.random);
  abi::IoEvent event{completed.data, completed.iocb, completed.result, 0};
  switch (decision.action) {
    case fault::Action::duplicate:
      break;
    case fault::Action::spurious:
      event = {random, Prng::mix(random), static_cast<std::int64_t>(random % 4096), 0};
      break;
    case fault::Action::ring_corrupt:
      core::corrupt_ring(context, random);
      return;
    default:
      return;
  }
  const core::ForgedEvent forged = core::forge_event(context, event, kernel_.profile().wake_rule);
  if (!forged.delivered) injector_.take_back(decision.rule);
  if (forged.woken != nullptr) deliver_wakes(forged.woken);
}

}  // namespace aioemu::sim
