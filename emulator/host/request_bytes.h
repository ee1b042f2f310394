// RequestBytes: the bytes of one transfer, by their position in it.
//
// For faults that move only some of them, or others than the program asked for. Never changes the
// request.
#pragma once

#include <cstdint>

#include "core/ports.h"
#include "core/request.h"

namespace aioemu::host {

class RequestBytes {
 public:
  RequestBytes(const core::Request& request, core::UserMemory& memory) noexcept
      : request_(request), memory_(memory) {}

  // Moves the bytes from position `from` on, `count` of them, between the program's buffers and
  // the file's offset `at`. The count moved, or -errno when it is none.
  [[nodiscard]] long move(int fd, std::uint64_t from, std::uint64_t count,
                          std::uint64_t at) const noexcept;
  // Copies out of the program's buffers, and into them. False when it cannot be done.
  [[nodiscard]] bool take(std::uint64_t from, std::byte* to, std::uint64_t count) const noexcept;
  bool put(std::uint64_t to, const std::byte* from, std::uint64_t count) const noexcept;
  // Can all of the first `count` bytes be read?
  [[nodiscard]] bool readable(std::uint64_t count) const noexcept;

 private:
  // Shows each stretch of `count` bytes from position `from` on to `visit(address, length, done)`,
  // until that says false.
  template <typename Visit>
  bool walk(std::uint64_t from, std::uint64_t count, Visit visit) const noexcept;

  const core::Request& request_;
  core::UserMemory& memory_;
};

}  // namespace aioemu::host
