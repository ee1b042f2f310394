// System calls as single instructions: the result is 0 or more, or -errno, and errno is untouched.
//
// The C library's wrappers cannot be used where this header is: a program may have replaced them
// (with us, among others), they set errno, and some are restarted or cancelled behind our back.
#pragma once

#include <sys/syscall.h>

#include <cstdint>
#include <type_traits>

namespace aioemu::memory {

#if defined(__x86_64__)

inline long raw_syscall6(long number, long a, long b, long c, long d, long e, long f) noexcept {
  long result = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "+a"(result), "+r"(r10), "+r"(r8), "+r"(r9)
               : "D"(a), "S"(b), "d"(c)
               : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

inline long raw_syscall6(long number, long a, long b, long c, long d, long e, long f) noexcept {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc #0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
}

#else
#error "aioemu knows x86-64 and aarch64"
#endif

// A pointer or an integer as a register holds it.
template <typename T>
long as_register(T value) noexcept {
  if constexpr (std::is_pointer_v<T>) {
    return static_cast<long>(reinterpret_cast<std::uintptr_t>(value));
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}

template <typename... Args>
long raw_syscall(long number, Args... args) noexcept {
  static_assert(sizeof...(Args) <= 6);
  const long values[7] = {as_register(args)..., 0};
  return raw_syscall6(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

}  // namespace aioemu::memory
