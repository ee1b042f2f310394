// Rings as a program sees them: shared, movable, alone.

#include "memory/mapped_rings.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace aioemu::memory {
namespace {

constexpr std::size_t kPage = 4096;

char* at(core::UserAddress address) { return reinterpret_cast<char*>(address); }
core::UserAddress address_of(const void* pointer) {
  return reinterpret_cast<core::UserAddress>(pointer);
}

bool mapped(core::UserAddress address) {
  unsigned char resident = 0;
  return mincore(at(address), 1, &resident) == 0;
}

class MappedRingsTest : public testing::Test {
 protected:
  core::RingMapping ring(std::size_t pages) {
    Result<core::RingMapping> result = rings_.map_ring(pages * kPage);
    EXPECT_TRUE(result.ok());
    return result.value();
  }
  void drop(const core::RingMapping& ring) {
    rings_.unmap_user_ring(ring);
    rings_.release_ring(ring);
  }
  MappedRings rings_;
};

TEST_F(MappedRingsTest, BothViewsAreZeroPageAlignedAndTheSameMemory) {
  const core::RingMapping one = ring(2);
  EXPECT_EQ(one.bytes, 2 * kPage);
  EXPECT_EQ(one.user % kPage, 0U);
  EXPECT_EQ(address_of(one.kernel) % kPage, 0U);
  EXPECT_NE(one.user, address_of(one.kernel));
  for (std::size_t i = 0; i < one.bytes; ++i) ASSERT_EQ(at(one.user)[i], 0);
  at(one.user)[kPage + 3] = 'u';
  EXPECT_EQ(static_cast<char>(one.kernel[kPage + 3]), 'u');
  one.kernel[5] = std::byte{'k'};
  EXPECT_EQ(at(one.user)[5], 'k');
  drop(one);
}

TEST_F(MappedRingsTest, UnmappingTheProgramsViewLeavesTheOther) {
  const core::RingMapping one = ring(1);
  one.kernel[0] = std::byte{1};
  rings_.unmap_user_ring(one);
  EXPECT_FALSE(mapped(one.user));
  EXPECT_EQ(one.kernel[0], std::byte{1});
  rings_.release_ring(one);
  EXPECT_FALSE(mapped(address_of(one.kernel)));
}

TEST_F(MappedRingsTest, AMovedRingIsFoundAtItsNewAddressOnly) {
  const core::RingMapping one = ring(3);
  const core::RingMapping other = ring(3);
  std::memset(one.kernel, 'a', one.bytes);
  void* to = mmap(nullptr, one.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* moved = mremap(at(one.user), one.bytes, one.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  ASSERT_EQ(moved, to);
  EXPECT_TRUE(rings_.ring_is_at(one, address_of(moved)));
  EXPECT_FALSE(rings_.ring_is_at(one, one.user));
  EXPECT_FALSE(rings_.ring_is_at(one, address_of(moved) + kPage));
  EXPECT_FALSE(rings_.ring_is_at(one, other.user));
  EXPECT_EQ(static_cast<char*>(moved)[2 * kPage], 'a');
  core::RingMapping now = one;
  now.user = address_of(moved);
  drop(now);
  drop(other);
}

TEST_F(MappedRingsTest, ACopyOfTheBytesIsNotTheRing) {
  const core::RingMapping one = ring(1);
  std::vector<char> copy(kPage);
  EXPECT_FALSE(rings_.ring_is_at(one, address_of(copy.data())));
  EXPECT_FALSE(rings_.ring_is_at(one, 0));
  drop(one);
}

// A stale handle may have become the address of that view.
TEST_F(MappedRingsTest, TheEmulatorsOwnViewIsNotTheProgramsRing) {
  const core::RingMapping one = ring(1);
  EXPECT_FALSE(rings_.ring_is_at(one, address_of(one.kernel)));
  drop(one);
}

TEST_F(MappedRingsTest, NeighbouringRingsStayMappingsOfTheirOwn) {
  std::vector<core::RingMapping> many;
  for (int i = 0; i < 16; ++i) many.push_back(ring(1));
  for (const core::RingMapping& one : many) {
    EXPECT_TRUE(rings_.ring_is_at(one, one.user));
  }
  for (const core::RingMapping& one : many) drop(one);
}

TEST_F(MappedRingsTest, AForkChildSharesTheRing) {
  const core::RingMapping one = ring(1);
  const pid_t pid = fork();
  if (pid == 0) {
    at(one.user)[8] = 'c';
    _exit(0);
  }
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(static_cast<char>(one.kernel[8]), 'c');
  drop(one);
}

TEST_F(MappedRingsTest, NeedsNoDescriptorAndNoFileSize) {
  rlimit none{0, 0};
  const pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    _exit(rings_.map_ring(kPage).ok() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST_F(MappedRingsTest, AddressSpaceLimitIsOutOfMemory) {
  const pid_t pid = fork();
  if (pid == 0) {
    rlimit little{std::size_t{1} << 20U, std::size_t{1} << 20U};
    setrlimit(RLIMIT_AS, &little);
    const Result<core::RingMapping> result = rings_.map_ring(std::size_t{64} << 20U);
    _exit(!result.ok() && result.error() == Errno{ENOMEM} ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace aioemu::memory
