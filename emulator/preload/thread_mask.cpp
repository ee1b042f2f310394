#include "preload/thread_mask.h"

#include <sys/syscall.h>

#include <cstdint>

#include "memory/fault_guard.h"
#include "memory/raw_syscall.h"

namespace aioemu::preload {
namespace {

// A new thread starts with its creator's mask and without knowing it.
thread_local bool known __attribute__((tls_model("initial-exec"))) = false;

constexpr std::uint64_t bit(int signal) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(signal - 1);
}

}  // namespace

void learn_thread_mask() noexcept {
  if (known) return;
  std::uint64_t mask = 0;
  memory::raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &mask, sizeof mask);
  memory::set_thread_blocks_faults((mask & (bit(SIGSEGV) | bit(SIGBUS))) != 0);
  known = true;
}

void forget_thread_mask(const sigset_t* set) noexcept {
  if (set == nullptr || !known) return;
  // With SIG_SETMASK, a set without the two may be the one that unblocks them.
  const bool concerned = sigismember(set, SIGSEGV) == 1 || sigismember(set, SIGBUS) == 1;
  if (concerned || memory::thread_blocks_faults()) known = false;
}

}  // namespace aioemu::preload
