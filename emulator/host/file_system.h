// What a descriptor's file lies on, or is: the kernel's own numbers for it.
#pragma once

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cstdint>

#include "host/syscalls.h"

namespace aioemu::host {

// statfs types (linux/magic.h).
inline constexpr std::uint64_t kTmpfs = 0x01021994;
inline constexpr std::uint64_t kRamfs = 0x858458f6;
inline constexpr std::uint64_t kHugetlbfs = 0x958458f6;
inline constexpr std::uint64_t kProc = 0x9fa0;
inline constexpr std::uint64_t kPidfs = 0x50494446;
inline constexpr std::uint64_t kPipes = 0x50495045;

// One of them, or another; 0 when there is no answer.
inline std::uint64_t file_system_of(int fd) noexcept {
  struct statfs info {};
  if (raw_syscall(SYS_fstatfs, fd, &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.f_type) & 0xffffffffU;
}

// The memory devices, major number 1, by their minor numbers
// (Documentation/admin-guide/devices.txt).
enum class MemoryDevice : unsigned {
  none = 0,
  memory = 1,
  null = 3,
  zero = 5,
  full = 7,
  random = 8,
  urandom = 9,
};

// Which one `info` is about; `none` for everything else. Other minor numbers keep theirs.
inline MemoryDevice memory_device(const struct stat& info) noexcept {
  constexpr unsigned kMemoryMajor = 1;
  if (!S_ISCHR(info.st_mode) || major(info.st_rdev) != kMemoryMajor) return MemoryDevice::none;
  return MemoryDevice{minor(info.st_rdev)};
}

}  // namespace aioemu::host
