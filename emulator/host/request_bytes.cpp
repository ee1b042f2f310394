#include "host/request_bytes.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/vector_calls.h"

namespace aioemu::host {

template <typename Visit>
bool RequestBytes::walk(std::uint64_t from, std::uint64_t count, Visit visit) const noexcept {
  std::uint64_t done = 0;
  for (const abi::Segment& segment : request_.segment_span()) {
    if (done == count) break;
    if (from >= segment.length) {
      from -= segment.length;
      continue;
    }
    const std::uint64_t length = std::min(segment.length - from, count - done);
    if (!visit(segment.base + from, length, done)) return false;
    done += length;
    from = 0;
  }
  return done == count;
}

long RequestBytes::move(int fd, std::uint64_t from, std::uint64_t count,
                        std::uint64_t at) const noexcept {
  // As many at once as fit, so that a vector is moved in few calls.
  constexpr std::uint32_t kAtOnce = 16;
  std::array<abi::Segment, kAtOnce> some;
  const std::uint32_t flags = request_.rw_flags & ~abi::kRwfHipri;
  std::uint64_t moved = 0;
  while (moved < count) {
    std::uint32_t used = 0;
    std::uint64_t wanted = 0;
    walk(from + moved, count - moved, [&](std::uint64_t base, std::uint64_t length, auto) {
      if (used == kAtOnce) return false;
      some[used++] = {base, length};
      wanted += length;
      return true;
    });
    const auto offset = static_cast<std::int64_t>(at + moved);
    const long done = request_.reads() ? read_vector(fd, some.data(), used, offset, flags)
                                       : write_vector(fd, some.data(), used, offset, flags);
    if (done < 0) return moved > 0 ? static_cast<long>(moved) : done;
    moved += static_cast<std::uint64_t>(done);
    if (static_cast<std::uint64_t>(done) < wanted || wanted == 0) break;
  }
  return static_cast<long>(moved);
}

bool RequestBytes::take(std::uint64_t from, std::byte* to, std::uint64_t count) const noexcept {
  return walk(from, count, [&](std::uint64_t base, std::uint64_t length, std::uint64_t done) {
    return memory_.read(to + done, base, static_cast<std::size_t>(length));
  });
}

bool RequestBytes::put(std::uint64_t to, const std::byte* from,
                       std::uint64_t count) const noexcept {
  return walk(to, count, [&](std::uint64_t base, std::uint64_t length, std::uint64_t done) {
    return memory_.write(base, from + done, static_cast<std::size_t>(length));
  });
}

// One byte of each page that the bytes lie in.
bool RequestBytes::readable(std::uint64_t count) const noexcept {
  constexpr std::uint64_t kPage = 4096;
  return walk(0, count, [&](std::uint64_t base, std::uint64_t length, auto) {
    std::byte byte{};
    const std::uint64_t end = base + length;
    for (std::uint64_t at = base; at < end; at = (at / kPage + 1) * kPage) {
      if (!memory_.read(&byte, at, 1)) return false;
    }
    return true;
  });
}

}  // namespace aioemu::host
