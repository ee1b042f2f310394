// Which addresses can belong to a program at all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/user_half.h"

namespace aioemu::memory {

using abi::kUserEnd;

// False for a range that reaches into the kernel's half or wraps around. It touches nothing.
constexpr bool in_user_range(std::uint64_t address, std::size_t size) noexcept {
  return size <= kUserEnd && address <= kUserEnd - size;
}

}  // namespace aioemu::memory
