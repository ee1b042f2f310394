#include "libaio/names/libaio_names.h"

#include <cerrno>

#include "abi/aio_abi.h"

// What libaio.h calls it: callbacks are called through the very type that they have.
struct io_context;

namespace aioemu::libaio_names {
namespace {

// Puts errno back on every way out.
class KeepErrno {
 public:
  KeepErrno() = default;
  ~KeepErrno() { errno = saved_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  const int saved_ = errno;
};

// What io_pgetevents' last argument points at.
struct Sigset {
  const void* mask;
  unsigned long size;
};
constexpr unsigned long kKernelSigsetSize = 8;

// K144: libaio looks at the ring before it asks the kernel, so that polling an empty ring is cheap.
// The order of the reads is libaio's: the magic first, even when there is no timeout.
bool surely_empty(aio_context_t ctx, const timespec* timeout) {
  if (ctx == 0) return false;
  const auto* const ring = reinterpret_cast<const abi::RingHeader*>(ctx);
  if (__atomic_load_n(&ring->magic, __ATOMIC_RELAXED) != abi::kRingMagic) return false;
  if (timeout == nullptr || timeout->tv_sec != 0 || timeout->tv_nsec != 0) return false;
  return __atomic_load_n(&ring->head, __ATOMIC_RELAXED) ==
         __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

}  // namespace

int io_setup(Server& server, int nr_events, aio_context_t* ctx) {
  const KeepErrno keep;
  return static_cast<int>(server.io_setup(static_cast<unsigned>(nr_events), ctx));
}

int io_destroy(Server& server, aio_context_t ctx) {
  const KeepErrno keep;
  return static_cast<int>(server.io_destroy(ctx));
}

int io_submit(Server& server, aio_context_t ctx, long nr, iocb** iocbs) {
  const KeepErrno keep;
  return static_cast<int>(server.io_submit(ctx, nr, iocbs));
}

int io_cancel(Server& server, aio_context_t ctx, iocb* request, io_event* result) {
  const KeepErrno keep;
  return static_cast<int>(server.io_cancel(ctx, request, result));
}

int io_getevents(Server& server, aio_context_t ctx, long min_nr, long nr, io_event* events,
                 timespec* timeout) {
  if (surely_empty(ctx, timeout)) return 0;
  const KeepErrno keep;
  return static_cast<int>(server.io_getevents(ctx, min_nr, nr, events, timeout));
}

int io_pgetevents(Server& server, aio_context_t ctx, long min_nr, long nr, io_event* events,
                  timespec* timeout, const void* sigmask) {
  if (surely_empty(ctx, timeout)) return 0;
  const KeepErrno keep;
  const Sigset usig{sigmask, kKernelSigsetSize};
  return static_cast<int>(server.io_pgetevents(ctx, min_nr, nr, events, timeout, &usig));
}

int io_queue_init(Server& server, int nr_events, aio_context_t* ctx) {
  if (nr_events <= 0) return -EINVAL;
  *ctx = 0;
  return io_setup(server, nr_events, ctx);
}

int io_queue_release(Server& server, aio_context_t ctx) { return io_destroy(server, ctx); }

int io_queue_run(Server& server, aio_context_t ctx) {
  using Callback = void (*)(io_context*, iocb*, long, long);
  for (;;) {
    timespec at_once{};
    io_event event{};
    const int reaped = io_getevents(server, ctx, 0, 1, &event, &at_once);
    if (reaped != 1) return reaped;
    reinterpret_cast<Callback>(event.data)(
        reinterpret_cast<io_context*>(ctx), reinterpret_cast<iocb*>(event.obj),
        static_cast<long>(event.res), static_cast<long>(event.res2));
  }
}

int io_queue_wait(Server& server, aio_context_t ctx, timespec* timeout) {
  return io_getevents(server, ctx, 0, 0, nullptr, timeout);
}

int io_cancel_0_1(Server& server, aio_context_t ctx, iocb* request) {
  io_event thrown_away{};
  return io_cancel(server, ctx, request, &thrown_away);
}

int io_getevents_0_1(Server& server, aio_context_t ctx, long nr, io_event* events,
                     const timespec* timeout) {
  timespec copy{};
  if (timeout != nullptr) copy = *timeout;
  return io_getevents(server, ctx, 1, nr, events, timeout != nullptr ? &copy : nullptr);
}

int io_queue_wait_0_1(Server& server, aio_context_t ctx, const timespec* timeout) {
  timespec copy{};
  if (timeout != nullptr) copy = *timeout;
  return io_queue_wait(server, ctx, timeout != nullptr ? &copy : nullptr);
}

}  // namespace aioemu::libaio_names
