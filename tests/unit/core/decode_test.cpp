// Checks of one iocb that need a file or a kernel version the suite cannot bring about.

#include "core/decode.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

using abi::Opcode;

constexpr int kFd = 3;

// One file, one kernel, one context.
class DecodeTest : public testing::Test {
 protected:
  long submit(const KernelProfile& profile, FileKind kind, abi::Iocb iocb) {
    FakeWorld world(profile);
    world.files.add(kFd, kind);
    world.files.files[kFd].append = append_;
    world.files.files[kFd].append_only = append_only_;
    world.files.files[kFd].unsigned_offsets = unsigned_offsets_;
    world.files.files[kFd].rwf_unsupported = rwf_unsupported_;
    const long result = world.submit(world.setup(), iocb);
    if (world.step.request != nullptr) world.kernel.complete(*world.step.request, 0);
    return result;
  }
  static KernelProfile old_kernel() {
    KernelProfile profile;
    profile.ioprio_hints = false;
    profile.timerfd_read_iter = false;
    return profile;
  }
  static abi::Iocb with_priority(std::uint32_t io_class, std::uint32_t data) {
    abi::Iocb iocb = iocb_of(Opcode::pread, kFd);
    iocb.flags = abi::kFlagIoprio;
    iocb.reqprio = static_cast<decltype(iocb.reqprio)>(io_class << 13U | data);
    return iocb;
  }

  bool append_ = false;
  bool append_only_ = false;
  bool unsigned_offsets_ = false;
  std::uint32_t rwf_unsupported_ = 0;
};

// K51, D5.
TEST_F(DecodeTest, PriorityHintsAreLegalOnlyWhereTheKernelHasThem) {
  for (const std::uint32_t io_class : {1U, 2U}) {
    const abi::Iocb hinted = with_priority(io_class, 8);
    EXPECT_EQ(submit({}, FileKind::regular, hinted), 1);
    EXPECT_EQ(submit(old_kernel(), FileKind::regular, hinted), -EINVAL);
    EXPECT_EQ(submit(old_kernel(), FileKind::regular, with_priority(io_class, 7)), 1);
  }
  EXPECT_EQ(submit(old_kernel(), FileKind::regular, with_priority(3, 8)), 1);
  EXPECT_EQ(submit({}, FileKind::regular, with_priority(0, 8)), 1);
  EXPECT_EQ(submit(old_kernel(), FileKind::regular, with_priority(0, 8)), -EINVAL);
  EXPECT_EQ(submit({}, FileKind::regular, with_priority(4, 0)), -EINVAL);
}

// K54, D5.
TEST_F(DecodeTest, TimersAndSignalsCanBeReadOnlyOnNewerKernels) {
  for (const FileKind kind : {FileKind::timerfd, FileKind::signalfd}) {
    EXPECT_EQ(submit({}, kind, iocb_of(Opcode::pread, kFd)), 1);
    EXPECT_EQ(submit(old_kernel(), kind, iocb_of(Opcode::pread, kFd)), -EINVAL);
  }
  EXPECT_EQ(submit(old_kernel(), FileKind::eventfd, iocb_of(Opcode::pread, kFd)), 1);
}

// K52: the last of its checks, and the one for reads.
TEST_F(DecodeTest, AnAppendOnlyFileOpenedForAppendingRefusesNoappend) {
  abi::Iocb write = iocb_of(Opcode::pwrite, kFd);
  write.rw_flags = abi::kRwfNoappend;
  EXPECT_EQ(submit({}, FileKind::regular, write), 1);
  append_ = true;
  EXPECT_EQ(submit({}, FileKind::regular, write), 1);
  append_only_ = true;
  EXPECT_EQ(submit({}, FileKind::regular, write), -EPERM);
}

TEST_F(DecodeTest, AtomicIsForWritesToFilesThatCanDoIt) {
  abi::Iocb iocb = iocb_of(Opcode::pwrite, kFd);
  iocb.rw_flags = abi::kRwfAtomic;
  EXPECT_EQ(submit({}, FileKind::regular, iocb), 1);
  iocb.opcode = static_cast<std::uint16_t>(Opcode::pread);
  EXPECT_EQ(submit({}, FileKind::regular, iocb), -EOPNOTSUPP);
  iocb.opcode = static_cast<std::uint16_t>(Opcode::pwrite);
  rwf_unsupported_ = abi::kRwfAtomic;
  EXPECT_EQ(submit({}, FileKind::regular, iocb), -EOPNOTSUPP);
}

// K58: but for files like /dev/mem.
TEST_F(DecodeTest, NegativeOffsetsAreForFilesWhoseOffsetsAreAddresses) {
  abi::Iocb iocb = iocb_of(Opcode::pread, kFd);
  iocb.offset = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(submit({}, FileKind::other_device, iocb), -EINVAL);
  unsigned_offsets_ = true;
  EXPECT_EQ(submit({}, FileKind::other_device, iocb), 1);
}

// K56: segment by segment where the array cannot be read whole.
TEST_F(DecodeTest, ANegativeLengthBeforeTheUnreadablePartOfAVectorIsSeenFirst) {
  FakeWorld world;
  world.files.add(kFd, FileKind::regular);
  abi::Segment vector[2] = {{4096, 1}, {4096, 1}};
  abi::Iocb iocb = iocb_of(Opcode::preadv, kFd);
  iocb.buf = FakeWorld::address(vector);
  iocb.nbytes = 2;
  const UserAddress ctx = world.setup();
  world.memory.unreadable = FakeWorld::address(&vector[1]);
  EXPECT_EQ(world.submit(ctx, iocb), -EFAULT);
  vector[0].length = ~std::uint64_t{0};
  EXPECT_EQ(world.submit(ctx, iocb), -EINVAL);
}

TEST(FileKinds, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int kind = 0; kind < kFileKinds; ++kind) names.insert(name_of(static_cast<FileKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kFileKinds));
}

}  // namespace
}  // namespace aioemu::core
