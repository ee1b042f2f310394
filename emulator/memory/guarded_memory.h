// GuardedMemory: the program's memory, read and written in place; a bad address is an answer.
#pragma once

#include "core/ports.h"

namespace aioemu::memory {

// Copies with safe_copy: a few nanoseconds for an iocb. Threads that block the fault signals
// (fault_guard.h) go through process_vm_readv, or unblock them for the copy where that is refused.
// install_fault_guard() must have succeeded before the first copy. Stateless; any thread.
class GuardedMemory final : public core::UserMemory {
 public:
  [[nodiscard]] bool read(void* to, core::UserAddress from, std::size_t size) noexcept override;
  [[nodiscard]] bool write(core::UserAddress to, const void* from,
                           std::size_t size) noexcept override;
};

}  // namespace aioemu::memory
