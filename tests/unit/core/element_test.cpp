// One iocb on the kinds of file, and on the kernels, that World and this machine do not have.
#include <gtest/gtest.h>

#include <vector>

#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

using abi::Opcode;

constexpr int kFile = 3;
constexpr int kEventfd = 4;
constexpr int kTimerfd = 6;
constexpr int kSignalfd = 7;
constexpr int kEpoll = 8;
constexpr int kTerminal = 9;

class ElementTest : public testing::Test {
 protected:
  explicit ElementTest(const KernelProfile& profile = {}) : world_(profile) {
    world_.files.add(kFile, FileKind::regular);
    world_.files.add(kEventfd, FileKind::eventfd);
    world_.files.add(kTimerfd, FileKind::timerfd);
    world_.files.add(kSignalfd, FileKind::signalfd);
    world_.files.add(kEpoll, FileKind::epoll);
    world_.files.add(kTerminal, FileKind::terminal);
    ctx_ = world_.setup();
  }

  abi::Iocb transfer(Opcode op, int fd) {
    abi::Iocb iocb = iocb_of(op, fd);
    iocb.buf = FakeWorld::address(buffer_);
    iocb.nbytes = sizeof buffer_;
    return iocb;
  }
  // What io_submit answers; what was accepted completes at once.
  long submit(abi::Iocb iocb) {
    world_.step = Step{};
    const long result = world_.submit(ctx_, iocb);
    append_ = world_.step.request != nullptr && world_.step.request->append;
    length_ = world_.step.request == nullptr ? 0 : world_.step.request->length;
    if (world_.step.kind == Step::Kind::transfer || world_.step.kind == Step::Kind::sync) {
      world_.kernel.complete(*world_.step.request, 0);
    }
    return result;
  }
  // The same with a real-time, best-effort, ... class, a hint and a level.
  long submit_with_priority(unsigned io_class, unsigned hint, unsigned level) {
    abi::Iocb iocb = transfer(Opcode::pread, kFile);
    iocb.flags = abi::kFlagIoprio;
    iocb.reqprio = static_cast<std::int16_t>(io_class << 13U | hint << 3U | level);
    return submit(iocb);
  }
  long submit_vector(std::vector<abi::Segment> vector) {
    abi::Iocb iocb = iocb_of(Opcode::preadv, kFile);
    iocb.buf = FakeWorld::address(vector.data());
    iocb.nbytes = vector.size();
    return submit(iocb);
  }
  FileFacts& facts(int fd) { return world_.files.files[fd]; }

  FakeWorld world_;
  UserAddress ctx_ = 0;
  char buffer_[64] = {};
  bool append_ = false;
  std::uint64_t length_ = 0;
};

class OldElementTest : public ElementTest {
 protected:
  OldElementTest() : ElementTest(*profile_named("linux-5.10")) {}
};

// ---- priorities (K51) ----

TEST_F(ElementTest, TheRealTimeClassNeedsACapability) {
  EXPECT_EQ(submit_with_priority(1, 0, 0), 1);
  world_.system.realtime = false;
  EXPECT_EQ(submit_with_priority(1, 0, 0), -EPERM);
  EXPECT_EQ(submit_with_priority(2, 0, 0), 1);
}

TEST_F(ElementTest, HintsStandBetweenClassAndLevel) {
  EXPECT_EQ(submit_with_priority(2, 1, 7), 1);
  EXPECT_EQ(submit_with_priority(1, 0x3ff, 7), 1);
}

TEST_F(OldElementTest, OlderKernelsTakeAHintForPartOfTheLevel) {
  EXPECT_EQ(submit_with_priority(2, 0, 7), 1);
  EXPECT_EQ(submit_with_priority(2, 1, 7), -EINVAL);
}

TEST_F(ElementTest, ClassesEndAtIdleAndNoneHasNoLevel) {
  EXPECT_EQ(submit_with_priority(0, 0, 0), 1);
  EXPECT_EQ(submit_with_priority(0, 0, 1), -EINVAL);
  EXPECT_EQ(submit_with_priority(3, 0, 7), 1);
  EXPECT_EQ(submit_with_priority(4, 0, 0), -EINVAL);
}

// ---- RWF flags and append (K52, K67) ----

TEST_F(ElementTest, OnlyAnAppendOnlyInodeOpenedForAppendRefusesNoappend) {
  abi::Iocb iocb = transfer(Opcode::pwrite, kFile);
  iocb.rw_flags = abi::kRwfNoappend;
  EXPECT_EQ(submit(iocb), 1);
  facts(kFile).append = true;
  EXPECT_EQ(submit(iocb), 1);
  EXPECT_FALSE(append_);
  facts(kFile).append_only = true;
  EXPECT_EQ(submit(iocb), -EPERM);
  facts(kFile).append = false;
  EXPECT_EQ(submit(iocb), 1);
}

