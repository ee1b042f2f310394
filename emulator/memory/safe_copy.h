// A copy that reports a fault instead of dying of it.
//
// The routine is written in assembly between two labels. While fault_guard.h's handler is in
// place, a SIGSEGV or SIGBUS whose instruction lies between the labels makes the copy return
// false. Sanitisers do not see it: it may touch what they would complain about.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int aioemu_safe_copy(void* to, const void* from, std::size_t size) noexcept;

namespace aioemu::memory {

// Copies `size` bytes upwards; false when a byte of either side faulted. A prefix, not necessarily
// of whole words, may have been copied then. Aligned 4-byte and 8-byte copies are single accesses.
// Without the guard a fault is an ordinary crash. Any thread, any signal handler.
[[nodiscard]] inline bool safe_copy(void* to, const void* from, std::size_t size) noexcept {
  return aioemu_safe_copy(to, from, size) == 0;
}

// Where to continue when the instruction at `pc` faulted: an address, or 0 when `pc` does not
// belong to the copy.
[[nodiscard]] std::uintptr_t safe_copy_fixup(std::uintptr_t pc) noexcept;

}  // namespace aioemu::memory
