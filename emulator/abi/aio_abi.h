// The binary interface of kernel AIO, as 64-bit Linux defines it: what a program hands to the
// six calls and what it gets back. Source: linux/aio_abi.h and io_submit(2); the layout of the
// ring header is rule K19. Little-endian machines only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aioemu::abi {

// One request as the program writes it: 64 bytes.
struct Iocb {
  std::uint64_t data;       // aio_data: returned in the event, never looked at
  std::uint32_t key;        // aio_key: the kernel stores 0 here at submit (K43)
  std::uint32_t rw_flags;   // aio_rw_flags: RWF_* bits
  std::uint16_t opcode;     // aio_lio_opcode
  std::int16_t reqprio;     // aio_reqprio: an ioprio value when kFlagIoprio is set
  std::uint32_t fildes;     // aio_fildes
  std::uint64_t buf;        // aio_buf: buffer, iovec array or poll mask
  std::uint64_t nbytes;     // aio_nbytes: bytes or segments
  std::int64_t offset;      // aio_offset
  std::uint64_t reserved2;  // must be 0
  std::uint32_t flags;      // kFlagResfd, kFlagIoprio; other bits are ignored (K47)
  std::uint32_t resfd;      // eventfd to signal, with kFlagResfd
};
static_assert(sizeof(Iocb) == 64);
inline constexpr std::size_t kKeyOffset = offsetof(Iocb, key);

// One completion: 32 bytes, the same in the ring and in the array that io_getevents fills.
struct IoEvent {
  std::uint64_t data;
  std::uint64_t obj;
  std::int64_t res;
  std::int64_t res2;
  friend bool operator==(const IoEvent&, const IoEvent&) = default;
};
static_assert(sizeof(IoEvent) == 32);

// The first 32 bytes of a ring. The events follow at once (K19).
struct RingHeader {
  std::uint32_t id;
  std::uint32_t nr;
  std::uint32_t head;
  std::uint32_t tail;
  std::uint32_t magic;
  std::uint32_t compat_features;
  std::uint32_t incompat_features;
  std::uint32_t header_length;
};
static_assert(sizeof(RingHeader) == 32);
inline constexpr std::uint32_t kRingMagic = 0xa10a10a1;
inline constexpr std::uint32_t kRingCompatFeatures = 1;
inline constexpr std::uint32_t kRingIncompatFeatures = 0;

// One element of an I/O vector, as struct iovec.
struct Segment {
  std::uint64_t base;
  std::uint64_t length;
  friend bool operator==(const Segment&, const Segment&) = default;
};
static_assert(sizeof(Segment) == 16);

// What io_pgetevents' last argument points at.
struct SigsetArgument {
  std::uint64_t mask;  // address of a 64-bit signal mask, or 0
  std::uint64_t size;  // must be 8 when mask is not 0
};

// struct timespec.
struct Timespec {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

enum class Opcode : std::uint16_t {
  pread = 0,
  pwrite = 1,
  fsync = 2,
  fdsync = 3,
  poll = 5,
  noop = 6,
  preadv = 7,
  pwritev = 8,
};

inline constexpr std::uint32_t kFlagResfd = 1;
inline constexpr std::uint32_t kFlagIoprio = 2;

// RWF_* bits (linux/fs.h); the kernel headers of this machine may be older than the profile.
inline constexpr std::uint32_t kRwfHipri = 0x1;
inline constexpr std::uint32_t kRwfDsync = 0x2;
inline constexpr std::uint32_t kRwfSync = 0x4;
inline constexpr std::uint32_t kRwfNowait = 0x8;
inline constexpr std::uint32_t kRwfAppend = 0x10;
inline constexpr std::uint32_t kRwfNoappend = 0x20;
inline constexpr std::uint32_t kRwfAtomic = 0x40;
inline constexpr std::uint32_t kRwfDontcache = 0x80;
inline constexpr std::uint32_t kRwfNosignal = 0x100;

// poll(2) bits that rules name.
inline constexpr std::uint32_t kPollIn = 0x1;
inline constexpr std::uint32_t kPollPri = 0x2;
inline constexpr std::uint32_t kPollOut = 0x4;
inline constexpr std::uint32_t kPollErr = 0x8;
inline constexpr std::uint32_t kPollHup = 0x10;
inline constexpr std::uint32_t kPollRdnorm = 0x40;
inline constexpr std::uint32_t kPollRdband = 0x80;
inline constexpr std::uint32_t kPollWrnorm = 0x100;
inline constexpr std::uint32_t kPollWrband = 0x200;
inline constexpr std::uint32_t kPollRdhup = 0x2000;

// Bytes that one transfer moves at most (MAX_RW_COUNT).
inline constexpr std::uint64_t kMaxTransfer = 0x7ffff000;
// Segments in one vector at most (UIO_MAXIOV).
inline constexpr std::uint32_t kMaxSegments = 1024;

}  // namespace aioemu::abi
