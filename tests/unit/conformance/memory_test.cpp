#include "conformance/memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace conformance {
namespace {

// Whether the kernel can read one byte at `address`.
bool readable(const char* address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  bool ok = write(ends[1], address, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return ok;
}

TEST(Pages, AreZeroAndWritableBetweenFences) {
  Pages pages(2);
  std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  ASSERT_EQ(pages.size(), 2 * page);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.data()) % page, 0U);
  for (std::size_t i = 0; i < pages.size(); ++i) ASSERT_EQ(pages.data()[i], 0);
  std::memset(pages.data(), 1, pages.size());
  EXPECT_FALSE(readable(pages.data() - 1));
  EXPECT_TRUE(readable(pages.data()));
  EXPECT_TRUE(readable(pages.data() + pages.size() - 1));
  EXPECT_FALSE(readable(pages.data() + pages.size()));
}

TEST(Pages, TailEndsWhereTheLastPageEnds) {
  Pages pages(1);
  EXPECT_EQ(pages.tail(12) + 12, pages.data() + pages.size());
}

TEST(Pages, ProtectOnePageOrAll) {
  Pages pages(2);
  pages.protect_page(1, PROT_NONE);
  EXPECT_TRUE(readable(pages.data()));
  EXPECT_FALSE(readable(pages.tail(1)));
  pages.protect(PROT_READ);
  EXPECT_TRUE(readable(pages.tail(1)));
  pages.protect(PROT_NONE);
  EXPECT_FALSE(readable(pages.data()));
}

TEST(Addresses, NothingIsMappedThere) {
  EXPECT_FALSE(readable(static_cast<const char*>(unmapped_address())));
  EXPECT_FALSE(readable(static_cast<const char*>(kernel_address())));
}

}  // namespace
}  // namespace conformance
