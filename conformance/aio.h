// The suite's own view of kernel AIO: the UAPI header plus what that header leaves out.
//
// Nothing here comes from the emulator, so that a wrong constant cannot agree with itself.
#pragma once

#include <linux/aio_abi.h>

#include <cstdint>

namespace conformance {

using Context = aio_context_t;

// The ring at a context's address, as documented by the programs that read it (rule K19).
struct Ring {
  std::uint32_t id;
  std::uint32_t nr;
  std::uint32_t head;
  std::uint32_t tail;
  std::uint32_t magic;
  std::uint32_t compat_features;
  std::uint32_t incompat_features;
  std::uint32_t header_length;
  io_event events[1];
};

inline volatile Ring& ring_of(Context context) {
  return *reinterpret_cast<volatile Ring*>(context);
}

// Constants that this machine's headers may be too old to have.
inline constexpr std::uint32_t kRingMagic = 0xa10a10a1;
inline constexpr std::uint32_t kRwfHipri = 0x1;
inline constexpr std::uint32_t kRwfDsync = 0x2;
inline constexpr std::uint32_t kRwfSync = 0x4;
inline constexpr std::uint32_t kRwfNowait = 0x8;
inline constexpr std::uint32_t kRwfAppend = 0x10;
inline constexpr std::uint32_t kRwfNoappend = 0x20;
inline constexpr std::uint32_t kRwfAtomic = 0x40;
inline constexpr std::uint32_t kRwfDontcache = 0x80;
inline constexpr std::uint32_t kRwfNosignal = 0x100;

}  // namespace conformance
