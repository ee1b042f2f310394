// Transfer: the bytes of one read or write, between a simulated file and the program's memory.
//
// The program's side is a list of segments whose addresses are not trusted. A copy stops at the
// first byte that cannot be touched, and says exactly how far it came: a kernel's partial results
// (K59) depend on that. Protection changes only between pages, so a copy that fails as a whole is
// repeated page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "abi/aio_abi.h"
#include "core/ports.h"

namespace aioemu::sim {

struct Flight;

class Transfer {
 public:
  // `length` bytes of `segments`, whose lengths may add up to more. `segments` must outlive it.
  Transfer(core::UserMemory& memory, std::span<const abi::Segment> segments, std::uint64_t length,
           std::int64_t at) noexcept
      : offset(at), memory_(memory), segments_(segments), length_(length) {}

  // For the file's use.
  std::int64_t offset;
  bool append = false;
  bool nonblocking = false;  // O_NONBLOCK or RWF_NOWAIT
  bool nowait = false;       // RWF_NOWAIT
  bool nosignal = false;     // RWF_NOSIGNAL
  bool signalled = false;    // a signal is pending that nothing blocks
  bool durable = false;      // RWF_SYNC or RWF_DSYNC
  bool slept = false;        // an attempt had to wait for room (sockets)
  bool positioned = true;    // pread and pwrite; sockets refuse an offset
  Flight* flight = nullptr;  // whose transfer it is, when rules or observers want to know

  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }
  [[nodiscard]] std::uint64_t moved() const noexcept { return moved_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return length_ - moved_; }
  // A copy has met memory that it could not touch.
  [[nodiscard]] bool faulted() const noexcept { return faulted_; }
  // Bytes moved, or -EFAULT when that is none because of the memory.
  [[nodiscard]] long outcome() const noexcept;

  // Cuts the transfer to at most `length` bytes.
  void limit(std::uint64_t length) noexcept {
    if (length < length_) length_ = length;
  }
  // The segments have moved to another place; their contents are the same.
  void use(std::span<const abi::Segment> segments) noexcept { segments_ = segments; }

  // Copies up to `size` bytes to the program (put) or from it (take) and moves on. Less than
  // asked for at the end of the transfer or at a fault.
  std::size_t put(const void* from, std::size_t size) noexcept;
  std::size_t take(void* to, std::size_t size) noexcept;
  // The same with zeroes to the program, and with bytes that nobody looks at.
  std::size_t put_zeroes(std::size_t size) noexcept;
  std::size_t skip(std::size_t size) noexcept;

  // How many bytes can be read before the first that cannot.
  [[nodiscard]] std::uint64_t readable() const noexcept;
  // Whether every segment begins and ends at a multiple of `alignment`.
  [[nodiscard]] bool aligned_to(std::uint64_t alignment) const noexcept;

 private:
  template <typename Copy>
  std::size_t walk(std::size_t size, Copy copy) noexcept;

  core::UserMemory& memory_;
  std::span<const abi::Segment> segments_;
  std::uint64_t length_;
  std::uint64_t moved_ = 0;
  std::size_t segment_ = 0;       // where in `segments_` the next byte is
  std::uint64_t in_segment_ = 0;  // and where in that segment
  bool faulted_ = false;
};

}  // namespace aioemu::sim
