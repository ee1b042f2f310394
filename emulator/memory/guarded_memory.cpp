#include "memory/guarded_memory.h"

#include "memory/fault_guard.h"
#include "memory/process_vm_memory.h"
#include "memory/safe_copy.h"
#include "memory/user_range.h"

namespace aioemu::memory {

bool GuardedMemory::read(void* to, core::UserAddress from, std::size_t size) noexcept {
  if (!in_user_range(from, size)) return false;
  if (thread_blocks_faults()) [[unlikely]]
    return ProcessVmMemory{}.read(to, from, size);
  return safe_copy(to, reinterpret_cast<const void*>(from), size);
}

bool GuardedMemory::write(core::UserAddress to, const void* from, std::size_t size) noexcept {
  if (!in_user_range(to, size)) return false;
  if (thread_blocks_faults()) [[unlikely]]
    return ProcessVmMemory{}.write(to, from, size);
  return safe_copy(reinterpret_cast<void*>(to), from, size);
}

}  // namespace aioemu::memory
