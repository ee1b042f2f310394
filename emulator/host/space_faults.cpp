// What rules do to the calls io_setup, io_getevents and io_cancel themselves.

#include <array>

#include "core/context.h"
#include "host/space.h"

namespace aioemu::host {

using fault::Layer;

namespace {

constexpr int kSignals = 64;
constexpr std::size_t kMaskSize = sizeof(std::uint64_t);

// Has the program a handler for a signal that `mask` lets through?
bool some_handler_runs(std::uint64_t mask) noexcept {
  for (int signal = 1; signal <= kSignals; ++signal) {
    if ((mask >> (signal - 1) & 1U) != 0) continue;
    // The kernel's own structure; its first word is the handler, or 0 or 1 for none.
    std::array<std::uint64_t, 8> action{};
    const long known = raw_syscall(SYS_rt_sigaction, signal, nullptr, action.data(), kMaskSize);
    if (known == 0 && action[0] > 1) return true;
  }
  return false;
}

std::uint64_t own_mask() noexcept {
  std::uint64_t mask = 0;
  raw_syscall(SYS_rt_sigprocmask, 0, nullptr, &mask, kMaskSize);
  return mask;
}

}  // namespace

// ---- io_setup ----

// Only of a call with right arguments: 0, or the error with which it is to fail.
int Space::fault_of_setup(const CallNote& call, std::uint32_t nr_events,
                          core::UserAddress ctxp) noexcept {
  if (!seat_.injector->acts_on(Layer::setup) || nr_events == 0) return 0;
  core::UserAddress before = 0;
  if (!memory_.read(&before, ctxp, sizeof before) || before != 0) return 0;
  const fault::SetupDecision decision =
      seat_.injector->decide(fault::SetupCall{call.who, nr_events, telling_.moment(call, 0)});
  if (decision.error != 0) {
    telling_.fault(call, decision.rule, static_cast<std::uint64_t>(decision.error));
  }
  return decision.error;
}

// ---- io_getevents, io_pgetevents ----

// With the lock held, which it may give up for a while. 0, or the error with which the wait is to
// fail; `wanted` then is what it is to ask for.
int Space::prepare_wait(Sleeper& sleeper, WaitArguments& wanted,
                        core::UserAddress events) noexcept {
  begin_wait(sleeper, wanted.ctx, wanted.min_nr, wanted.nr, events);
  if (!sleeper.noted) return 0;
  if (seat_.injector->acts_on(Layer::wait)) {
    if (const int error = fault_of_wait(sleeper, wanted); error != 0) return error;
  }
  if (holds_.ordered()) let_held_go();
  return 0;
}

int Space::fault_of_wait(Sleeper& sleeper, WaitArguments& wanted) noexcept {
  const core::Context& context = *kernel_.context_at(wanted.ctx);
  fault::WaitCall question;
  question.identity = sleeper.call.who;
  question.min_nr = static_cast<std::uint64_t>(wanted.min_nr);
  question.nr = static_cast<std::uint64_t>(wanted.nr);
  question.interruptible = context.unreaped() == 0 && can_be_interrupted(wanted);
  question.at = telling_.moment(sleeper.call, context.in_flight());
  const fault::WaitDecision decision = seat_.injector->decide(question);
  if (decision.error != 0) {
    telling_.fault(sleeper.call, decision.rule, static_cast<std::uint64_t>(decision.error));
  } else if (decision.most < question.min_nr) {
    telling_.fault(sleeper.call, decision.rule, decision.most);
    sleeper.early_rule = decision.rule;
    sleeper.early = decision.most;
    wanted.min_nr = wanted.nr = static_cast<std::int64_t>(decision.most);
  }
  return decision.error;
}

// Would it sleep on an empty ring, and could a signal end that? K118, K119: io_getevents ends for a
// stopped process too, io_pgetevents for handlers alone.
bool Space::can_be_interrupted(const WaitArguments& wanted) noexcept {
  if (wanted.min_nr == 0) return false;
  abi::Timespec timeout{};
  if (wanted.timeout != 0) {
    if (!memory_.read(&timeout, wanted.timeout, sizeof timeout)) return false;
    if (timeout.seconds == 0 && timeout.nanoseconds == 0) return false;
  }
  if (!wanted.handlers_only) return true;
  std::uint64_t mask = own_mask();
  abi::SigsetArgument argument{};
  if (wanted.usig != 0) {
    if (!memory_.read(&argument, wanted.usig, sizeof argument)) return false;
    if (argument.mask != 0 && !memory_.read(&mask, argument.mask, sizeof mask)) return false;
  }
  return some_handler_runs(mask);
}

// The program waits: what the order holds back completes first, all of it, so that what the wait
// finds does not depend on how fast a worker is.
void Space::let_held_go() noexcept {
  Outbox outbox;
  holds_.release(outbox);
  if (holds_.line_empty()) return;
  lock_.unlock();
  outbox.flush();
  holds_.wait_for_line();
  AIOEMU_CHECK(lock_.lock());
}

// ---- io_cancel ----

// The request in flight that an io_cancel is about, whether a kernel could cancel it or not; oldest
// first (K128). Null where the call fails before it looks for one (K125).
core::Request* Space::find_to_cancel(core::UserAddress ctx, core::UserAddress iocb) noexcept {
  std::uint32_t key = 0;
  if (!memory_.read(&key, iocb + abi::kKeyOffset, sizeof key) || key != 0) return nullptr;
  const core::Context* const context = kernel_.context_at(ctx);
  if (context == nullptr) return nullptr;
  core::Request* oldest = nullptr;
  for (HeldFile* file = held_.first(); file != nullptr; file = file->next) {
    for (core::Request* poll = file->queue.newest(); poll != nullptr; poll = poll->queue_next) {
      if (poll->context != context || poll->obj != iocb) continue;
      if (oldest == nullptr || poll->serial < oldest->serial) oldest = poll;
    }
  }
  if (oldest != nullptr) return oldest;
  const Hold* const hold = holds_.find(context, iocb);
  return hold != nullptr ? hold->request : nullptr;
}

void Space::decide_cancel(Cancelling& cancelling, core::UserAddress ctx,
                          core::UserAddress iocb) noexcept {
  core::Request* const request = find_to_cancel(ctx, iocb);
  const RequestNote* const about = request != nullptr ? RequestNotes::of(*request) : nullptr;
  if (about == nullptr) return;
  cancelling.request = request;
  cancelling.call = telling_.call();
  cancelling.call.who = identities_.next(request->context, Counted::cancel);
  fault::CancelCall question{about->question};
  question.request.identity.submit = cancelling.call.who.submit;
  question.request.at = telling_.moment(cancelling.call, request->context->in_flight());
  cancelling.decision = seat_.injector->decide(question);
}

// A poll is cancelled anyway, and nothing else ever is (K126).
bool Space::cancel_differs(const Cancelling& cancelling) const noexcept {
  using Kind = fault::CancelDecision::Kind;
  if (cancelling.request == nullptr) return false;
  const bool poll = cancelling.request->op == abi::Opcode::poll;
  switch (cancelling.decision.kind) {
    case Kind::none:
      return false;
    case Kind::einval:
      return poll;
    case Kind::inprogress_done:
      return true;
    case Kind::inprogress_canceled: {
      const Hold* const hold = poll ? nullptr : Hold::of(*cancelling.request);
      return hold != nullptr && hold->waits();
    }
  }
  return false;
}

// With the lock held; without it on return.
long Space::cancel_as_decided(Cancelling& cancelling) noexcept {
  using Kind = fault::CancelDecision::Kind;
  core::Request& request = *cancelling.request;
  const Kind kind = cancelling.decision.kind;
  const long result = kind == Kind::einval ? -EINVAL : -EINPROGRESS;
  telling_.fault(cancelling.call, cancelling.decision.rule, 0);
  telling_.cancel(cancelling.call, request, result, cancelling.decision.rule);
  if (kind != Kind::inprogress_canceled) {
    lock_.unlock();
    return result;
  }
  Outbox outbox;
  holds_.withdraw(*Hold::of(request), outbox);
  flush(outbox);
  return cancel_by_worker(request, -ECANCELED, result);
}

}  // namespace aioemu::host
