// The six calls of one implementation in this process: what tells the real backends apart.
#pragma once

#include <memory>
#include <string>

#include "conformance/aio.h"

namespace real {
struct LibaioFunctions;
}

namespace conformance {

// Results as the raw system calls': 0 or a count, or -errno. Any thread may call.
class SixCalls {
 public:
  virtual ~SixCalls() = default;
  virtual long io_setup(std::uint64_t nr_events, Context* context) = 0;
  virtual long io_destroy(Context context) = 0;
  virtual long io_submit(Context context, long nr, iocb** iocbs) = 0;
  virtual long io_getevents(Context context, long min_nr, long nr, io_event* events,
                            timespec* timeout) = 0;
  virtual long io_pgetevents(Context context, long min_nr, long nr, io_event* events,
                             timespec* timeout, const void* usig) = 0;
  virtual long io_cancel(Context context, iocb* request, io_event* result) = 0;
};

// System calls through libc's syscall().
std::unique_ptr<SixCalls> make_raw_calls();

// A library with libaio's names, each call guarded against crashes.
std::unique_ptr<SixCalls> wrap_library(std::shared_ptr<const real::LibaioFunctions> library);

// The rest depends on how the program is linked: six_loaded.cpp for a dynamic one, six_linked.cpp
// for a static one.

// The same for a shared library. Null, with the reason, when it cannot be loaded, as always in a
// static program. `*is_dropin` tells whether it is the emulator's own replacement of libaio.
std::unique_ptr<SixCalls> make_library_calls(const std::string& path, bool* is_dropin,
                                             std::string* why);

// The libaio that is part of this program; null in a dynamic one, which has none.
std::unique_ptr<SixCalls> make_linked_calls();

// Whether the preload library of the emulator answers this program's system calls.
bool below_preload();

}  // namespace conformance
