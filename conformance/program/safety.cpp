#include "conformance/program/safety.h"

#include <linux/aio_abi.h>

#include <algorithm>
#include <cstring>

namespace conformance::program {
namespace {

constexpr std::uint32_t kMaxSegments = 1024;

struct Segment {
  std::uint64_t base;
  std::uint64_t length;
};

// A number that is a descriptor on no side.
bool is_no_descriptor(int number) {
  return number < 0 || (number >= 4096 && number < 0x40000000) || number >= 0x50000000;
}

bool harmless_buffer(const Arena& arena, std::uint64_t address) {
  return arena.harmless_target(address);
}

// A vector of segments: wherever its array is, it must be known what it says.
bool harmless_vector(const Arena& arena, const iocb& request) {
  const auto count = static_cast<std::uint32_t>(request.aio_nbytes);
  if (count == 0 || count > kMaxSegments || Arena::surely_unmapped(request.aio_buf)) return true;
  if (!Arena::contains(request.aio_buf)) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t from = request.aio_buf + i * sizeof(Segment);
    if (!arena.readable(from, sizeof(Segment))) return true;
    Segment segment{};
    std::memcpy(&segment, reinterpret_cast<const void*>(from), sizeof segment);
    if (segment.length != 0 && !harmless_buffer(arena, segment.base)) return false;
  }
  return true;
}

bool harmless_memory(const Arena& arena, const iocb& request) {
  switch (request.aio_lio_opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PWRITE:
      return harmless_buffer(arena, request.aio_buf);
    case IOCB_CMD_PREADV:
    case IOCB_CMD_PWRITEV:
      return harmless_vector(arena, request);
    default:
      return true;
  }
}

}  // namespace

bool harmless_iocb(const Arena& arena, std::uint64_t address, const KnownNumber& known) {
  if (Arena::surely_unmapped(address)) return true;
  if (!arena.readable(address, sizeof(iocb))) return Arena::contains(address);
  if (arena.iocbs_protection() == 0 && address >= arena.iocb_address(0)) return true;
  iocb request{};
  std::memcpy(&request, reinterpret_cast<const void*>(address), sizeof request);
  const auto fd = static_cast<int>(request.aio_fildes);
  const auto resfd = static_cast<int>(request.aio_resfd);
  if (!known(fd) && !is_no_descriptor(fd)) return false;
  const bool notifies = (request.aio_flags & IOCB_FLAG_RESFD) != 0;
  if (notifies && !known(resfd) && !is_no_descriptor(resfd)) return false;
  return harmless_memory(arena, request);
}

}  // namespace conformance::program
