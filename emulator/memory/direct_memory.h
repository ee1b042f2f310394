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
    copy(to, reinterpret_cast<const void*>(from), size);
    return true;
  }
  [[nodiscard]] bool write(core::UserAddress to, const void* from,
                           std::size_t size) noexcept override {
    if (to < kFirstPage || !in_user_range(to, size)) return false;
    copy(reinterpret_cast<void*>(to), from, size);
    return true;
  }

 private:
  static constexpr core::UserAddress kFirstPage = 4096;

  // The sizes of every submit (a key, a pointer, an iocb) without a call.
  static void copy(void* to, const void* from, std::size_t size) noexcept {
    switch (size) {
      case 4:
        std::memcpy(to, from, 4);
        return;
      case 8:
        std::memcpy(to, from, 8);
        return;
      case 64:
        std::memcpy(to, from, 64);
        return;
      default:
        std::memcpy(to, from, size);
    }
  }
};

}  // namespace aioemu::memory
