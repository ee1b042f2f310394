// The half of the address space that belongs to programs (TASK_SIZE_MAX).
#pragma once

#include <cstdint>

namespace aioemu::abi {

// One past its end, with the usual 4 levels of page tables (K55).
#if defined(__aarch64__)
inline constexpr std::uint64_t kUserEnd = std::uint64_t{1} << 48U;
#else
inline constexpr std::uint64_t kUserEnd = 0x7ffffffff000;
#endif

}  // namespace aioemu::abi