TEST_F(ElementTest, AWriteGoesToTheEndByTheFileOrByItsFlag) {
  abi::Iocb iocb = transfer(Opcode::pwrite, kFile);
  EXPECT_EQ(submit(iocb), 1);
  EXPECT_FALSE(append_);
  iocb.rw_flags = abi::kRwfAppend;
  EXPECT_EQ(submit(iocb), 1);
  EXPECT_TRUE(append_);
  iocb.rw_flags = 0;
  facts(kFile).append = true;
  EXPECT_EQ(submit(iocb), 1);
  EXPECT_TRUE(append_);
}

TEST_F(ElementTest, FlagsThatTheFileDoesNotSupportAreEopnotsupp) {
  facts(kFile).rwf_unsupported = abi::kRwfNowait;
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  iocb.rw_flags = abi::kRwfNowait;
  EXPECT_EQ(submit(iocb), -EOPNOTSUPP);
  iocb.rw_flags = abi::kRwfHipri;
  EXPECT_EQ(submit(iocb), 1);
}

TEST_F(ElementTest, AtomicIsForWrites) {
  abi::Iocb iocb = transfer(Opcode::pwrite, kFile);
  iocb.rw_flags = abi::kRwfAtomic;
  EXPECT_EQ(submit(iocb), 1);
  iocb.opcode = static_cast<std::uint16_t>(Opcode::pread);
  EXPECT_EQ(submit(iocb), -EOPNOTSUPP);
}

// ---- mode and method (K53, K54) ----

TEST_F(ElementTest, AReadNeedsReadingAndAWriteNeedsWriting) {
  facts(kFile).writable = false;
  EXPECT_EQ(submit(transfer(Opcode::pread, kFile)), 1);
  EXPECT_EQ(submit(transfer(Opcode::pwrite, kFile)), -EBADF);
  facts(kFile).writable = true;
  facts(kFile).readable = false;
  EXPECT_EQ(submit(transfer(Opcode::pread, kFile)), -EBADF);
  EXPECT_EQ(submit(transfer(Opcode::pwrite, kFile)), 1);
}

TEST_F(ElementTest, TheModeIsCheckedBeforeTheMethod) {
  facts(kEventfd).writable = false;
  EXPECT_EQ(submit(transfer(Opcode::pwrite, kEventfd)), -EBADF);
  facts(kEventfd).writable = true;
  EXPECT_EQ(submit(transfer(Opcode::pwrite, kEventfd)), -EINVAL);
}

TEST_F(ElementTest, TimersAndSignalsCanBeReadAndEpollCannot) {
  EXPECT_EQ(submit(transfer(Opcode::pread, kEventfd)), 1);
  EXPECT_EQ(submit(transfer(Opcode::pread, kTimerfd)), 1);
  EXPECT_EQ(submit(transfer(Opcode::pread, kSignalfd)), 1);
  EXPECT_EQ(submit(transfer(Opcode::pread, kEpoll)), -EINVAL);
}

TEST_F(OldElementTest, OlderKernelsReadNeitherTimersNorSignals) {
  EXPECT_EQ(submit(transfer(Opcode::pread, kEventfd)), 1);
  EXPECT_EQ(submit(transfer(Opcode::pread, kTimerfd)), -EINVAL);
  EXPECT_EQ(submit(transfer(Opcode::pread, kSignalfd)), -EINVAL);
}

// ---- buffers and offsets (K55-K58) ----

TEST_F(ElementTest, ARangeMayReachTheEndOfTheUserHalfAndNoFurther) {
  constexpr UserAddress kLimit = abi::kUserEnd;
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  const auto at = [&](UserAddress address, std::uint64_t length) {
    iocb.buf = address;
    iocb.nbytes = length;
    return submit(iocb);
  };
  EXPECT_EQ(at(kLimit - 8, 8), 1);
  EXPECT_EQ(at(kLimit - 8, 9), -EFAULT);
  EXPECT_EQ(at(kLimit, 0), 1);
  EXPECT_EQ(at(kLimit, 1), -EFAULT);
  EXPECT_EQ(at(kLimit + 1, 0), -EFAULT);
  EXPECT_EQ(at(~UserAddress{0}, 1), -EFAULT);
}

TEST_F(ElementTest, OneTransferMovesAtMostTwoGigabytesLessAPage) {
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  iocb.nbytes = 0x7fffffffffffffff;
  EXPECT_EQ(submit(iocb), 1);
  EXPECT_EQ(length_, 0x7ffff000U);
  const UserAddress here = FakeWorld::address(buffer_);
  EXPECT_EQ(submit_vector({{here, 0x7fffe000}, {here, 0x7fffe000}}), 1);
  EXPECT_EQ(length_, 0x7ffff000U);
}

