// The plan's faults around real requests.

#include <array>
#include <stdexcept>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

class FaultsTest : public RuntimeTest {
 protected:
  explicit FaultsTest(const char* plan) : RuntimeTest({.plan = plan}) {}
};

class WriteErrorTest : public FaultsTest {
 protected:
  WriteErrorTest() : FaultsTest("bad: complete op=write when=2 errno EIO") {}
};

TEST_F(WriteErrorTest, TheSecondWriteFailsAndMovesNothing) {
  const Fd file = file_with("0123");
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, "a", 1, 0)), 1);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, "b", 1, 1)), -EIO);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, "c", 1, 2)), 1);
  std::array<char, 5> buffer{};
  ASSERT_EQ(pread(file, buffer.data(), 4, 0), 4);
  EXPECT_STREQ(buffer.data(), "a1c3");
  EXPECT_EQ(runtime_.fired("bad"), 1U);
}

class ShortReadTest : public FaultsTest {
 protected:
  ShortReadTest() : FaultsTest("little: complete op=read short 3") {}
};

TEST_F(ShortReadTest, MovesThatManyBytes) {
  const Fd file = file_with("0123456789");
  std::array<char, 11> buffer{};
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, buffer.data(), 10)), 3);
  EXPECT_STREQ(buffer.data(), "012");
  EXPECT_EQ(runtime_.fired("little"), 1U);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, buffer.data(), 10, 8)), 2);
  EXPECT_EQ(runtime_.fired("little"), 1U);
}

class PartialSubmitTest : public FaultsTest {
 protected:
  PartialSubmitTest() : FaultsTest("first: submit nr>=2 when=1 partial 1") {}
};

TEST_F(PartialSubmitTest, TheFirstBatchIsCut) {
  const Fd zero(open("/dev/zero", O_RDONLY));
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
  iocb* list[] = {&block, &block, &block};
  EXPECT_EQ(runtime_.io_submit(ctx_, 1, list), 1);
  EXPECT_EQ(runtime_.io_submit(ctx_, 3, list), 1);
  EXPECT_EQ(runtime_.io_submit(ctx_, 3, list), 3);
  EXPECT_EQ(events_now().size(), 5U);
  EXPECT_EQ(runtime_.fired("first"), 1U);
}

class SubmitErrorTest : public FaultsTest {
 protected:
  SubmitErrorTest() : FaultsTest("full: submit when=1 errno EAGAIN") {}
};

TEST_F(SubmitErrorTest, NothingIsAccepted) {
  const Fd zero(open("/dev/zero", O_RDONLY));
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
  EXPECT_EQ(submit(block), -EAGAIN);
  EXPECT_EQ(submit(block), 1);
  EXPECT_EQ(runtime_.statistics().accepted, 1U);
}

TEST(RuntimeOptionsTest, BadOptionsAreRefusedWithTheReason) {
  EXPECT_THROW(Runtime({.plan = "complete op=wrote errno EIO"}), std::invalid_argument);
  EXPECT_THROW(Runtime({.profile = "linux-0.1"}), std::invalid_argument);
}

TEST(RuntimeOptionsTest, ThePlansLimitCounts) {
  Runtime runtime({.plan = "set aio-max-nr=10"});
  EXPECT_EQ(runtime.aio_max_nr(), 10U);
}

}  // namespace
}  // namespace aioemu
