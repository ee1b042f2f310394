// What libaio does around the six calls: the look into the ring (K144), io_queue_*, the old
// signatures, and errno.
#include "libaio/names/libaio_names.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstring>

#include "abi/aio_abi.h"

namespace aioemu::libaio_names {
namespace {

using testing::IsNull;
using testing::NotNull;
using testing::Return;
using testing::StrictMock;

class MockServer : public Server {
 public:
  virtual ~MockServer() = default;
  MOCK_METHOD(long, io_setup, (unsigned, aio_context_t*), (override));
  MOCK_METHOD(long, io_destroy, (aio_context_t), (override));
  MOCK_METHOD(long, io_submit, (aio_context_t, long, iocb**), (override));
  MOCK_METHOD(long, io_cancel, (aio_context_t, iocb*, io_event*), (override));
  MOCK_METHOD(long, io_getevents, (aio_context_t, long, long, io_event*, timespec*), (override));
  MOCK_METHOD(long, io_pgetevents, (aio_context_t, long, long, io_event*, timespec*, const void*),
              (override));
};

class LibaioNames : public testing::Test {
 protected:
  LibaioNames() {
    ring_.magic = abi::kRingMagic;
    ring_.nr = 128;
  }

  StrictMock<MockServer> server_;
  abi::RingHeader ring_{};
  const aio_context_t ctx_ = reinterpret_cast<aio_context_t>(&ring_);
  timespec zero_{};
  io_event event_{};
};

TEST_F(LibaioNames, AnEmptyRingAndAZeroTimeoutIsAnsweredWithoutAsking) {
  EXPECT_EQ(io_getevents(server_, ctx_, 1, 1, &event_, &zero_), 0);
  EXPECT_EQ(io_pgetevents(server_, ctx_, 1, 1, &event_, &zero_, nullptr), 0);
}

TEST_F(LibaioNames, NoArgumentIsCheckedOnThatPath) {
  EXPECT_EQ(io_getevents(server_, ctx_, 5, -1, nullptr, &zero_), 0);
}

TEST_F(LibaioNames, ARingWithEventsIsTheServersBusiness) {
  ring_.tail = 1;
  EXPECT_CALL(server_, io_getevents(ctx_, 1, 1, &event_, &zero_)).WillOnce(Return(1));
  EXPECT_EQ(io_getevents(server_, ctx_, 1, 1, &event_, &zero_), 1);
}

TEST_F(LibaioNames, AnotherMagicIsTheServersBusiness) {
  ring_.magic = 0;
  EXPECT_CALL(server_, io_getevents(ctx_, 1, 1, &event_, &zero_)).WillOnce(Return(-EINVAL));
  EXPECT_EQ(io_getevents(server_, ctx_, 1, 1, &event_, &zero_), -EINVAL);
}

TEST_F(LibaioNames, AnyOtherTimeoutIsTheServersBusiness) {
  timespec second{1, 0};
  timespec nanosecond{0, 1};
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 1, &event_, &second)).WillOnce(Return(0));
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 1, &event_, &nanosecond)).WillOnce(Return(0));
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 1, &event_, IsNull())).WillOnce(Return(0));
  EXPECT_EQ(io_getevents(server_, ctx_, 0, 1, &event_, &second), 0);
  EXPECT_EQ(io_getevents(server_, ctx_, 0, 1, &event_, &nanosecond), 0);
  EXPECT_EQ(io_getevents(server_, ctx_, 0, 1, &event_, nullptr), 0);
}

TEST_F(LibaioNames, AContextOfZeroIsNeverReadThrough) {
  EXPECT_CALL(server_, io_getevents(0, 0, 1, &event_, &zero_)).WillOnce(Return(-EINVAL));
  EXPECT_EQ(io_getevents(server_, 0, 0, 1, &event_, &zero_), -EINVAL);
}

