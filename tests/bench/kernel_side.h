// The kernel's side, through raw system calls.
#pragma once

#include "real/raw_calls.h"

namespace aioemu::bench {

struct KernelApi {
  long io_submit(aio_context_t context, long nr, iocb** iocbs) {
    return real::io_submit(context, nr, iocbs);
  }
  long io_getevents(aio_context_t context, long min_nr, long nr, io_event* events,
                    timespec* timeout) {
    return real::io_getevents(context, min_nr, nr, events, timeout);
  }
};

// An unlinked file of `bytes` bytes on tmpfs, or an exit with a message.
int tmpfs_file(std::size_t bytes);

// Registers the benchmarks of this side, those that the machine can run.
void register_kernel();

}  // namespace aioemu::bench
