#include "memory/process_vm_memory.h"

#include <sys/uio.h>

#include "memory/raw_syscall.h"
#include "memory/user_range.h"

namespace aioemu::memory {
namespace {

bool copied(long number, void* ours, core::UserAddress theirs, std::size_t size) noexcept {
  if (!in_user_range(theirs, size)) return false;
  if (size == 0) return true;
  const iovec local{ours, size};
  const iovec remote{reinterpret_cast<void*>(theirs), size};
  const long done = raw_syscall(number, raw_syscall(SYS_getpid), &local, 1L, &remote, 1L, 0L);
  return done == static_cast<long>(size);
}

}  // namespace

bool ProcessVmMemory::read(void* to, core::UserAddress from, std::size_t size) noexcept {
  return copied(SYS_process_vm_readv, to, from, size);
}

bool ProcessVmMemory::write(core::UserAddress to, const void* from, std::size_t size) noexcept {
  return copied(SYS_process_vm_writev, const_cast<void*>(from), to, size);
}

bool process_vm_refused() noexcept {
  const char from = 1;
  char to = 0;
  return !ProcessVmMemory{}.read(&to, reinterpret_cast<core::UserAddress>(&from), 1);
}

}  // namespace aioemu::memory
