// libaio's names as a shared library exports them, with their versions.
//
// Three names exist twice: as LIBAIO_0.1 had them, for binaries linked in those days, and as they
// are today. A program is bound to one of them by version, so both must be there. Which function is
// which is said here, with .symver; the map file of the library gives the others their only
// version.
#include "libaio/names/libaio_names.h"
#include "libaio/names/process_server.h"

#define AIOEMU_EXPORT extern "C" __attribute__((visibility("default")))

namespace names = aioemu::libaio_names;

// The server, told which code of the program's calls: only in an exported function itself.
#define AIOEMU_SERVER names::process_server(__builtin_return_address(0))

AIOEMU_EXPORT int io_setup(int nr_events, aio_context_t* ctx) {
  return names::io_setup(AIOEMU_SERVER, nr_events, ctx);
}

AIOEMU_EXPORT int io_destroy(aio_context_t ctx) { return names::io_destroy(AIOEMU_SERVER, ctx); }

AIOEMU_EXPORT int io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  return names::io_submit(AIOEMU_SERVER, ctx, nr, iocbs);
}

AIOEMU_EXPORT int io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                timespec* timeout, const void* sigmask) {
  return names::io_pgetevents(AIOEMU_SERVER, ctx, min_nr, nr, events, timeout, sigmask);
}

AIOEMU_EXPORT int io_queue_init(int nr_events, aio_context_t* ctx) {
  return names::io_queue_init(AIOEMU_SERVER, nr_events, ctx);
}

AIOEMU_EXPORT int io_queue_release(aio_context_t ctx) {
  return names::io_queue_release(AIOEMU_SERVER, ctx);
}

AIOEMU_EXPORT int io_queue_run(aio_context_t ctx) {
  return names::io_queue_run(AIOEMU_SERVER, ctx);
}

__asm__(".symver aioemu_io_cancel, io_cancel@@LIBAIO_0.4");
AIOEMU_EXPORT int aioemu_io_cancel(aio_context_t ctx, iocb* request, io_event* result) {
  return names::io_cancel(AIOEMU_SERVER, ctx, request, result);
}

__asm__(".symver aioemu_io_cancel_0_1, io_cancel@LIBAIO_0.1");
AIOEMU_EXPORT int aioemu_io_cancel_0_1(aio_context_t ctx, iocb* request) {
  return names::io_cancel_0_1(AIOEMU_SERVER, ctx, request);
}

__asm__(".symver aioemu_io_getevents, io_getevents@@LIBAIO_0.4");
AIOEMU_EXPORT int aioemu_io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                      timespec* timeout) {
  return names::io_getevents(AIOEMU_SERVER, ctx, min_nr, nr, events, timeout);
}

__asm__(".symver aioemu_io_getevents_0_1, io_getevents@LIBAIO_0.1");
AIOEMU_EXPORT int aioemu_io_getevents_0_1(aio_context_t ctx, long nr, io_event* events,
                                          const timespec* timeout) {
  return names::io_getevents_0_1(AIOEMU_SERVER, ctx, nr, events, timeout);
}

__asm__(".symver aioemu_io_queue_wait, io_queue_wait@@LIBAIO_0.4");
AIOEMU_EXPORT int aioemu_io_queue_wait(aio_context_t ctx, timespec* timeout) {
  return names::io_queue_wait(AIOEMU_SERVER, ctx, timeout);
}

__asm__(".symver aioemu_io_queue_wait_0_1, io_queue_wait@LIBAIO_0.1");
AIOEMU_EXPORT int aioemu_io_queue_wait_0_1(aio_context_t ctx, const timespec* timeout) {
  return names::io_queue_wait_0_1(AIOEMU_SERVER, ctx, timeout);
}