TEST_F(ElementTest, ASingleSegmentIsCutBeforeItsRangeIsChecked) {
  const abi::Segment endless{FakeWorld::address(buffer_), 0x7fffffffffffffff};
  EXPECT_EQ(submit_vector({endless}), 1);
  EXPECT_EQ(submit_vector({endless, endless}), -EFAULT);
}

TEST_F(OldElementTest, OlderKernelsCheckASingleSegmentWhole) {
  EXPECT_EQ(submit_vector({{FakeWorld::address(buffer_), 0x7fffffffffffffff}}), -EFAULT);
}

TEST_F(ElementTest, TheLastByteMayLieAtTheLargestOffset) {
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  iocb.offset = 0x7fffffffffffffff - 64;
  EXPECT_EQ(submit(iocb), 1);
  ++iocb.offset;
  EXPECT_EQ(submit(iocb), -EINVAL);
  iocb.offset = -1;
  EXPECT_EQ(submit(iocb), -EINVAL);
}

TEST_F(ElementTest, ANegativeOffsetIsAnAddressWhereOffsetsHaveNoSign) {
  facts(kFile).unsigned_offsets = true;
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  iocb.offset = -4096;
  EXPECT_EQ(submit(iocb), 1);
}

// ---- polls (K85-K87) ----

TEST_F(ElementTest, APollOnAnIdleFileWaitsOrIsRefusedByItsKind) {
  abi::Iocb poll = iocb_of(Opcode::poll, kSignalfd);
  poll.buf = abi::kPollIn;
  EXPECT_EQ(submit(poll), 1);
  EXPECT_EQ(world_.step.kind, Step::Kind::poll);
  poll.fildes = kTimerfd;
  EXPECT_EQ(submit(poll), 1);
  poll.fildes = kTerminal;
  EXPECT_EQ(submit(poll), -EINVAL);
  poll.fildes = kFile;
  EXPECT_EQ(submit(poll), -EINVAL);
}

TEST_F(ElementTest, APollOnAReadyFileCompletesWhateverItsKind) {
  world_.files.ready = abi::kPollIn | abi::kPollOut;
  abi::Iocb poll = iocb_of(Opcode::poll, kTerminal);
  poll.buf = abi::kPollIn;
  EXPECT_EQ(submit(poll), 1);
  EXPECT_EQ(world_.step.kind, Step::Kind::completed);
  abi::IoEvent event{};
  ASSERT_EQ(world_.reap(ctx_, &event, 1), 1);
  EXPECT_EQ(event.res, abi::kPollIn);
}

// ---- the batch (K33) ----

TEST_F(ElementTest, ABatchEndsAtTheSizeOfTheRing) {
  const std::uint32_t ring_nr = reinterpret_cast<const abi::RingHeader*>(ctx_)->nr;
  abi::Iocb iocb = transfer(Opcode::pread, kFile);
  const std::vector<abi::Iocb*> list(ring_nr + 50, &iocb);
  Submission submission;
  world_.kernel.submit_begin(submission, ctx_, static_cast<std::int64_t>(list.size()),
                             FakeWorld::address(list.data()));
  std::uint64_t serial = 0;
  for (;;) {
    const Step step = world_.kernel.submit_next(submission, world_.segments);
    if (step.kind == Step::Kind::finished) break;
    EXPECT_GT(step.request->serial, serial);
    serial = step.request->serial;
    world_.kernel.complete(*step.request, 0);
    abi::IoEvent event{};
    ASSERT_EQ(world_.reap(ctx_, &event, 1), 1);
  }
  EXPECT_EQ(world_.kernel.submit_end(submission).result, std::int64_t{ring_nr});
}

TEST(ManyCpus, OneEventOfTheRingStaysFree) {
  KernelProfile profile;
  profile.possible_cpus = 64;
  FakeWorld world(profile);
  world.files.add(kFile, FileKind::regular);
  const UserAddress ctx = world.setup();
  const std::uint32_t ring_nr = reinterpret_cast<const abi::RingHeader*>(ctx)->nr;
  abi::Iocb iocb = iocb_of(Opcode::pread, kFile);
  std::vector<Request*> in_flight;
  while (world.submit(ctx, iocb) == 1) in_flight.push_back(world.step.request);
  for (Request* request : in_flight) world.kernel.complete(*request, 0);
  std::vector<abi::IoEvent> events(ring_nr);
  EXPECT_EQ(world.reap(ctx, events.data(), std::int64_t{ring_nr}),
            static_cast<std::int64_t>(in_flight.size()));
}

}  // namespace
}  // namespace aioemu::core
