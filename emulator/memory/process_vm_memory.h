// ProcessVmMemory: the program's memory through process_vm_readv and process_vm_writev on
// ourselves. No signal is ever involved; about half a microsecond per copy.
#pragma once

#include "core/ports.h"

namespace aioemu::memory {

// Stateless; any thread. Every copy fails where the system calls are refused (some sandboxes).
class ProcessVmMemory final : public core::UserMemory {
 public:
  [[nodiscard]] bool read(void* to, core::UserAddress from, std::size_t size) noexcept override;
  [[nodiscard]] bool write(core::UserAddress to, const void* from,
                           std::size_t size) noexcept override;
};

// Are they refused here? Asks the system each time.
[[nodiscard]] bool process_vm_refused() noexcept;

}  // namespace aioemu::memory
