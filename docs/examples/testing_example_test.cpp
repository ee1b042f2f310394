// The examples of docs/guide.md with aioemu/testing/, as a test.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "aioemu/aioemu.h"
#include "aioemu/testing/fault_scope.h"
#include "aioemu/testing/matchers.h"
#include "aioemu/testing/mock_backend.h"

namespace {

using aioemu::testing::EventOf;
using aioemu::testing::FailsWith;
using aioemu::testing::FaultScope;
using aioemu::testing::MockBackend;
using aioemu::testing::Returns;

// The code under test: saves texts, and tries again when the kernel is busy.
class Store {
 public:
  explicit Store(aioemu::World& world) : world_(world), fd_(world.create_file("store", 0)) {
    world.io_setup(1, &ctx_);
  }

  // How many bytes are saved, or the error.
  long save(const std::string& text) {
    iocb request{};
    request.aio_lio_opcode = IOCB_CMD_PWRITE;
    request.aio_fildes = static_cast<std::uint32_t>(fd_);
    request.aio_buf = reinterpret_cast<std::uint64_t>(text.data());
    request.aio_nbytes = text.size();
    iocb* list[] = {&request};
    long taken = 0;
    while ((taken = world_.io_submit(ctx_, 1, list)) == -EAGAIN) ++retries;
    if (taken < 0) return taken;
    io_event event{};
    world_.io_getevents(ctx_, 1, 1, &event);
    return static_cast<long>(event.res);
  }

  int retries = 0;

 private:
  aioemu::World& world_;
  int fd_;
  aio_context_t ctx_ = 0;
};

TEST(Store, ReportsAFullDiskAndRecovers) {
  aioemu::World world;
  Store store(world);
  {
    const FaultScope full(world, "complete op=write errno ENOSPC");
    EXPECT_THAT(store.save("one"), FailsWith(ENOSPC));
    EXPECT_EQ(full.fired(), 1U);
  }
  EXPECT_THAT(store.save("one"), Returns(3));
}

TEST(Store, TriesAgainWhenTheKernelIsBusy) {
  aioemu::World world;
  Store store(world);
  const FaultScope busy(world, "submit times=5 errno EAGAIN");
  EXPECT_THAT(store.save("one"), Returns(3));
  EXPECT_EQ(store.retries, 5);
}

// What no plan says: how often something is called.
TEST(Mock, CountsCalls) {
  aioemu::World world;
  testing::NiceMock<MockBackend> aio(world);
  EXPECT_CALL(aio, io_submit).Times(1);
  aio_context_t ctx = 0;
  ASSERT_THAT(aio.io_setup(1, &ctx), Returns(0));
  iocb sync{};
  sync.aio_lio_opcode = IOCB_CMD_FSYNC;
  sync.aio_fildes = static_cast<std::uint32_t>(world.create_file("data", 0));
  iocb* list[] = {&sync};
  ASSERT_THAT(aio.io_submit(ctx, 1, list), Returns(1));
  io_event event{};
  ASSERT_THAT(aio.io_getevents(ctx, 1, 1, &event, nullptr), Returns(1));
  EXPECT_THAT(event, EventOf(&sync, 0));
}

}  // namespace
