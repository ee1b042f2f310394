// The six calls by number, as a program's registers hand them over.
#pragma once

#include <sys/syscall.h>

#include "preload/agent.h"

namespace aioemu::preload {

struct Arguments {
  long a, b, c, d, e, f;
};

template <typename T>
T* pointer_in(long value) noexcept {
  return reinterpret_cast<T*>(value);
}

constexpr bool is_aio_call(long number) noexcept {
  return number == SYS_io_setup || number == SYS_io_destroy || number == SYS_io_submit ||
         number == SYS_io_cancel || number == SYS_io_getevents || number == SYS_io_pgetevents;
}

// Only for such a number: 0 or a count, or -errno.
inline long serve_aio_call(Agent& agent, long number, const Arguments& args) noexcept {
  const auto ctx = static_cast<aio_context_t>(args.a);
  switch (number) {
    case SYS_io_setup:
      // K8: the upper half of the register is ignored.
      return agent.io_setup(static_cast<unsigned>(args.a), pointer_in<aio_context_t>(args.b));
    case SYS_io_destroy:
      return agent.io_destroy(ctx);
    case SYS_io_submit:
      return agent.io_submit(ctx, args.b, pointer_in<iocb*>(args.c));
    case SYS_io_cancel:
      return agent.io_cancel(ctx, pointer_in<iocb>(args.b), pointer_in<io_event>(args.c));
    case SYS_io_getevents:
      return agent.io_getevents(ctx, args.b, args.c, pointer_in<io_event>(args.d),
                                pointer_in<timespec>(args.e));
    default:
      return agent.io_pgetevents(ctx, args.b, args.c, pointer_in<io_event>(args.d),
                                 pointer_in<timespec>(args.e), pointer_in<void>(args.f));
  }
}

}  // namespace aioemu::preload
