// Which addresses can belong to a program at all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aioemu::memory {

#if defined(__aarch64__)
inline constexpr std::uint64_t kUserEnd = std::uint64_t{1} << 48U;
#else
inline constexpr std::uint64_t kUserEnd = 0x7ffffffff000;  // TASK_SIZE_MAX with 4 page levels
#endif

// False for a range that reaches into the kernel's half or wraps around. It touches nothing.
constexpr bool in_user_range(std::uint64_t address, std::size_t size) noexcept {
  return size <= kUserEnd && address <= kUserEnd - size;
}

}  // namespace aioemu::memory
