// libaio.so.1: the names of libaio, served by the emulator in the calling process.
//
// A program that is linked with libaio needs nothing but LD_LIBRARY_PATH to be served. Loading the
// library does nothing; the first call reads the settings (AIOEMU_PLAN, AIOEMU_SEED, ..., or the
// session of `aioemu run`). At exit() what is in flight is finished, as the kernel does (K136).
//
// Less than the preload library gives, because only libaio's names lead here: system calls that
// the program makes itself go to the kernel, _exit() drops what is in flight, and a SIGSEGV handler
// that the program installs after its first io_setup stands in front of the emulator's until the
// next io_setup.
#include "libaio/names/process_server.h"

#include <atomic>
#include <cerrno>

#include "host/machine.h"
#include "host/process_session.h"
#include "host/program_caller.h"
#include "host/spaces.h"

extern "C" __attribute__((visibility("default"))) const char aioemu_dropin_version[] =
    AIOEMU_VERSION;

namespace aioemu {
namespace {

using host::Space;
using host::Spaces;

// Constant-initialised: calls may come before this library's constructors have run.
std::atomic<Spaces*> made{nullptr};

Spaces* spaces() noexcept {
  Spaces* first = made.load(std::memory_order_acquire);
  if (first != nullptr) return first;
  core::KernelProfile profile;
  profile.possible_cpus = host::possible_cpus();
  Spaces* const mine = Spaces::create(profile, host::process_session());
  // Two threads that come first together both make one; the loser's was never used.
  if (mine == nullptr || made.compare_exchange_strong(first, mine)) return mine;
  Spaces::destroy(mine);
  return first;
}

template <typename T>
core::UserAddress address_of(T* pointer) noexcept {
  return reinterpret_cast<core::UserAddress>(pointer);
}

// The calling process' address space, each call counted as one by libaio's names.
class Process final : public libaio_names::Server {
 public:
  long io_setup(unsigned nr_events, aio_context_t* ctx) noexcept override {
    Space* const here = enter(host::Call::setup);
    return here == nullptr ? -ENOMEM : here->setup(nr_events, address_of(ctx));
  }
  long io_destroy(aio_context_t ctx) noexcept override {
    Space* const here = enter(host::Call::destroy);
    return here == nullptr ? -EINVAL : here->destroy_context(ctx);
  }
  long io_submit(aio_context_t ctx, long nr, iocb** iocbs) noexcept override {
    Space* const here = enter(host::Call::submit);
    return here == nullptr ? -EINVAL : here->submit(ctx, nr, address_of(iocbs));
  }
  long io_cancel(aio_context_t ctx, iocb* request, io_event* /*result*/) noexcept override {
    Space* const here = enter(host::Call::cancel);
    return here == nullptr ? -EINVAL : here->cancel(ctx, address_of(request));
  }
  long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                    timespec* timeout) noexcept override {
    Space* const here = enter(host::Call::getevents);
    if (here == nullptr) return -EINVAL;
    return here->getevents(ctx, min_nr, nr, address_of(events), address_of(timeout));
  }
  long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) noexcept override {
    Space* const here = enter(host::Call::pgetevents);
    if (here == nullptr) return -EINVAL;
    return here->pgetevents(ctx, min_nr, nr, address_of(events), address_of(timeout),
                            address_of(usig));
  }

 private:
  // Null when there is no memory for a Space, and so no context either.
  static Space* enter(host::Call call) noexcept {
    Spaces* const all = spaces();
    Space* const here = all == nullptr ? nullptr : all->here();
    host::process_session().count(host::Entry::libaio_symbol, call);
    return here;
  }
};

__attribute__((destructor)) void unloaded() noexcept {
  Spaces* const all = made.load(std::memory_order_acquire);
  Space* const here = all == nullptr ? nullptr : all->existing();
  if (here == nullptr) return;
  here->finish_all();
  if (host::process_session().is_owner()) here->say_goodbye();
}

}  // namespace

libaio_names::Server& libaio_names::process_server(const void* caller) noexcept {
  host::note_caller(caller);
  static constinit Process process;
  return process;
}

}  // namespace aioemu
