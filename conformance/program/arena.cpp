#include "conformance/program/arena.h"

#include <sys/mman.h>

#include <cstring>
#include <stdexcept>

namespace conformance::program {
namespace {

constexpr std::size_t kPage = 4096;
// Far from everything that kernels, loaders and sanitizers map by themselves.
constexpr std::uint64_t kBase = 0x2000'0000'0000;

// Pages from the base on; each area is followed by a fence.
constexpr std::uint64_t page(unsigned number) { return kBase + number * kPage; }
constexpr std::uint64_t kBuffer = page(0);  // 2 pages
constexpr std::uint64_t kFence = page(2);
constexpr std::uint64_t kRodata = page(3);
constexpr std::uint64_t kIocbPage = page(5);
constexpr std::uint64_t kIovecs = page(7);  // 5 pages
constexpr std::uint64_t kListPage = page(13);
constexpr std::uint64_t kList = kListPage + kPage / 2;
constexpr std::uint64_t kEvents = page(15);
constexpr std::uint64_t kMisc = page(17);
constexpr std::uint64_t kOwn = page(19);  // 2 pages
constexpr std::size_t kPages = 22;

constexpr std::uint64_t kTime = kMisc;
constexpr std::uint64_t kSigset = kMisc + 64;
constexpr std::uint64_t kMask = kMisc + 128;
constexpr std::uint64_t kHandles = kMisc + 256;

constexpr std::uint64_t kKernelHalf = 0xffff888000000000;
// Where the program's half of the addresses ends.
#if defined(__aarch64__)
constexpr std::uint64_t kEdge = 0x1000000000000;
#else
constexpr std::uint64_t kEdge = 0x7ffffffff000;
#endif
constexpr std::uint64_t kLow = 65536;  // nothing is ever mapped below

template <typename T = char>
T* at(std::uint64_t address) {
  return reinterpret_cast<T*>(address);
}

bool open_up(std::uint64_t from, std::size_t pages, int protection) {
  return mprotect(at<>(from), pages * kPage, protection) == 0;
}

}  // namespace

Arena& Arena::instance() {
  static Arena arena;
  return arena;
}

Arena::Arena() {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  void* made = mmap(at<>(kBase), kPages * kPage, PROT_NONE, kFlags, -1, 0);
  if (made != at<>(kBase)) {
    throw std::runtime_error("programs need the addresses from 0x200000000000 on, which are taken");
  }
  constexpr int kBoth = PROT_READ | PROT_WRITE;
  const bool opened = open_up(kBuffer, 2, kBoth) && open_up(kRodata, 1, kBoth) &&
                      open_up(kIocbPage, 1, kBoth) && open_up(kIovecs, 5, kBoth) &&
                      open_up(kListPage, 1, kBoth) && open_up(kEvents, 1, kBoth) &&
                      open_up(kMisc, 1, kBoth) && open_up(kOwn, 2, kBoth);
  if (!opened) throw std::runtime_error("mprotect failed");
  std::memset(at<>(kRodata), 0x5a, kPage);
  open_up(kRodata, 1, PROT_READ);
}

void Arena::reset() {
  if (iocbs_protection_ != (PROT_READ | PROT_WRITE)) protect_iocbs(PROT_READ | PROT_WRITE);
  auto* words = at<std::uint64_t>(kBuffer);
  for (std::size_t i = 0; i < 2 * kPage / 8; ++i) words[i] = 0x8182838485868788 + i * 0x100000001;
  words[0] = 1;  // what a write to an eventfd adds
  std::memset(at<>(kIocbPage), 0, 2048);
  std::memset(at<>(kIovecs), 0, kSegments * 16);
  std::memset(at<>(kList), 0, kPage / 2);
  std::memset(at<>(kEvents), 0, kPage);
  std::memset(at<>(kMisc), 0, 256);
}

void Arena::wipe_events() { std::memset(at<>(kEvents), 0, kPage); }

std::uint64_t Arena::address(Place place) const {
  const std::uint64_t offset = place.offset;
  switch (place.area) {
    case Area::null:
      return offset;
    case Area::buffer:
      return kBuffer + offset;
    case Area::fence:
      return kFence + offset;
    case Area::rodata:
      return kRodata + offset;
    case Area::iocbs:
      return offset < 16 * 64 ? iocb_address(offset / 64) : kIocbPage + offset;
    case Area::iovecs:
      return kIovecs + offset;
    case Area::list:
      return kList + offset;
    case Area::events:
      return kEvents + offset;
    case Area::time:
      return kTime;
    case Area::sigset:
      return kSigset;
    case Area::mask:
      return kMask;
    case Area::handle:
      return kHandles + offset;
    case Area::ring0:
    case Area::ring1:
    case Area::ring2:
    case Area::ring3:
      return handle(static_cast<unsigned>(place.area) - static_cast<unsigned>(Area::ring0)) +
             offset;
    case Area::kernel:
      return kKernelHalf + offset;
    case Area::edge:
      return kEdge + offset;
  }
  return 0;
}

std::uint64_t Arena::data_address(std::uint64_t word) const {
  constexpr std::uint64_t kPlaceBit = std::uint64_t{1} << 63;
  return (word & kPlaceBit) != 0 ? address(unpack(word & ~kPlaceBit)) : word;
}

std::uint64_t Arena::iocb_address(std::uint64_t index) const {
  if (index == 14) return kIocbPage + 1024 + 1;
  if (index == 15) return kIocbPage + 1024 + 132;
  return kIocbPage + index * 64;
}

std::uint64_t* Arena::handles() const { return at<std::uint64_t>(kHandles); }

bool Arena::readable(std::uint64_t address, std::size_t size) const {
  struct Span {
    std::uint64_t from, pages;
  };
  constexpr Span kSpans[] = {{kBuffer, 2},   {kRodata, 1}, {kIocbPage, 1}, {kIovecs, 5},
                             {kListPage, 1}, {kEvents, 1}, {kMisc, 1}};
  for (const Span& span : kSpans) {
    const std::uint64_t end = span.from + span.pages * kPage;
    if (address >= span.from && address < end && size <= end - address) return true;
  }
  return false;
}

bool Arena::contains(std::uint64_t address) {
  return address >= kBase && address < kBase + kPages * kPage;
}

bool Arena::surely_unmapped(std::uint64_t address) { return address < kLow || address >= kEdge; }

bool Arena::harmless_target(std::uint64_t address) const {
  return surely_unmapped(address) || (address >= kBuffer && address < kIocbPage);
}

void Arena::protect_iocbs(int protection) {
  open_up(kIocbPage, 1, protection);
  iocbs_protection_ = protection;
}

std::uint64_t digest(const void* data, std::size_t size, std::uint64_t seed) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t lane[4] = {seed ^ kFactor, seed + 1, seed + 2, seed + 3};
  const auto* from = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + i, 8);
    std::uint64_t& one = lane[i / 8 % 4];
    one = (one ^ word) * kFactor;
    one ^= one >> 29;
  }
  return ((lane[0] * 3 ^ lane[1]) * 5 ^ lane[2]) * 7 ^ lane[3];
}

std::uint64_t Arena::data_digest() const { return digest(at<>(kBuffer), 2 * kPage); }

std::uint64_t Arena::iocbs_digest() const {
  if (iocbs_protection_ == PROT_NONE) return 0;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 16; ++i) {
    std::uint32_t words[16];
    std::memcpy(words, at<>(iocb_address(i)), sizeof words);
    words[5] = words[15] = 0;
    sum = digest(words, sizeof words, sum);
  }
  return sum;
}

std::uint64_t Arena::events_digest() const { return digest(at<>(kEvents), kPage); }

iocb* Arena::own_iocb() { return at<iocb>(kOwn); }
iocb** Arena::own_list() { return at<iocb*>(kOwn + 64); }

}  // namespace conformance::program
