// Loading and ending: what happens when the library comes into a process, and when the process
// ends.
//
// Ending: the kernel finishes what is in flight before a process is gone (K136). exit() does it in
// this library's destructor, after the program's own exit functions; _exit() and quick_exit() do it
// at once. A process that is killed loses what the Runtime had not started, as it would lose its
// unflushed buffers.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "host/process_session.h"
#include "memory/raw_syscall.h"
#include "preload/agent.h"
#include "preload/child_environment.h"
#include "preload/export.h"
#include "preload/trap.h"

AIOEMU_INTERPOSE const char aioemu_preload_version[] = AIOEMU_VERSION;

namespace {

using aioemu::preload::finish_in_flight;

__attribute__((constructor)) void loaded() noexcept {
  aioemu::preload::remember_settings();
  // Made now, when the program's malloc may be used, and so that a bad plan stops the process
  // before it has done anything.
  static_cast<void>(aioemu::host::process_session());
  aioemu::preload::start_trap();
  at_quick_exit([] { finish_in_flight(); });
}

__attribute__((destructor)) void unloaded() noexcept { finish_in_flight(); }

[[noreturn]] void end_process(int status) noexcept {
  finish_in_flight();
  while (true) aioemu::memory::raw_syscall(SYS_exit_group, status);
}

}  // namespace

AIOEMU_INTERPOSE void _exit(int status) { end_process(status); }
AIOEMU_INTERPOSE void _Exit(int status) noexcept { end_process(status); }
