// The three ways to reach a program's memory give the same answers where they can.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <string>
#include <type_traits>

#include "memory/direct_memory.h"
#include "memory/fault_guard.h"
#include "memory/guarded_memory.h"
#include "memory/process_vm_memory.h"

namespace aioemu::memory {
namespace {

constexpr std::size_t kPage = 4096;

core::UserAddress address_of(const void* pointer) {
  return reinterpret_cast<core::UserAddress>(pointer);
}

// Three pages of which the outer two are inaccessible.
class OnePage {
 public:
  OnePage() {
    void* pages = mmap(nullptr, 3 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page_ = static_cast<char*>(pages) + kPage;
    protect(PROT_READ | PROT_WRITE);
  }
  ~OnePage() { munmap(page_ - kPage, 3 * kPage); }
  OnePage(const OnePage&) = delete;
  OnePage& operator=(const OnePage&) = delete;
  void protect(int protection) { ASSERT_EQ(mprotect(page_, kPage, protection), 0); }
  [[nodiscard]] char* data() const { return page_; }
  [[nodiscard]] char* tail(std::size_t size) const { return page_ + kPage - size; }

 private:
  char* page_ = nullptr;
};

template <typename Memory>
class UserMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(install_fault_guard());
    if (std::is_same_v<Memory, ProcessVmMemory> && process_vm_refused()) {
      GTEST_SKIP() << "process_vm_readv is refused here";
    }
  }
  Memory memory_;
  OnePage page_;
};

using Checked = testing::Types<GuardedMemory, ProcessVmMemory>;
TYPED_TEST_SUITE(UserMemoryTest, Checked);

TYPED_TEST(UserMemoryTest, EverySizeUpToTwoThousandArrivesWhole) {
  std::string source(2100, '\0');
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<char>(i * 7 + 1);
  for (std::size_t size = 0; size <= 2048; ++size) {
    char to[2100];
    std::memset(to, 'x', sizeof to);
    ASSERT_TRUE(this->memory_.read(to, address_of(source.data() + size % 9), size));
    ASSERT_EQ(std::memcmp(to, source.data() + size % 9, size), 0) << size;
    ASSERT_EQ(to[size], 'x') << size;
  }
}

TYPED_TEST(UserMemoryTest, ReadOverTheEndOfAMappingFails) {
  char to[2048];
  for (std::size_t size = 1; size <= 2048; size += size < 80 ? 1 : 61) {
    EXPECT_TRUE(this->memory_.read(to, address_of(this->page_.tail(size)), size)) << size;
    EXPECT_FALSE(this->memory_.read(to, address_of(this->page_.tail(size - 1)), size)) << size;
  }
}

TYPED_TEST(UserMemoryTest, WriteOverTheEndOfAMappingFails) {
  const char from[2048] = {};
  for (std::size_t size = 1; size <= 2048; size += size < 80 ? 1 : 61) {
    EXPECT_TRUE(this->memory_.write(address_of(this->page_.tail(size)), from, size)) << size;
    EXPECT_FALSE(this->memory_.write(address_of(this->page_.tail(size - 1)), from, size)) << size;
  }
}

TYPED_TEST(UserMemoryTest, ProtectionIsRespected) {
  char byte = 0;
  this->page_.protect(PROT_READ);
  EXPECT_TRUE(this->memory_.read(&byte, address_of(this->page_.data()), 1));
  EXPECT_FALSE(this->memory_.write(address_of(this->page_.data()), &byte, 1));
  this->page_.protect(PROT_NONE);
  EXPECT_FALSE(this->memory_.read(&byte, address_of(this->page_.data()), 1));
}

TYPED_TEST(UserMemoryTest, NullKernelHalfAndWrappingRangesFail) {
  char to[64];
  for (const std::uint64_t address :
       {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{0x7ffffffff000},
        std::uint64_t{0x8000000000000000}, std::uint64_t{0xffff888000000000}, ~std::uint64_t{0} - 7,
        ~std::uint64_t{0}}) {
    EXPECT_FALSE(this->memory_.read(to, address, sizeof to)) << std::hex << address;
    EXPECT_FALSE(this->memory_.write(address, to, sizeof to)) << std::hex << address;
  }
}

TEST(DirectMemory, CopiesAndRefusesWhatNoProgramOwns) {
  DirectMemory memory;
  const int from = 42;
  int to = 0;
  EXPECT_TRUE(memory.read(&to, address_of(&from), sizeof to));
  EXPECT_EQ(to, 42);
  EXPECT_FALSE(memory.read(&to, 0, sizeof to));
  EXPECT_FALSE(memory.read(&to, ~std::uint64_t{0}, sizeof to));
  EXPECT_FALSE(memory.write(0xffff888000000000, &from, sizeof from));
}

TEST(GuardedMemory, WorksInAThreadThatBlocksTheFaultSignals) {
  ASSERT_TRUE(install_fault_guard());
  sigset_t faults;
  sigset_t before;
  sigemptyset(&faults);
  sigaddset(&faults, SIGSEGV);
  sigaddset(&faults, SIGBUS);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &faults, &before), 0);
  set_thread_blocks_faults(true);
  GuardedMemory memory;
  const int from = 7;
  int to = 0;
  EXPECT_TRUE(memory.read(&to, address_of(&from), sizeof to));
  EXPECT_EQ(to, 7);
  EXPECT_FALSE(memory.read(&to, 8, sizeof to));
  set_thread_blocks_faults(false);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

}  // namespace
}  // namespace aioemu::memory
