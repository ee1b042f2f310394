// The agent: what stands between the interposed names and the Runtime of this process.
//
// It lives in somebody else's process. Nothing is started when the library is loaded; the first of
// the six calls makes the Runtime. No exception leaves it, errno is only touched where the C
// library's own conventions say so, and no allocation goes through the program's malloc on the
// paths of the six calls.
#pragma once

#include "host/session_layout.h"
#include "libaio/names/libaio_names.h"

namespace aioemu::preload {

// The six calls as the kernel has them: 0 or a count, or -errno. Each is counted under its entry.
class Agent final : public libaio_names::Server {
 public:
  explicit constexpr Agent(host::Entry entry) noexcept : entry_(entry) {}

  long io_setup(unsigned nr_events, aio_context_t* ctx) noexcept override;
  long io_destroy(aio_context_t ctx) noexcept override;
  long io_submit(aio_context_t ctx, long nr, iocb** iocbs) noexcept override;
  long io_cancel(aio_context_t ctx, iocb* request, io_event* result) noexcept override;
  long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                    timespec* timeout) noexcept override;
  long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) noexcept override;

 private:
  const host::Entry entry_;
};

// The process is about to end: waits until what this address space has in flight is done, as its
// contexts would (K136), and tells whoever looks on what is left. Returns at once in a vfork child
// and in a process that never used AIO.
void finish_in_flight() noexcept;
// The same before another program is run, which may still fail: nobody is told of an end.
void finish_before_exec() noexcept;

}  // namespace aioemu::preload
