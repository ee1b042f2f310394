// How an iocb and what it points at are read from the program's memory.
#include <gtest/gtest.h>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

constexpr int kFile = 3;
constexpr int kEventfd = 4;

// Memory that ends at `end`: a range that reaches beyond cannot be read.
class ShortMemory final : public UserMemory {
 public:
  bool read(void* to, UserAddress from, std::size_t size) noexcept override {
    const bool cut = from < end && end < from + size;
    return !cut && from != end && memory_.read(to, from, size);
  }
  bool write(UserAddress to, const void* from, std::size_t size) noexcept override {
    return memory_.write(to, from, size);
  }
  UserAddress end = 0;

 private:
  FakeMemory memory_;
};

class IocbReadingTest : public testing::Test {
 protected:
  IocbReadingTest() {
    files_.add(kFile, FileKind::regular);
    files_.add(kEventfd, FileKind::eventfd);
    EXPECT_EQ(kernel_.setup(8, FakeWorld::address(&ctx_)), 0);
  }
  ~IocbReadingTest() override {
    const DestroyStart start = kernel_.destroy_begin(ctx_);
    EXPECT_TRUE(kernel_.destroy_finish(*start.context));
  }
  long submit(abi::Iocb iocb) {
    abi::Iocb* list[] = {&iocb};
    Submission submission;
    kernel_.submit_begin(submission, ctx_, 1, FakeWorld::address(list));
    step_ = kernel_.submit_next(submission, segments_);
    return kernel_.submit_end(submission).result;
  }
  FileRef eventfd_of_completion() { return kernel_.complete(*step_.request, 0).eventfd; }

  ShortMemory memory_;
  FakeFiles files_;
  FakePages pages_;
  FakeSystem system_;
  Kernel kernel_{KernelProfile{}, Ports{memory_, files_, pages_, system_}};
  SegmentBuffer segments_;
  std::uint64_t ctx_ = 0;
  Step step_;
};

// K56: nothing can be read from the second segment on.
TEST_F(IocbReadingTest, ANegativeLengthIsSeenBeforeAnUnreadableSegmentBehindIt) {
  abi::Segment vector[2] = {};
  abi::Iocb iocb = iocb_of(abi::Opcode::preadv, kFile);
  iocb.buf = FakeWorld::address(vector);
  iocb.nbytes = 2;
  memory_.end = FakeWorld::address(vector + 1);
  EXPECT_EQ(submit(iocb), -EFAULT);
  vector[0].length = ~std::uint64_t{0};
  EXPECT_EQ(submit(iocb), -EINVAL);
}

// K47.
TEST_F(IocbReadingTest, OtherFlagsNeitherAskForAnEventfdNorPreventIt) {
  abi::Iocb iocb = iocb_of(abi::Opcode::pread, kFile);
  iocb.resfd = kEventfd;
  iocb.flags = abi::kFlagResfd | 0x80U;
  ASSERT_EQ(submit(iocb), 1);
  EXPECT_EQ(eventfd_of_completion(), FileRef{kEventfd});
  iocb.flags = 0x80;
  ASSERT_EQ(submit(iocb), 1);
  EXPECT_EQ(eventfd_of_completion(), FileRef::none);
}

}  // namespace
}  // namespace aioemu::core
