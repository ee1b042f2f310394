#include "memory/guarded_memory.h"

#include <csignal>
#include <cstdint>

#include "memory/fault_guard.h"
#include "memory/process_vm_memory.h"
#include "memory/raw_syscall.h"
#include "memory/safe_copy.h"
#include "memory/user_range.h"

namespace aioemu::memory {
namespace {

constexpr std::uint64_t bit(int signal) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(signal - 1);
}

// Lets the two fault signals in for the length of a copy.
class FaultSignalsUnblocked {
 public:
  FaultSignalsUnblocked() noexcept {
    constexpr std::uint64_t kBoth = bit(SIGSEGV) | bit(SIGBUS);
    raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &kBoth, &before_, sizeof before_);
  }
  ~FaultSignalsUnblocked() {
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
  }
  FaultSignalsUnblocked(const FaultSignalsUnblocked&) = delete;
  FaultSignalsUnblocked& operator=(const FaultSignalsUnblocked&) = delete;

 private:
  std::uint64_t before_ = 0;
};

// What a thread that blocks the fault signals does where process_vm_readv is refused (qemu-user,
// some sandboxes). A signal of the two that somebody has sent meanwhile is delivered here.
[[gnu::noinline]] bool copy_unblocked(void* to, const void* from, std::size_t size) noexcept {
  if (!process_vm_refused()) return false;
  const FaultSignalsUnblocked scope;
  return safe_copy(to, from, size);
}

}  // namespace

bool GuardedMemory::read(void* to, core::UserAddress from, std::size_t size) noexcept {
  if (!in_user_range(from, size)) return false;
  const auto* const source = reinterpret_cast<const void*>(from);
  if (thread_blocks_faults()) [[unlikely]] {
    return ProcessVmMemory{}.read(to, from, size) || copy_unblocked(to, source, size);
  }
  return safe_copy(to, source, size);
}

bool GuardedMemory::write(core::UserAddress to, const void* from, std::size_t size) noexcept {
  if (!in_user_range(to, size)) return false;
  auto* const target = reinterpret_cast<void*>(to);
  if (thread_blocks_faults()) [[unlikely]] {
    return ProcessVmMemory{}.write(to, from, size) || copy_unblocked(target, from, size);
  }
  return safe_copy(target, from, size);
}

}  // namespace aioemu::memory
