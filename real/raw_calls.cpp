#include "real/raw_calls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace real {
namespace {

long result_of(long returned) { return returned == -1 ? -errno : returned; }

}  // namespace

long io_setup(std::uint64_t nr_events, aio_context_t* context) {
  return result_of(::syscall(SYS_io_setup, nr_events, context));
}

long io_destroy(aio_context_t context) { return result_of(::syscall(SYS_io_destroy, context)); }

long io_submit(aio_context_t context, long nr, iocb** iocbs) {
  return result_of(::syscall(SYS_io_submit, context, nr, iocbs));
}

long io_getevents(aio_context_t context, long min_nr, long nr, io_event* events,
                  timespec* timeout) {
  return result_of(::syscall(SYS_io_getevents, context, min_nr, nr, events, timeout));
}

long io_pgetevents(aio_context_t context, long min_nr, long nr, io_event* events, timespec* timeout,
                   const void* usig) {
  return result_of(::syscall(SYS_io_pgetevents, context, min_nr, nr, events, timeout, usig));
}

long io_cancel(aio_context_t context, iocb* request, io_event* result) {
  return result_of(::syscall(SYS_io_cancel, context, request, result));
}

}  // namespace real