TEST_F(LibaioNames, TheSignalMaskIsPassedWithTheKernelsSize) {
  sigset_t mask;
  sigemptyset(&mask);
  const void* seen_mask = nullptr;
  unsigned long seen_size = 0;
  EXPECT_CALL(server_, io_pgetevents(ctx_, 0, 1, &event_, IsNull(), NotNull()))
      .WillOnce([&](aio_context_t, long, long, io_event*, timespec*, const void* usig) {
        std::memcpy(&seen_mask, usig, sizeof seen_mask);
        std::memcpy(&seen_size, static_cast<const char*>(usig) + 8, sizeof seen_size);
        return 0L;
      });
  EXPECT_EQ(io_pgetevents(server_, ctx_, 0, 1, &event_, nullptr, &mask), 0);
  EXPECT_EQ(seen_mask, &mask);
  EXPECT_EQ(seen_size, 8U);
}

TEST_F(LibaioNames, QueueInitRefusesNothingToHoldAndForgetsWhatWasInTheHandle) {
  aio_context_t ctx = 99;
  EXPECT_EQ(io_queue_init(server_, 0, &ctx), -EINVAL);
  EXPECT_EQ(io_queue_init(server_, -1, &ctx), -EINVAL);
  EXPECT_EQ(ctx, 99U);
  EXPECT_CALL(server_, io_setup(8, &ctx)).WillOnce([](unsigned, const aio_context_t* at) {
    return *at == 0 ? 0L : static_cast<long>(-EINVAL);
  });
  EXPECT_EQ(io_queue_init(server_, 8, &ctx), 0);
}

struct Called {
  aio_context_t ctx = 0;
  iocb* request = nullptr;
  long res = 0;
  long res2 = 0;
  int times = 0;
};
Called called;

void remember(aio_context_t ctx, iocb* request, long res, long res2) {
  called = {ctx, request, res, res2, called.times + 1};
}

TEST_F(LibaioNames, QueueRunCallsBackUntilThereIsNothingLeft) {
  called = {};
  iocb request{};
  ring_.tail = 2;
  const auto give = [&](aio_context_t, long, long, io_event* event, timespec*) {
    *event = {reinterpret_cast<std::uint64_t>(&remember), reinterpret_cast<std::uint64_t>(&request),
              512, 7};
    return 1L;
  };
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 1, NotNull(), NotNull()))
      .WillOnce(give)
      .WillOnce(give)
      .WillOnce(Return(-EINTR));
  EXPECT_EQ(io_queue_run(server_, ctx_), -EINTR);
  EXPECT_EQ(called.times, 2);
  EXPECT_EQ(called.ctx, ctx_);
  EXPECT_EQ(called.request, &request);
  EXPECT_EQ(called.res, 512);
  EXPECT_EQ(called.res2, 7);
}

TEST_F(LibaioNames, QueueWaitAsksForNoEvent) {
  timespec second{1, 0};
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 0, IsNull(), &second)).WillOnce(Return(0));
  EXPECT_EQ(io_queue_wait(server_, ctx_, &second), 0);
}

TEST_F(LibaioNames, TheOldSignaturesFillInWhatTheyLack) {
  iocb request{};
  const timespec second{1, 0};
  EXPECT_CALL(server_, io_cancel(ctx_, &request, NotNull())).WillOnce(Return(-EINVAL));
  EXPECT_CALL(server_, io_getevents(ctx_, 1, 4, &event_, NotNull())).WillOnce(Return(4));
  EXPECT_CALL(server_, io_getevents(ctx_, 0, 0, IsNull(), IsNull())).WillOnce(Return(0));
  EXPECT_EQ(io_cancel_0_1(server_, ctx_, &request), -EINVAL);
  EXPECT_EQ(io_getevents_0_1(server_, ctx_, 4, &event_, &second), 4);
  EXPECT_EQ(io_queue_wait_0_1(server_, ctx_, nullptr), 0);
}

TEST_F(LibaioNames, ErrnoIsNobodysBusiness) {
  EXPECT_CALL(server_, io_destroy(5)).WillOnce([](aio_context_t) {
    errno = EBADF;
    return static_cast<long>(-EINVAL);
  });
  errno = ENOTTY;
  EXPECT_EQ(io_queue_release(server_, 5), -EINVAL);
  EXPECT_EQ(errno, ENOTTY);
}

}  // namespace
}  // namespace aioemu::libaio_names
