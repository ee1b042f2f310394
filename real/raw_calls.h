// The six AIO system calls of the kernel this process runs on.
//
// They go through libc's syscall(), so that a library loaded with LD_PRELOAD that overrides it is
// reached too. Each returns 0 or a count, or -errno. Nothing is checked or converted on the way.
// Any thread may call; errno is left as the call leaves it.
#pragma once

#include <linux/aio_abi.h>
#include <time.h>

#include <cstdint>

namespace real {

// `nr_events` is passed as a whole register, although the kernel looks at 32 bits of it (K8).
long io_setup(std::uint64_t nr_events, aio_context_t* context);
long io_destroy(aio_context_t context);
long io_submit(aio_context_t context, long nr, iocb** iocbs);
long io_getevents(aio_context_t context, long min_nr, long nr, io_event* events, timespec* timeout);
// `usig` points at {sigset address, size}, as the kernel wants it.
long io_pgetevents(aio_context_t context, long min_nr, long nr, io_event* events, timespec* timeout,
                   const void* usig);
long io_cancel(aio_context_t context, iocb* request, io_event* result);

}  // namespace real
