#include "conformance/backends/crash_guard.h"

#include <signal.h>

#include "conformance/crashed.h"

namespace conformance {
namespace {

thread_local sigjmp_buf* way_out = nullptr;

void on_fault(int signal, siginfo_t* info, void*) {
  // Only faults of this thread's own instruction, not signals that somebody sent.
  if (way_out != nullptr && info->si_code > 0) {
    sigjmp_buf* exit = way_out;
    way_out = nullptr;
    siglongjmp(*exit, signal);
  }
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, nullptr);
}

}  // namespace

void install_crash_guard() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
    return true;
  }();
  static_cast<void>(installed);
}

sigjmp_buf*& crash_exit() { return way_out; }

long crash_result_of_jump(int signal) { return crash_result(signal); }

}  // namespace conformance
