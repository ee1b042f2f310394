// Survives a SIGSEGV or SIGBUS inside somebody else's library.
//
// libaio reads the ring before it enters the kernel and so dies on a bad handle (K144). The suite
// wants that as a result, not as its own end: the guard jumps out of the library with the signal's
// number. Only for libraries that hold no lock at that moment; a memory fault while none of our
// calls is running is passed on to the default action.
#pragma once

#include <csetjmp>

namespace conformance {

// Installs the handlers, once. Before any library under test installs its own, so that a library
// which handles faults itself chains to ours.
void install_crash_guard();

// The calling thread's way out; null while no guarded call runs.
sigjmp_buf*& crash_exit();

// Runs `call`, gives its result, or crash_result(signal) (crashed.h).
long crash_result_of_jump(int signal);
template <typename Call>
long guarded(Call call) {
  sigjmp_buf exit;
  int signal = sigsetjmp(exit, 1);
  if (signal != 0) return crash_result_of_jump(signal);
  crash_exit() = &exit;
  long result = call();
  crash_exit() = nullptr;
  return result;
}

}  // namespace conformance
