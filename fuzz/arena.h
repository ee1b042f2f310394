// Memory that the requests of a fuzz target may do anything to.
//
// Two arenas make the program's half of the address space, as far as a target lets requests see it:
// one for data, one for I/O vectors that no request can write to. Behind the end of each is a page
// that faults. Addresses in the user half are folded into them, so that a lucky one cannot
// overwrite the fuzzer; those of the kernel half stay as they are. Two sides of a comparison have
// arenas of their own, and the same input means the same offsets in both.
#pragma once

#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace aioemu::fuzz {

inline constexpr std::uint64_t kKernelHalf = 0x7fffffff0000;
inline constexpr std::size_t kPage = 4096;

// Mapped for good: a target lives as long as its process.
template <std::size_t kSize>
class Arena {
 public:
  static constexpr std::size_t kBytes = kSize;
  static_assert(kSize % kPage == 0);

  // `seen` is how requests see it: PROT_READ, or PROT_READ | PROT_WRITE.
  explicit Arena(int seen) {
    const int memory = memfd_create("arena", MFD_CLOEXEC);
    AIOEMU_CHECK(memory >= 0 && ftruncate(memory, kBytes) == 0);
    mine_ = map(memory, PROT_READ | PROT_WRITE);
    theirs_ = map(memory, seen);
    close(memory);
  }

  // Where the target itself writes.
  [[nodiscard]] std::uint8_t* data() const { return mine_; }
  [[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(theirs_); }
  // An address in the arena (its low bits as in `mask`), or in the kernel's half.
  [[nodiscard]] std::uint64_t fold(std::uint64_t wanted, std::uint64_t mask) const {
    return wanted >= kKernelHalf ? wanted : address() + (wanted & mask);
  }

 private:
  static std::uint8_t* map(int memory, int protection) {
    void* const fenced =
        mmap(nullptr, kBytes + kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    AIOEMU_CHECK(fenced != MAP_FAILED);
    AIOEMU_CHECK(mmap(fenced, kBytes, protection, MAP_SHARED | MAP_FIXED, memory, 0) == fenced);
    return static_cast<std::uint8_t*>(fenced);
  }

  std::uint8_t* mine_;
  std::uint8_t* theirs_;
};

}  // namespace aioemu::fuzz
