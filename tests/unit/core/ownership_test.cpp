// What the core takes through its ports it gives back, on every way out.
#include <gtest/gtest.h>

#include <vector>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

// Counts what is out.
class CountedPages final : public KernelMemory {
 public:
  Result<RingMapping> map_ring(std::size_t bytes) noexcept override {
    Result<RingMapping> ring = pages_.map_ring(bytes);
    if (ring.ok()) {
      ++rings;
      ++views;
    }
    return ring;
  }
  void unmap_user_ring(const RingMapping& ring) noexcept override {
    --views;
    unmapped_at = ring.user;
  }
  void release_ring(const RingMapping& ring) noexcept override {
    --rings;
    pages_.release_ring(ring);
  }
  bool ring_is_at(const RingMapping& ring, UserAddress address) noexcept override {
    return pages_.ring_is_at(ring, address);
  }
  void* allocate(std::size_t bytes) noexcept override {
    if (out_of_memory) return nullptr;
    ++blocks;
    return pages_.allocate(bytes);
  }
  void release(void* block, std::size_t bytes) noexcept override {
    --blocks;
    pages_.release(block, bytes);
  }
  void no_ring() { pages_.rings_left = 0; }
  void moved_to(UserAddress address) { pages_.moved_to = address; }

  int rings = 0;
  int views = 0;
  int blocks = 0;
  UserAddress unmapped_at = 0;
  bool out_of_memory = false;

 private:
  FakePages pages_;
};

class OwnershipTest : public testing::Test {
 protected:
  OwnershipTest() {
    files_.add(3, FileKind::regular);
    destroy(setup(1));  // the table of contexts stays
    table_ = pages_.blocks;
  }
  ~OwnershipTest() override {
    while (const UserAddress ctx = kernel_.first_context()) destroy(ctx);
    EXPECT_TRUE(nothing_is_out());
  }

  UserAddress setup(std::uint32_t nr) {
    std::uint64_t ctx = 0;
    result_ = kernel_.setup(nr, FakeWorld::address(&ctx));
    return ctx;
  }
  void destroy(UserAddress ctx) {
    const DestroyStart start = kernel_.destroy_begin(ctx);
    ASSERT_EQ(start.result, 0);
    EXPECT_TRUE(kernel_.destroy_finish(*start.context));
  }
  [[nodiscard]] bool nothing_is_out() const {
    return pages_.rings == 0 && pages_.views == 0 && pages_.blocks == table_ &&
           system_.charged == 0;
  }

  FakeMemory memory_;
  FakeFiles files_;
  CountedPages pages_;
  FakeSystem system_;
  Kernel kernel_{KernelProfile{}, Ports{memory_, files_, pages_, system_}};
  SegmentBuffer segments_;
  long result_ = 0;
  int table_ = 0;
};

TEST_F(OwnershipTest, AContextTakesARingAndABlockAndGivesBothBack) {
  const UserAddress ctx = setup(8);
  EXPECT_EQ(pages_.rings, 1);
  EXPECT_EQ(pages_.views, 1);
  EXPECT_EQ(pages_.blocks, table_ + 1);
  EXPECT_EQ(system_.charged, 8U);
  destroy(ctx);
  EXPECT_TRUE(nothing_is_out());
}

TEST_F(OwnershipTest, TheProgramsViewAndTheChargeGoWhenDestroyBegins) {
  const DestroyStart start = kernel_.destroy_begin(setup(8));
  EXPECT_EQ(pages_.views, 0);
  EXPECT_EQ(system_.charged, 0U);
  EXPECT_EQ(pages_.rings, 1) << "completions may still be on their way";
  EXPECT_TRUE(kernel_.destroy_finish(*start.context));
}

TEST_F(OwnershipTest, WithoutMemoryForItsRecordsASetupIsEnomem) {
  pages_.out_of_memory = true;
  setup(8);
  EXPECT_EQ(result_, -ENOMEM);
  EXPECT_TRUE(nothing_is_out());
}

TEST_F(OwnershipTest, WithoutARingASetupIsEnomem) {
  pages_.no_ring();
  setup(8);
  EXPECT_EQ(result_, -ENOMEM);
  EXPECT_TRUE(nothing_is_out());
}

TEST_F(OwnershipTest, OverTheQuotaASetupIsEagainAndDisturbsNobody) {
  system_.max = 10;
  const UserAddress ctx = setup(5);
  setup(8);
  EXPECT_EQ(result_, -EAGAIN);
  EXPECT_EQ(system_.charged, 5U);
  EXPECT_EQ(pages_.rings, 1);
  EXPECT_EQ(pages_.views, 1);
  EXPECT_EQ(kernel_.first_context(), ctx);
}

TEST_F(OwnershipTest, AContextWhoseHandleCannotBeStoredIsTakenBack) {
  std::uint64_t ctx = 0;
  memory_.read_only.insert(FakeWorld::address(&ctx));
  EXPECT_EQ(kernel_.setup(8, FakeWorld::address(&ctx)), -EFAULT);
  EXPECT_EQ(kernel_.first_context(), 0U);
  EXPECT_TRUE(nothing_is_out());
}

TEST_F(OwnershipTest, AMovedRingIsUnmappedWhereItIs) {
  setup(8);
  alignas(64) std::uint32_t copy[8] = {0};
  const UserAddress there = FakeWorld::address(copy);
  pages_.moved_to(there);
  const DestroyStart start = kernel_.destroy_begin(there);
  ASSERT_EQ(start.result, 0);
  EXPECT_EQ(pages_.unmapped_at, there);
  EXPECT_TRUE(kernel_.destroy_finish(*start.context));
}

TEST_F(OwnershipTest, ACompletionGivesBackTheFileAndTheEventfd) {
  files_.add(4, FileKind::eventfd);
  const UserAddress ctx = setup(8);
  abi::Iocb iocb = iocb_of(abi::Opcode::pread, 3);
  iocb.flags = abi::kFlagResfd;
  iocb.resfd = 4;
  abi::Iocb* list[] = {&iocb};
  Submission submission;
  kernel_.submit_begin(submission, ctx, 1, FakeWorld::address(list));
  const Step step = kernel_.submit_next(submission, segments_);
  kernel_.submit_end(submission);
  const Completion completion = kernel_.complete(*step.request, 0);
  EXPECT_EQ(completion.file, FileRef{3});
  EXPECT_EQ(completion.eventfd, FileRef{4});
}

TEST_F(OwnershipTest, AnElementRejectedAtAnyStepGivesItsEventfdBack) {
  files_.add(4, FileKind::eventfd);
  const UserAddress ctx = setup(8);
  for (const bool at_the_key : {true, false}) {
    abi::Iocb iocb = iocb_of(abi::Opcode::pread, 3);
    iocb.flags = abi::kFlagResfd;
    iocb.resfd = 4;
    iocb.offset = -1;
    if (at_the_key) memory_.read_only.insert(FakeWorld::address(&iocb) + abi::kKeyOffset);
    abi::Iocb* list[] = {&iocb};
    Submission submission;
    kernel_.submit_begin(submission, ctx, 1, FakeWorld::address(list));
    EXPECT_EQ(kernel_.submit_next(submission, segments_).kind, Step::Kind::finished);
    EXPECT_EQ(kernel_.submit_end(submission).result, at_the_key ? -EFAULT : -EINVAL);
    EXPECT_EQ(files_.eventfds_held, 0) << at_the_key;
    memory_.read_only.clear();
  }
}

}  // namespace
}  // namespace aioemu::core
