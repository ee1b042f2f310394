// own_handler: a program with a SIGSEGV handler of its own, set before and again after its first
// AIO call. Its own faults must reach it; a bad pointer in an AIO call must not.
//
// Status 0: so it is. Each other status is one broken expectation.
#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <csetjmp>
#include <csignal>

#include "tests/integration/run/clients/six_calls.h"

namespace {

sigjmp_buf back;
void* volatile fault_address = nullptr;
volatile sig_atomic_t faults = 0;

void on_fault(int, siginfo_t* info, void*) {
  fault_address = info->si_addr;
  faults = faults + 1;
  siglongjmp(back, 1);
}

bool install() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  return sigaction(SIGSEGV, &action, nullptr) == 0;
}

bool is_ours() {
  struct sigaction now {};
  return sigaction(SIGSEGV, nullptr, &now) == 0 && now.sa_sigaction == on_fault;
}

// Does a fault of the program's own reach its handler, with the address?
bool handler_works(char* nowhere) {
  const int before = faults;
  if (sigsetjmp(back, 1) == 0) *static_cast<volatile char*>(nowhere) = 1;
  return faults == before + 1 && fault_address == nowhere;
}

bool bad_pointers_are_errors(aio_context_t ctx, char* nowhere) {
  const int before = faults;
  errno = 0;
  auto** iocbs = reinterpret_cast<iocb**>(nowhere);
  return client::io_submit(ctx, 1, iocbs) == -1 && errno == EFAULT && faults == before;
}

}  // namespace

int main() {
  void* nowhere = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* const bad = static_cast<char*>(nowhere);
  if (!install() || !is_ours() || !handler_works(bad)) return 1;
  aio_context_t ctx = 0;
  if (client::io_setup(4, &ctx) != 0) return 2;
  if (!is_ours() || !bad_pointers_are_errors(ctx, bad) || !handler_works(bad)) return 3;
  // Set again, in front of the emulator's own as the program sees it.
  if (!install() || !is_ours() || !bad_pointers_are_errors(ctx, bad) || !handler_works(bad))
    return 4;
  if (signal(SIGSEGV, SIG_DFL) == SIG_ERR || is_ours()) return 5;
  if (!bad_pointers_are_errors(ctx, bad)) return 6;
  return 0;
}
