#include "conformance/program/safety.h"

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <cstring>

namespace conformance::program {
namespace {

constexpr int kKnown = 600;

class Safety : public testing::Test {
 protected:
  Safety() : arena_(Arena::instance()) {
    arena_.reset();
    request_.aio_fildes = kKnown;
    request_.aio_buf = arena_.address({Area::buffer, 0});
    request_.aio_nbytes = 8;
  }
  bool harmless() {
    const std::uint64_t address = arena_.iocb_address(0);
    std::memcpy(reinterpret_cast<void*>(address), &request_, sizeof request_);
    return harmless_iocb(arena_, address, [](int number) { return number == kKnown; });
  }

  Arena& arena_;
  iocb request_{};
};

TEST_F(Safety, AnOrdinaryReadIsHarmless) { EXPECT_TRUE(harmless()); }

TEST_F(Safety, ADescriptorOfTheRunnerIsNot) {
  request_.aio_fildes = 0;
  EXPECT_FALSE(harmless());
}

TEST_F(Safety, ADescriptorThatIsNoneIsHarmless) {
  request_.aio_fildes = static_cast<std::uint32_t>(-1);
  EXPECT_TRUE(harmless());
}

TEST_F(Safety, AnEventfdOfTheRunnerCountsOnlyWhenItIsSignalled) {
  request_.aio_resfd = 1;
  EXPECT_TRUE(harmless());
  request_.aio_flags = IOCB_FLAG_RESFD;
  EXPECT_FALSE(harmless());
}

TEST_F(Safety, AReadIntoTheRunnersMemoryIsNot) {
  request_.aio_buf = reinterpret_cast<std::uint64_t>(&request_);
  EXPECT_FALSE(harmless());
}

TEST_F(Safety, AReadIntoNothingIsHarmless) {
  for (const Area area : {Area::null, Area::fence, Area::kernel, Area::edge, Area::rodata}) {
    request_.aio_buf = arena_.address({area, 0});
    EXPECT_TRUE(harmless()) << static_cast<int>(area);
  }
}

TEST_F(Safety, ASegmentInTheRunnersMemoryIsNot) {
  const std::uint64_t vector[2] = {reinterpret_cast<std::uint64_t>(&request_), 8};
  std::memcpy(reinterpret_cast<void*>(arena_.address({Area::iovecs, 0})), vector, sizeof vector);
  request_.aio_lio_opcode = IOCB_CMD_PREADV;
  request_.aio_buf = arena_.address({Area::iovecs, 0});
  request_.aio_nbytes = 1;
  EXPECT_FALSE(harmless());
  request_.aio_nbytes = 0;
  EXPECT_TRUE(harmless());
  request_.aio_nbytes = 1025;
  EXPECT_TRUE(harmless());
}

TEST_F(Safety, AnIocbThatCannotBeReadIsHarmless) {
  const auto none = [](int) { return false; };
  EXPECT_TRUE(harmless_iocb(arena_, 0, none));
  EXPECT_TRUE(harmless_iocb(arena_, arena_.address({Area::fence, 0}), none));
}

}  // namespace
}  // namespace conformance::program
