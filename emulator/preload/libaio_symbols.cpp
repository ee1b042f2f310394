// libaio's names with their versions, so that a program linked with libaio, even one that makes its
// system calls with an instruction of its own (libaio 0.3.110 and older), is served as well.
//
// Two names exist twice: with the signature of LIBAIO_0.1, and as they are today. A program is
// bound to one of them by version, so both must be here.
#include "libaio/names/libaio_names.h"
#include "preload/agent.h"
#include "preload/export.h"

namespace names = aioemu::libaio_names;

namespace {

names::Server& server() noexcept {
  static constinit aioemu::preload::Agent agent(aioemu::host::Entry::libaio_symbol);
  return agent;
}

}  // namespace

// The map file gives these their only version.
AIOEMU_INTERPOSE int io_setup(int nr_events, aio_context_t* ctx) {
  return names::io_setup(server(), nr_events, ctx);
}
AIOEMU_INTERPOSE int io_destroy(aio_context_t ctx) { return names::io_destroy(server(), ctx); }
AIOEMU_INTERPOSE int io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  return names::io_submit(server(), ctx, nr, iocbs);
}
AIOEMU_INTERPOSE int io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                   timespec* timeout, const void* sigmask) {
  return names::io_pgetevents(server(), ctx, min_nr, nr, events, timeout, sigmask);
}
AIOEMU_INTERPOSE int io_queue_init(int nr_events, aio_context_t* ctx) {
  return names::io_queue_init(server(), nr_events, ctx);
}
AIOEMU_INTERPOSE int io_queue_release(aio_context_t ctx) {
  return names::io_queue_release(server(), ctx);
}
AIOEMU_INTERPOSE int io_queue_run(aio_context_t ctx) { return names::io_queue_run(server(), ctx); }

// ---- today's ----
__asm__(".symver aioemu_io_cancel, io_cancel@@LIBAIO_0.4");
AIOEMU_INTERPOSE int aioemu_io_cancel(aio_context_t ctx, iocb* request, io_event* result) {
  return names::io_cancel(server(), ctx, request, result);
}
__asm__(".symver aioemu_io_getevents, io_getevents@@LIBAIO_0.4");
AIOEMU_INTERPOSE int aioemu_io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                         timespec* timeout) {
  return names::io_getevents(server(), ctx, min_nr, nr, events, timeout);
}
__asm__(".symver aioemu_io_queue_wait, io_queue_wait@@LIBAIO_0.4");
AIOEMU_INTERPOSE int aioemu_io_queue_wait(aio_context_t ctx, timespec* timeout) {
  return names::io_queue_wait(server(), ctx, timeout);
}

// ---- those of LIBAIO_0.1 ----
__asm__(".symver aioemu_io_cancel_0_1, io_cancel@LIBAIO_0.1");
AIOEMU_INTERPOSE int aioemu_io_cancel_0_1(aio_context_t ctx, iocb* request) {
  return names::io_cancel_0_1(server(), ctx, request);
}
__asm__(".symver aioemu_io_getevents_0_1, io_getevents@LIBAIO_0.1");
AIOEMU_INTERPOSE int aioemu_io_getevents_0_1(aio_context_t ctx, long nr, io_event* events,
                                             const timespec* timeout) {
  return names::io_getevents_0_1(server(), ctx, nr, events, timeout);
}
__asm__(".symver aioemu_io_queue_wait_0_1, io_queue_wait@LIBAIO_0.1");
AIOEMU_INTERPOSE int aioemu_io_queue_wait_0_1(aio_context_t ctx, const timespec* timeout) {
  return names::io_queue_wait_0_1(server(), ctx, timeout);
}
