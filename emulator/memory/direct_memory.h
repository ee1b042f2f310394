// DirectMemory: plain copies, for callers that vouch for their pointers.
#pragma once

#include <cstring>

#include "core/ports.h"
#include "memory/user_range.h"

namespace aioemu::memory {

// Refuses the first page, the kernel's half and ranges that wrap; any other bad address crashes.
// Visible to sanitisers. Stateless; any thread.
class DirectMemory final : public core::UserMemory {
 public:
  [[nodiscard]] bool read(void* to, core::UserAddress from, std::size_t size) noexcept override {
    if (from < kFirstPage || !in_user_range(from, size)) return false;
    std::memcpy(to, reinterpret_cast<const void*>(from), size);
    return true;
  }
  [[nodiscard]] bool write(core::UserAddress to, const void* from,
                           std::size_t size) noexcept override {
    if (to < kFirstPage || !in_user_range(to, size)) return false;
    std::memcpy(reinterpret_cast<void*>(to), from, size);
    return true;
  }

 private:
  static constexpr core::UserAddress kFirstPage = 4096;
};

}  // namespace aioemu::memory
