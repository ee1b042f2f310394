// CHECK: what must hold, in release builds too.
#pragma once

namespace aioemu {

// Prints the failed condition with its place on standard error and aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace aioemu

// Aborts the process, with a message, when `condition` does not hold. It states what the emulator
// itself guarantees; nothing a user passes in may ever make one fail.
#define AIOEMU_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::aioemu::check_failed(#condition, __FILE__, __LINE__))
