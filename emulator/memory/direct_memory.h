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
    return in_reach(from, size) && copy(to, reinterpret_cast<const void*>(from), size);
  }
  [[nodiscard]] bool write(core::UserAddress to, const void* from,
                           std::size_t size) noexcept override {
    return in_reach(to, size) && copy(reinterpret_cast<void*>(to), from, size);
  }

 private:
  static constexpr core::UserAddress kFirstPage = 4096;

  static bool in_reach(core::UserAddress address, std::size_t size) noexcept {
    return address >= kFirstPage && in_user_range(address, size);
  }

  // The sizes of every request (a key, a pointer, an event, an iocb) without a call. Always true.
  static bool copy(void* to, const void* from, std::size_t size) noexcept {
    switch (size) {
      case 4:
        std::memcpy(to, from, 4);
        return true;
      case 8:
        std::memcpy(to, from, 8);
        return true;
      case 32:
        std::memcpy(to, from, 32);
        return true;
      case 64:
        std::memcpy(to, from, 64);
        return true;
      default:
        return copy_any(to, from, size);
    }
  }
  // Apart, so that the copies above need no stack frame.
  [[gnu::noinline]] static bool copy_any(void* to, const void* from, std::size_t size) noexcept {
    std::memcpy(to, from, size);
    return true;
  }
};

}  // namespace aioemu::memory
