#include "sim/engine.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "memory/fault_guard.h"
#include "sim/story.h"

namespace aioemu::sim {

using core::WaitStatus;
using core::WakeReason;

namespace {

std::uint64_t seed_of(const WorldOptions& options, const fault::FaultPlan& plan) {
  return options.seed != 0 ? options.seed : plan.seed.value_or(0);
}

std::uint64_t limit_of(const WorldOptions& options, const core::KernelProfile& profile,
                       const fault::FaultPlan& plan) {
  if (options.aio_max_nr != 0) return options.aio_max_nr;
  return plan.aio_max_nr.value_or(profile.aio_max_nr);
}

// The plan's order, if it has one.
OrderRule order_of(const WorldOptions& options, const fault::FaultPlan& plan) {
  using Kind = fault::Order::Kind;
  if (!plan.order.has_value()) return {options.order, 0, OrderRule::kDefaultSteps};
  constexpr std::uint64_t kMost = 0xffffffffU;
  OrderRule rule;
  switch (plan.order->kind) {
    case Kind::at_once:
      rule.order = CompletionOrder::inline_completion;
      break;
    case Kind::fifo:
      rule.order = CompletionOrder::fifo;
      break;
    case Kind::lifo:
      rule.order = CompletionOrder::lifo;
      break;
    case Kind::random:
      rule.order = CompletionOrder::random;
      break;
    case Kind::pct:
      rule.depth =
          static_cast<std::uint32_t>(std::clamp<std::uint64_t>(plan.order->depth, 1, kMost));
      if (plan.order->steps != 0) {
        rule.steps = static_cast<std::uint32_t>(std::min(plan.order->steps, kMost));
      }
      break;
  }
  return rule;
}

observe::TraceHeader header_of(const fault::FaultPlan& plan, std::uint64_t seed,
                               std::uint64_t aio_max_nr) {
  observe::TraceHeader header;
  header.aioemu = AIOEMU_VERSION;
  header.engine = "world";
  header.seed = seed;
  header.aio_max_nr = aio_max_nr;
  header.plan = fault::print(plan);
  header.rules = observe::rule_words(plan);
  return header;
}

}  // namespace

Engine::Engine(const WorldOptions& options, const core::KernelProfile& profile,
               fault::FaultPlan plan, const observe::OracleChoice& oracles)
    : options_(options),
      memory_(options.memory == MemoryAccess::guarded ? static_cast<core::UserMemory&>(guarded_)
                                                      : static_cast<core::UserMemory&>(direct_)),
      system_(limit_of(options, profile, plan), options.realtime_io),
      plan_(std::move(plan)),
      seed_of_rules_(seed_of(options, plan_)),
      rules_(fault::compile(plan_)),
      states_(rules_.size()),
      injector_(rules_, states_, seed_of_rules_),
      board_(oracles.none() ? nullptr : observe::make_board()),
      seeded_(seed_of(options, plan_)),
      policy_(order_of(options, plan_), options.choices != nullptr ? *options.choices : seeded_),
      kernel_(profile, core::Ports{memory_, files_,
                                   options.rings == RingMemory::mapped
                                       ? static_cast<core::KernelMemory&>(mapped_)
                                       : static_cast<core::KernelMemory&>(heap_),
                                   system_}) {
  injector_.draw_from(options.choices);
  if (board_ != nullptr) oracles_ = observe::Oracles(*board_, oracles);
  if (options.trace) {
    trace_text_ = std::make_unique<observe::TraceText>(
        header_of(plan_, seed_of(options, plan_), system_.aio_max_nr()));
  }
  observe(trace_text_.get());
}

std::string Engine::trace() const { return trace_text_ != nullptr ? trace_text_->text() : ""; }

Engine::~Engine() {
  if (!end_told_) tell_end();
  tear_down();
}

void Engine::claim(const void* thread) {
  if (owner_ != nullptr) {
    std::fputs(
        "aioemu: a World was used by a second thread; it belongs to the thread that used it "
        "first. Use a Runtime for programs with threads.\n",
        stderr);
    std::abort();
  }
  owner_ = thread;
}

void Engine::let_worker_finish() {
  run_worker();
  leave();
}

// ---- sleeping calls ----

void Engine::link(Call& call) {
  call.asleep = true;
  call.before = last_asleep_;
  call.after = nullptr;
  (last_asleep_ != nullptr ? last_asleep_->after : first_asleep_) = &call;
  last_asleep_ = &call;
}

void Engine::unlink(Call& call) {
  (call.before != nullptr ? call.before->after : first_asleep_) = call.after;
  (call.after != nullptr ? call.after->before : last_asleep_) = call.before;
  call.asleep = false;
}

void Engine::end(Call& call, long result) {
  if (call.asleep) unlink(call);
  call.result = result;
  call.over = true;
  // K66, K69: a handler runs when the call returns, so that two signals of one kind in one
  // io_submit are one.
  signals_.deliver_due();
}

void Engine::disown(Call& call) {
  const auto is_it = [&](const std::unique_ptr<Call>& owned) { return owned.get() == &call; };
  owned_.erase(std::remove_if(owned_.begin(), owned_.end(), is_it), owned_.end());
}

// ---- io_getevents ----

void Engine::wait(WaitCall& call, core::UserAddress ctx, long min_nr, long nr,
                  core::UserAddress events, core::UserAddress timeout,
                  const core::UserAddress* usig) {
  const bool interrupted = attended_ && begin_wait(call, ctx, min_nr, nr, timeout, usig);
  WaitStatus status = usig == nullptr
                          ? kernel_.getevents_begin(call, ctx, min_nr, nr, events, timeout)
                          : kernel_.pgetevents_begin(call, ctx, min_nr, nr, events, timeout, *usig);
  if (call.has_mask) apply_mask(call, status);
  if (interrupted && status.blocked) {
    status = kernel_.getevents_resume(call, WakeReason::interrupted);
  }
  if (!status.blocked) {
    conclude(call, status);
    if (call.result == 0) look_again();
    return;
  }
  call.restarts = usig != nullptr;
  set_deadline(call);
  link(call);
}

// A program that polls waits too: what is held comes nearer with each look.
void Engine::look_again() {
  constexpr std::int64_t kLook = 10'000;
  if (!policy_.empty() && release_batch()) return;
  if (holds_.next_due() == Call::kNever && later_.empty()) return;
  advance_to(std::min(next_due(), clock_.now() + kLook));
}

void Engine::set_deadline(WaitCall& call) {
  if (call.forever) return;
  const std::int64_t room = Call::kNever - clock_.now() - 1;
  call.deadline = clock_.now() + std::min(static_cast<std::int64_t>(call.timeout_ns), room);
}

void Engine::stop_and_continue(Call& call) {
  if (!call.asleep) return;
  const bool restarts = call.kind == Call::Kind::wait && static_cast<WaitCall&>(call).restarts;
  if (restarts) {
    set_deadline(static_cast<WaitCall&>(call));
  } else {
    interrupt(call);
  }
}

// K122, K123: a pending signal that the temporary mask lets through is handled in any case, and
// ends the call unless it has events or an error to report.
void Engine::apply_mask(const WaitCall& call, WaitStatus& status) {
  if ((signals_.pending() & ~call.mask) == 0) return;
  if (status.blocked) {
    status = kernel_.getevents_resume(const_cast<WaitCall&>(call), WakeReason::interrupted);
  }
  signals_.deliver(call.mask);
  if (status.result == 0) status.result = -EINTR;
}

void Engine::conclude(WaitCall& call, const WaitStatus& status) {
  if (status.drained) drained_ = unsettled_ = true;
  end(call, status.result);
  if (call.told && observer_ != nullptr) tell_waited(call);
}

void Engine::resume(WaitCall& call, WakeReason reason) {
  const WaitStatus status = kernel_.getevents_resume(call, reason);
  if (!status.blocked) conclude(call, status);
}

void Engine::deliver_wakes(core::Wait* woken) {
  unsettled_ = true;
  for (; woken != nullptr; woken = woken->next_woken) {
    woken_.push_back(static_cast<WaitCall*>(woken));
  }
}

// ---- io_setup, io_cancel, io_destroy ----

long Engine::setup(std::uint32_t nr_events, core::UserAddress ctxp) {
  if (options_.memory == MemoryAccess::guarded) memory::install_fault_guard();
  return attended_ ? setup_attended(nr_events, ctxp) : kernel_.setup(nr_events, ctxp);
}

long Engine::cancel(core::UserAddress ctx, core::UserAddress iocb) {
  return attended_ ? cancel_attended(ctx, iocb) : cancel_as_kernel(ctx, iocb);
}

// K127: the event comes through a worker.
long Engine::cancel_as_kernel(core::UserAddress ctx, core::UserAddress iocb) {
  const core::CancelOutcome outcome = kernel_.cancel(ctx, iocb);
  if (outcome.request != nullptr) worker_.push_back({outcome.request, 0});
  return outcome.result;
}

void Engine::destroy(DestroyCall& call, core::UserAddress ctx) {
  if (attended_) begin_destroy(call, ctx);
  const core::DestroyStart start = kernel_.destroy_begin(ctx);
  if (start.context == nullptr) {
    end(call, start.result);
    return;
  }
  call.context = start.context;
  deliver_wakes(start.woken);
  link(call);
  drained_ = unsettled_ = true;
}

void Engine::try_destroys() {
  for (Call* call = first_asleep_; call != nullptr;) {
    Call* const next = call->after;
    if (call->kind == Call::Kind::destroy) {
      core::Context& context = *static_cast<DestroyCall*>(call)->context;
      while (core::Request* poll = kernel_.destroy_next_poll(context)) finish(*poll, 0, true);
      if (kernel_.destroy_finish(context)) {
        if (wanted(observe::Event::destroyed)) tell(record_of(observe::Event::destroyed, *call));
        end(*call, 0);
      }
    }
    call = next;
  }
}

// ---- what happens by itself ----

void Engine::changed(File& file, std::uint32_t carried) noexcept {
  if (closing_) return;
  unsettled_ = true;
  changed_ = true;
  if (file.polls.empty()) return;
  files_.hold(file);
  changes_.push_back({&file, carried});
}

void Engine::report_changes() {
  while (!changes_.empty()) {
    const Change change = changes_.front();
    changes_.pop_front();
    report_change(*change.file, change.carried);
  }
}

void Engine::report_change(File& file, std::uint32_t carried) {
  for (;;) {
    const core::DuePoll due = kernel_.poll_due(file.polls, {carried, file.readiness()});
    if (due.request == nullptr) break;
    finish_poll(*due.request, static_cast<long>(due.res));
  }
  files_.release(file);
}

void Engine::settle() {
  while (settle_once()) {
  }
  unsettled_ = power_failed_;
}

void Engine::settle_for_now() {
  settle();
  if (power_failed_) end_of_power();
}

bool Engine::settle_once() {
  if (!changes_.empty()) {
    report_changes();
    return true;
  }
  if (!woken_.empty()) {
    WaitCall& call = *woken_.front();
    woken_.pop_front();
    resume(call, WakeReason::woken);
    return true;
  }
  if (std::exchange(changed_, false)) {
    retry_sleepers();
    if (!holds_.empty()) retry_held();
    return true;
  }
  if (std::exchange(drained_, false)) {
    try_destroys();
    return true;
  }
  return false;
}

void Engine::retry_sleepers() {
  for (Call* call = first_asleep_; call != nullptr;) {
    Call* const next = call->after;
    if (call->kind == Call::Kind::submit) retry(static_cast<SubmitCall&>(*call));
    if (call->kind == Call::Kind::transfer) retry(static_cast<TransferCall&>(*call));
    call = next;
  }
}

bool Engine::run_worker() {
  if (worker_.empty()) return false;
  const Due due = worker_.front();
  worker_.pop_front();
  finish(*due.request, due.res, true);
  while (!worker_.empty()) run_worker();
  return true;
}

bool Engine::release_batch() {
  std::size_t batch = policy_.next_batch();
  if (batch == 0) return false;
  // A stall may take some of them away.
  for (; batch > 0 && !policy_.empty(); --batch) complete_held(policy_.take_next(), nullptr);
  return true;
}

std::int64_t Engine::next_due() const {
  std::int64_t due = std::min(clock_.next_due().value_or(Call::kNever), holds_.next_due());
  if (!later_.empty()) due = std::min(due, later_.front().due);
  for (const Call* call = first_asleep_; call != nullptr; call = call->after) {
    due = std::min(due, call->deadline);
  }
  return due;
}

bool Engine::next_moment(std::int64_t limit) {
  const std::int64_t due = next_due();
  if (due == Call::kNever || due > limit) return false;
  advance_to(due);
  return true;
}

// Timers first, then what is held, then deadlines: whoever waits until then gets it.
void Engine::advance_to(std::int64_t moment) {
  clock_.advance_to(moment);
  settle();
  release_due();
  settle();
  expire_deadlines();
}

// K106
void Engine::expire_deadlines() {
  for (Call* call = first_asleep_; call != nullptr;) {
    Call* const next = call->after;
    if (call->deadline <= clock_.now()) {
      if (call->kind == Call::Kind::submit) {
        end_block(static_cast<SubmitCall&>(*call));
      } else {
        resume(static_cast<WaitCall&>(*call), WakeReason::timed_out);
      }
    }
    call = next;
  }
}

bool Engine::breathe() {
  leave();
  const bool something = run_worker() || release_batch() || next_moment(Call::kNever);
  leave();
  return something;
}

void Engine::advance(std::int64_t ns) {
  const std::int64_t target = clock_.now() + std::max<std::int64_t>(ns, 0);
  leave();
  while (run_worker() || release_batch() || next_moment(target)) leave();
  clock_.advance_to(target);
  leave();
}

void Engine::run(Call& call) {
  while (!call.over) {
    if (unsettled_) {
      settle_for_now();
    } else if (!run_worker() && !release_batch() && !next_moment(Call::kNever)) {
      report_hang(call);
    }
  }
  leave();
}

void Engine::report_hang(Call& call) {
  const std::string text = hang_story(call, in_flight(), reasons());
  tell_hang(call);
  abandon(call);
  leave();
  throw CertainHang(text);
}

HangReasons Engine::reasons() const {
  HangReasons reasons;
  reasons.scripted = policy_.holds() && !policy_.releases();
  const auto blame = [&](const core::Request& request) {
    const Flight* const flight = flight_of(request);
    if (flight == nullptr || flight->fault.timing != Timing::hang) return;
    const auto rule = static_cast<std::size_t>(flight->fault.timing_rule);
    reasons.by_rule[request.serial] = fault::title(plan_.rules[rule]);
  };
  for (const HoldQueue::Entry& entry : holds_.entries()) blame(*entry.request);
  return reasons;
}

// The program's thread leaves the call with an exception: everything but a destroy ends as a
// signal would end it. A destroy goes on by itself, as it cannot be stopped (K132).
void Engine::abandon(Call& call) {
  if (call.kind != Call::Kind::destroy) interrupt(call);
}

void Engine::interrupt(Call& call) {
  if (!call.asleep) return;
  switch (call.kind) {
    case Call::Kind::wait:
      resume(static_cast<WaitCall&>(call), WakeReason::interrupted);
      break;
    case Call::Kind::submit: {
      auto& submit = static_cast<SubmitCall&>(call);
      submit.interrupted = true;
      if (submit.sleeper == nullptr) {
        // `submit block`: no signal ends that sleep.
        if (closing_) end_block(submit);
        break;
      }
      const Transfer& transfer = *submit.transfer->transfer;
      end_sleeper(submit, transfer.moved() > 0 ? transfer.outcome() : -EINTR);
      break;
    }
    case Call::Kind::transfer: {
      auto& transfer = static_cast<TransferCall&>(call);
      const Transfer& sleeper = *transfer.transfer.transfer;
      end_transfer(transfer, sleeper.moved() > 0 ? sleeper.outcome() : -EINTR);
      break;
    }
    case Call::Kind::destroy:
      break;
  }
}

// ---- looking in ----

namespace {

InFlight describe(const core::Request& request) {
  InFlight entry;
  entry.id = request.serial;
  entry.opcode = static_cast<unsigned>(request.op);
  entry.fd = request.fd;
  entry.offset = request.offset;
  entry.length = request.length;
  entry.data = request.data;
  entry.request = reinterpret_cast<iocb*>(request.obj);
  return entry;
}

}  // namespace

std::vector<InFlight> Engine::in_flight() const {
  std::vector<InFlight> list;
  for (const core::Request* held : policy_.held()) list.push_back(describe(*held));
  for (const HoldQueue::Entry& entry : holds_.entries()) {
    list.push_back(describe(*entry.request));
  }
  std::sort(list.begin(), list.end(),
            [](const InFlight& one, const InFlight& other) { return one.id < other.id; });
  for (const Due& due : worker_) list.push_back(describe(*due.request));
  std::map<std::uint64_t, InFlight> polls;  // once each, whatever number of descriptors
  for (const File* file : files_.slots()) {
    if (file == nullptr) continue;
    for (const core::Request* poll = file->polls.newest(); poll != nullptr;
         poll = poll->queue_next) {
      polls.emplace(poll->serial, describe(*poll));
    }
  }
  for (const auto& [serial, entry] : polls) list.push_back(entry);
  return list;
}

std::uint64_t Engine::fired(std::string_view rule) const {
  return fault::fired(plan_, states_, rule);
}

// ---- the end ----

// K137: what the parent has under way is the parent's.
void Engine::become_fork_child() {
  while (first_asleep_ != nullptr) unlink(*first_asleep_);
  owned_.clear();
  woken_.clear();
  changes_.clear();
  worker_.clear();
  known_.clear();
  next_ordinal_ = 0;
  ++process_;
  let_go_.clear();
  while (policy_.take_oldest() != nullptr) {
  }
  holds_.clear();
  later_.clear();
  stalls_.clear();
  for (File* file : files_.slots()) {
    if (file != nullptr) file->polls = core::PollQueue();
  }
  kernel_.forget_all();
}

void Engine::tear_down() {
  closing_ = true;
  for (Call* call = first_asleep_; call != nullptr;) {
    interrupt(*call);
    call = call->kind == Call::Kind::destroy ? call->after : first_asleep_;
    while (call != nullptr && call->kind == Call::Kind::destroy) call = call->after;
  }
  drop_held();
  run_worker();
  try_destroys();
  while (const core::UserAddress ctx = kernel_.first_context()) {
    DestroyCall& call = adopt<DestroyCall>(0);
    destroy(call, ctx);
    if (call.result != 0) break;  // the program took its ring away
    try_destroys();
  }
  woken_.clear();
}

}  // namespace aioemu::sim
