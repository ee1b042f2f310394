#include "preload/agent.h"

#include <atomic>
#include <cerrno>

#include "host/machine.h"
#include "host/process_session.h"
#include "host/spaces.h"
#include "preload/thread_mask.h"

namespace aioemu::preload {
namespace {

using host::Call;
using host::Count;
using host::Space;
using host::Spaces;

std::atomic<Spaces*> made{nullptr};

// Two threads that come first at the same time both make one; the loser's is destroyed unused.
[[gnu::noinline]] Spaces* make_spaces() noexcept {
  core::KernelProfile profile;
  profile.possible_cpus = host::possible_cpus();
  Spaces* mine = Spaces::create(profile, host::process_session());
  if (mine == nullptr) return nullptr;
  Spaces* first = nullptr;
  if (made.compare_exchange_strong(first, mine)) return mine;
  Spaces::destroy(mine);
  return first;
}

// Null when there is no memory, or when a signal handler interrupted the making of it.
[[gnu::always_inline]] inline Space* space() noexcept {
  learn_thread_mask();
  Spaces* spaces = made.load(std::memory_order_acquire);
  if (spaces == nullptr) spaces = make_spaces();
  return spaces == nullptr ? nullptr : spaces->here();
}

template <typename T>
core::UserAddress address(T* pointer) noexcept {
  return reinterpret_cast<core::UserAddress>(pointer);
}

// A context cannot exist where there is no Space.
constexpr long kNoSuchContext = -EINVAL;

}  // namespace

long Agent::io_setup(unsigned nr_events, aio_context_t* ctx) noexcept {
  Space* const here = space();
  host::process_session().count(entry_, Call::setup);
  return here == nullptr ? -ENOMEM : here->setup(nr_events, address(ctx));
}

long Agent::io_destroy(aio_context_t ctx) noexcept {
  Space* const here = space();
  host::process_session().count(entry_, Call::destroy);
  return here == nullptr ? kNoSuchContext : here->destroy_context(ctx);
}

long Agent::io_submit(aio_context_t ctx, long nr, iocb** iocbs) noexcept {
  Space* const here = space();
  Count* const calls = host::process_session().counter(entry_, Call::submit);
  return here == nullptr ? kNoSuchContext : here->submit(ctx, nr, address(iocbs), calls);
}

long Agent::io_cancel(aio_context_t ctx, iocb* request, io_event* /*result*/) noexcept {
  Space* const here = space();
  host::process_session().count(entry_, Call::cancel);
  return here == nullptr ? kNoSuchContext : here->cancel(ctx, address(request));
}

long Agent::io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                         timespec* timeout) noexcept {
  Space* const here = space();
  Count* const calls = host::process_session().counter(entry_, Call::getevents);
  if (here == nullptr) return kNoSuchContext;
  return here->getevents(ctx, min_nr, nr, address(events), address(timeout), calls);
}

long Agent::io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                          timespec* timeout, const void* usig) noexcept {
  Space* const here = space();
  host::process_session().count(entry_, Call::pgetevents);
  if (here == nullptr) return kNoSuchContext;
  return here->pgetevents(ctx, min_nr, nr, address(events), address(timeout), address(usig));
}

namespace {

// Null where nothing of this process is to be finished.
Space* own_space() noexcept {
  Spaces* const spaces = made.load(std::memory_order_acquire);
  Space* const here = spaces == nullptr ? nullptr : spaces->existing();
  return here != nullptr && host::process_session().is_owner() ? here : nullptr;
}

}  // namespace

void finish_in_flight() noexcept {
  Space* const here = own_space();
  if (here == nullptr) return;
  here->finish_all();
  here->say_goodbye();
}

void finish_before_exec() noexcept {
  if (Space* const here = own_space()) here->finish_all();
}

}  // namespace aioemu::preload
