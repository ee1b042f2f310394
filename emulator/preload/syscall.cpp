// syscall(): the C library's own entry for system calls it has no function for. libaio, too, makes
// its calls through it.
#include <sys/syscall.h>

#include <cerrno>
#include <cstdarg>

#include "memory/raw_syscall.h"
#include "preload/agent.h"
#include "preload/export.h"

namespace aioemu::preload {
namespace {

struct Arguments {
  long a, b, c, d, e, f;
};

template <typename T>
T* pointer(long value) noexcept {
  return reinterpret_cast<T*>(value);
}

long emulated(long number, const Arguments& args) noexcept {
  static constinit Agent agent(host::Entry::syscall_function);
  const auto ctx = static_cast<aio_context_t>(args.a);
  switch (number) {
    case SYS_io_setup:
      // K8: the upper half of the register is ignored.
      return agent.io_setup(static_cast<unsigned>(args.a), pointer<aio_context_t>(args.b));
    case SYS_io_destroy:
      return agent.io_destroy(ctx);
    case SYS_io_submit:
      return agent.io_submit(ctx, args.b, pointer<iocb*>(args.c));
    case SYS_io_cancel:
      return agent.io_cancel(ctx, pointer<iocb>(args.b), pointer<io_event>(args.c));
    case SYS_io_getevents:
      return agent.io_getevents(ctx, args.b, args.c, pointer<io_event>(args.d),
                                pointer<timespec>(args.e));
    default:
      return agent.io_pgetevents(ctx, args.b, args.c, pointer<io_event>(args.d),
                                 pointer<timespec>(args.e), pointer<void>(args.f));
  }
}

constexpr bool is_emulated(long number) noexcept {
  return number == SYS_io_setup || number == SYS_io_destroy || number == SYS_io_submit ||
         number == SYS_io_cancel || number == SYS_io_getevents || number == SYS_io_pgetevents;
}

}  // namespace
}  // namespace aioemu::preload

AIOEMU_INTERPOSE long syscall(long number, ...) {
  namespace preload = aioemu::preload;
  va_list list;
  va_start(list, number);
  // One by one: they stay in registers then.
  preload::Arguments args;
  args.a = va_arg(list, long);
  args.b = va_arg(list, long);
  args.c = va_arg(list, long);
  args.d = va_arg(list, long);
  args.e = va_arg(list, long);
  args.f = va_arg(list, long);
  va_end(list);
  long result = 0;
  if (preload::is_emulated(number)) {
    result = preload::emulated(number, args);
  } else {
    if (number == SYS_exit_group) preload::finish_in_flight();
    result = aioemu::memory::raw_syscall(number, args.a, args.b, args.c, args.d, args.e, args.f);
  }
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}
