// SixCalls: the six calls as an interface, for whoever serves them in the place of a World or a
// Runtime: a mock, a wrapper that counts.
//
// Results as the raw calls give them: 0 or a count, or -errno. World and Runtime have members of
// these names and signatures, but are no SixCalls: code that is to take any of them is a template,
// or calls libaio by name (libaio.h).
#pragma once

#include <time.h>

#include "aioemu/aio_types.h"

namespace aioemu {

class SixCalls {
 public:
  virtual ~SixCalls() = default;
  virtual long io_setup(unsigned nr_events, aio_context_t* ctx) = 0;
  virtual long io_destroy(aio_context_t ctx) = 0;
  virtual long io_submit(aio_context_t ctx, long nr, iocb** iocbs) = 0;
  virtual long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                            const timespec* timeout) = 0;
  virtual long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                             const timespec* timeout, const void* usig) = 0;
  virtual long io_cancel(aio_context_t ctx, iocb* request, io_event* result) = 0;
};

}  // namespace aioemu
