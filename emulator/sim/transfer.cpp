#include "sim/transfer.h"

#include <algorithm>
#include <array>

namespace aioemu::sim {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::array<std::byte, kPage> kZeroes{};

// Bytes from `address` to the end of its page.
std::size_t to_page_end(std::uint64_t address) noexcept {
  return static_cast<std::size_t>(kPage - address % kPage);
}

// copy(address, done, size) as a whole; when that fails, page by page. How far it came.
template <typename Copy>
std::size_t copy_run(std::uint64_t address, std::size_t done, std::size_t size,
                     Copy& copy) noexcept {
  if (copy(address, done, size)) return size;
  std::size_t good = 0;
  while (good < size) {
    const std::size_t piece = std::min(size - good, to_page_end(address + good));
    if (!copy(address + good, done + good, piece)) break;
    good += piece;
  }
  return good;
}

}  // namespace

long Transfer::outcome() const noexcept {
  if (moved_ == 0 && faulted_) return negative(Errno{EFAULT});
  return static_cast<long>(moved_);
}

template <typename Copy>
std::size_t Transfer::walk(std::size_t size, Copy copy) noexcept {
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left()));
  std::size_t done = 0;
  while (done < size && segment_ < segments_.size() && !faulted_) {
    const abi::Segment& segment = segments_[segment_];
    const std::uint64_t in_segment = segment.length - in_segment_;
    const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, in_segment));
    const std::size_t good = copy_run(segment.base + in_segment_, done, run, copy);
    faulted_ = good < run;
    done += good;
    in_segment_ += good;
    if (in_segment_ == segment.length) {
      ++segment_;
      in_segment_ = 0;
    }
  }
  moved_ += done;
  return done;
}

std::size_t Transfer::put(const void* from, std::size_t size) noexcept {
  const auto* bytes = static_cast<const std::byte*>(from);
  return walk(size, [&](std::uint64_t address, std::size_t done, std::size_t count) {
    return memory_.write(address, bytes + done, count);
  });
}

std::size_t Transfer::take(void* to, std::size_t size) noexcept {
  auto* bytes = static_cast<std::byte*>(to);
  return walk(size, [&](std::uint64_t address, std::size_t done, std::size_t count) {
    return memory_.read(bytes + done, address, count);
  });
}

std::size_t Transfer::put_zeroes(std::size_t size) noexcept {
  if (size <= kZeroes.size()) return put(kZeroes.data(), size);
  std::size_t done = 0;
  while (done < size) {
    const std::size_t piece = std::min(size - done, kZeroes.size());
    const std::size_t good = put(kZeroes.data(), piece);
    done += good;
    if (good < piece) break;
  }
  return done;
}

std::size_t Transfer::skip(std::size_t size) noexcept {
  return walk(size, [](std::uint64_t, std::size_t, std::size_t) { return true; });
}

std::uint64_t Transfer::readable() const noexcept {
  std::uint64_t good = 0;
  for (const abi::Segment& segment : segments_) {
    const std::uint64_t size = std::min(segment.length, length_ - good);
    for (std::uint64_t at = 0; at < size; at += to_page_end(segment.base + at)) {
      std::byte probe{};
      if (!memory_.read(&probe, segment.base + at, 1)) return good + at;
    }
    good += size;
  }
  return good;
}

bool Transfer::aligned_to(std::uint64_t alignment) const noexcept {
  return std::all_of(segments_.begin(), segments_.end(), [&](const abi::Segment& segment) {
    return segment.base % alignment == 0 && segment.length % alignment == 0;
  });
}

}  // namespace aioemu::sim
