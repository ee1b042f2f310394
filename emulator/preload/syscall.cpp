// syscall(): the C library's own entry for system calls it has no function for. libaio, too, makes
// its calls through it.
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstring>

#include "host/program_caller.h"
#include "memory/raw_syscall.h"
#include "preload/agent.h"
#include "preload/export.h"
#include "preload/six_calls.h"
#include "preload/trap.h"

namespace aioemu::preload {
namespace {

// rt_sigprocmask, but SIGSYS stays open: the kernel would kill the thread at its next AIO call.
long change_mask(const Arguments& args) noexcept {
  std::uint64_t set = 0;
  const bool blocks = args.a != SIG_UNBLOCK && args.b != 0 && args.d == sizeof set;
  if (!blocks || !guards_sigsys()) {
    return memory::raw_syscall(SYS_rt_sigprocmask, args.a, args.b, args.c, args.d);
  }
  // A bad address is the kernel's to find.
  const long readable =
      memory::raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, args.b, nullptr, sizeof set);
  if (readable < 0) return readable;
  std::memcpy(&set, pointer_in<void>(args.b), sizeof set);
  set &= ~(std::uint64_t{1} << (SIGSYS - 1U));
  return memory::raw_syscall(SYS_rt_sigprocmask, args.a, &set, args.c, args.d);
}

// Calls other than AIO that are not simply the kernel's.
long other_call(long number, const Arguments& args) noexcept {
  switch (number) {
    case SYS_exit_group:
      finish_in_flight();
      break;
    case SYS_io_uring_setup:
      if (hides_io_uring()) return -ENOSYS;
      break;
    case SYS_rt_sigprocmask:
      return change_mask(args);
    default:
      break;
  }
  return memory::raw_syscall(number, args.a, args.b, args.c, args.d, args.e, args.f);
}

}  // namespace
}  // namespace aioemu::preload

AIOEMU_INTERPOSE long syscall(long number, ...) {
  namespace preload = aioemu::preload;
  static constinit preload::Agent agent(aioemu::host::Entry::syscall_function);
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
  if (preload::is_aio_call(number)) {
    aioemu::host::note_caller(__builtin_return_address(0));
    result = preload::serve_aio_call(agent, number, args);
  } else {
    result = preload::other_call(number, args);
  }
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}
