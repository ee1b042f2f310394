// libaio's names for C++ tests: each leads to whoever the open LibaioScope names.
//
// Unversioned, and only the signatures of today: a test is compiled against today's <libaio.h>.
#include "libaio/in_world/serving.h"
#include "libaio/names/libaio_names.h"

namespace names = aioemu::libaio_names;
using aioemu::in_world::Call;

// The declarations of <libaio.h>, with the types of the kernel's header.
#define AIOEMU_LIBAIO_NAME extern "C" __attribute__((visibility("default")))

AIOEMU_LIBAIO_NAME int io_setup(int nr_events, aio_context_t* ctx) {
  return names::io_setup(Call(__func__).server(), nr_events, ctx);
}

AIOEMU_LIBAIO_NAME int io_destroy(aio_context_t ctx) {
  return names::io_destroy(Call(__func__).server(), ctx);
}

AIOEMU_LIBAIO_NAME int io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  return names::io_submit(Call(__func__).server(), ctx, nr, iocbs);
}

AIOEMU_LIBAIO_NAME int io_cancel(aio_context_t ctx, iocb* request, io_event* result) {
  return names::io_cancel(Call(__func__).server(), ctx, request, result);
}

AIOEMU_LIBAIO_NAME int io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                    timespec* timeout) {
  return names::io_getevents(Call(__func__).server(), ctx, min_nr, nr, events, timeout);
}

AIOEMU_LIBAIO_NAME int io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                     timespec* timeout, const void* sigmask) {
  return names::io_pgetevents(Call(__func__).server(), ctx, min_nr, nr, events, timeout, sigmask);
}

AIOEMU_LIBAIO_NAME int io_queue_init(int nr_events, aio_context_t* ctx) {
  return names::io_queue_init(Call(__func__).server(), nr_events, ctx);
}

AIOEMU_LIBAIO_NAME int io_queue_release(aio_context_t ctx) {
  return names::io_queue_release(Call(__func__).server(), ctx);
}

AIOEMU_LIBAIO_NAME int io_queue_run(aio_context_t ctx) {
  return names::io_queue_run(Call(__func__).server(), ctx);
}

AIOEMU_LIBAIO_NAME int io_queue_wait(aio_context_t ctx, timespec* timeout) {
  return names::io_queue_wait(Call(__func__).server(), ctx, timeout);
}
