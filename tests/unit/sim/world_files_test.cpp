#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

struct alignas(4096) Block {
  std::array<char, 4096> bytes{};
};

TEST(Files, ODirectWantsAlignmentOnExt4Only) {
  for (const FileSystem system : {FileSystem::ext4, FileSystem::tmpfs}) {
    InWorld in({.file_system = system});
    const int fd = in.world.create_file("", 8192, O_RDWR | O_DIRECT);
    Block block;
    iocb good = read_of(fd, block.bytes.data(), 512, 512);
    iocb odd_offset = read_of(fd, block.bytes.data(), 512, 100);
    iocb odd_memory = read_of(fd, block.bytes.data() + 1, 512, 0);
    iocb odd_length = read_of(fd, block.bytes.data(), 100, 0);
    EXPECT_EQ(in.submit({&good, &odd_offset, &odd_memory, &odd_length}), 4);
    if (system == FileSystem::ext4) {
      EXPECT_THAT(in.drain(), ElementsAre(512, -EINVAL, -EINVAL, -EINVAL));
    } else {
      EXPECT_THAT(in.drain(), ElementsAre(512, 512, 512, 100));
    }
  }
}

TEST(Files, ADirectReadZeroesItsMemoryBehindTheEndOfTheFile) {
  InWorld in;
  const int fd = in.world.create_file("", 1000, O_RDWR | O_DIRECT);
  Block block;
  block.bytes.fill('x');
  iocb read = read_of(fd, block.bytes.data(), 2048, 512);
  EXPECT_EQ(in.submit({&read}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(488));
  EXPECT_EQ(block.bytes[488], '\0');
  EXPECT_EQ(block.bytes[2047], '\0');
  EXPECT_EQ(block.bytes[2048], 'x');
}

// A page that can be used, followed by one that cannot.
struct PageBeforeAHole {
  char* bytes = static_cast<char*>(
      mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  PageBeforeAHole() {
    EXPECT_EQ(mprotect(bytes + 4096, 4096, PROT_NONE), 0);
    std::memset(bytes, 'n', 4096);
  }
  ~PageBeforeAHole() { munmap(bytes, 8192); }
  PageBeforeAHole(const PageBeforeAHole&) = delete;
  PageBeforeAHole& operator=(const PageBeforeAHole&) = delete;
};

TEST(Files, ADirectWriteThatFaultsHasWrittenWhatCameBefore) {
  InWorld in({.memory = MemoryAccess::guarded});
  const int fd = in.world.create_file("", 8192, O_RDWR | O_DIRECT);
  const PageBeforeAHole page;
  iocb write = write_of(fd, page.bytes + 3072, 4096, 512);
  EXPECT_EQ(in.submit({&write}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(-EFAULT));
  Block seen;
  EXPECT_EQ(in.world.pread(fd, seen.bytes.data(), 4096, 0), 4096);
  EXPECT_EQ(seen.bytes[511], '\0');
  EXPECT_EQ(seen.bytes[512], 'n');
  EXPECT_EQ(seen.bytes[1535], 'n');
  EXPECT_EQ(seen.bytes[1536], '\0');
}

TEST(Files, ADirectWriteThatFaultsMovesNoEnd) {
  InWorld in({.memory = MemoryAccess::guarded});
  const int fd = in.world.create_file("", 4096, O_RDWR | O_DIRECT);
  const PageBeforeAHole page;
  iocb write = write_of(fd, page.bytes, 8192, 4096);
  EXPECT_EQ(in.submit({&write}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(-EFAULT));
  EXPECT_EQ(in.world.size_of(fd), 4096);
}

TEST(Files, ABlockDeviceEndsWhereItEnds) {
  InWorld in;
  const int fd = in.world.create_block_device(4096);
  std::array<char, 1024> buffer{};
  iocb over = write_of(fd, buffer.data(), 1024, 3584);
  iocb at_end = write_of(fd, buffer.data(), 512, 4096);
  iocb read_end = read_of(fd, buffer.data(), 512, 4096);
  EXPECT_EQ(in.submit({&over, &at_end, &read_end}), 3);
  EXPECT_THAT(in.drain(), ElementsAre(512, -ENOSPC, 0));
}

TEST(Files, ADeviceAnswersWhatOneSets) {
  InWorld in;
  const int fd = in.world.create_device(DeviceKind::disk);
  EXPECT_EQ(in.world.device_answers(fd, -EIO), 0);
  EXPECT_EQ(in.world.device_answers(fd, 7), 0);
  std::array<char, 16> buffer;
  buffer.fill('x');
  iocb read = read_of(fd, buffer.data(), 16, 0);
  EXPECT_EQ(in.submit({&read, &read}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(-EIO, 7));
  EXPECT_EQ(buffer[6], '\0');
  EXPECT_EQ(buffer[7], 'x');
  EXPECT_EQ(in.world.device_answers(in.world.eventfd(0), 1), -ENOTTY);
}

TEST(Files, TheFileSizeLimitCutsThenRefusesWithASignal) {
  InWorld in;
  in.world.set_file_size_limit(1000);
  const int fd = in.world.create_file("", 0);
  std::array<char, 512> buffer{};
  iocb across = write_of(fd, buffer.data(), 512, 600);
  iocb beyond = write_of(fd, buffer.data(), 512, 1000);
  EXPECT_EQ(in.submit({&across, &beyond}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(400, -EFBIG));
  EXPECT_EQ(in.world.signals_handled(SIGXFSZ), 1);
}

TEST(Files, FarOffsetsHoldTheirBytes) {
  InWorld in({.file_system = FileSystem::tmpfs});
  const int fd = in.world.create_file("", 0);
  const off_t far = (off_t{1} << 62U) + 12345;
  EXPECT_EQ(in.world.pwrite(fd, "abc", 3, far), 3);
  std::array<char, 5> back{};
  EXPECT_EQ(in.world.pread(fd, back.data(), back.size(), far - 2), 5);
  EXPECT_EQ(std::string(back.data(), back.size()), std::string("\0\0abc", 5));
}

TEST(Files, APipeHoldsSixteenPages) {
  World world;
  int ends[2];
  ASSERT_EQ(world.pipe(ends, O_NONBLOCK), 0);
  const std::string data(100000, 'x');
  EXPECT_EQ(world.write(ends[1], data.data(), data.size()), 65536);
  EXPECT_EQ(world.write(ends[1], data.data(), 1), -EAGAIN);
  EXPECT_EQ(world.poll(ends[1], 4), 0);
  std::string back(4096, '\0');
  EXPECT_EQ(world.read(ends[0], back.data(), 4095), 4095);
  EXPECT_EQ(world.poll(ends[1], 4), 0);  // the first buffer still holds a byte
  EXPECT_EQ(world.read(ends[0], back.data(), 1), 1);
  EXPECT_EQ(world.poll(ends[1], 4), 4);
}

TEST(Files, AClosedPipeGivesEofEpipeAndSigpipe) {
  World world;
  int ends[2];
  ASSERT_EQ(world.pipe(ends), 0);
  EXPECT_EQ(world.close(ends[0]), 0);
  EXPECT_EQ(world.write(ends[1], "a", 1), -EPIPE);
  EXPECT_EQ(world.signals_handled(SIGPIPE), 1);
}

TEST(Files, DatagramsKeepTheirBoundariesAndStreamsDoNot) {
  World world;
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    int ends[2];
    ASSERT_EQ(world.socketpair(type, ends), 0);
    EXPECT_EQ(world.write(ends[0], "abc", 3), 3);
    EXPECT_EQ(world.write(ends[0], "def", 3), 3);
    std::array<char, 6> back{};
    EXPECT_EQ(world.read(ends[1], back.data(), back.size()), type == SOCK_DGRAM ? 3 : 6);
  }
}

// As SIOCOUTQ says on Linux 6.18: up to 17 pages of a datagram are fragments, the rest lies in one
// buffer, whose size is a power of two.
TEST(Files, ALongDatagramIsChargedForABufferOfTwiceItsSize) {
  struct Case {
    std::size_t length;
    int more;  // datagrams of one byte that fit beside it
  };
  // Charges of 102656 and 200960 leave 110336 and 12032 of 212992; each small one takes 768.
  for (const Case& c : {Case{85697, 144}, Case{150000, 16}, Case{207000, 0}}) {
    World world;
    int ends[2];
    ASSERT_EQ(world.socketpair(SOCK_DGRAM | SOCK_NONBLOCK, ends), 0);
    const std::vector<char> data(c.length);
    EXPECT_EQ(world.write(ends[0], data.data(), data.size()), static_cast<ssize_t>(c.length));
    for (int i = 0; i < c.more; ++i) ASSERT_EQ(world.write(ends[0], "x", 1), 1) << i;
    EXPECT_EQ(world.write(ends[0], "x", 1), -EAGAIN) << c.length;
  }
}

TEST(Files, ATerminalGivesLinesAndEchoes) {
  World world;
  int master = -1;
  const int user = world.terminal(&master);
  EXPECT_EQ(world.write(master, "ab", 2), 2);
  EXPECT_EQ(world.poll(user, 1), 0);
  EXPECT_EQ(world.write(master, "c\nd", 3), 3);
  std::array<char, 16> back{};
  EXPECT_EQ(world.read(user, back.data(), back.size()), 4);
  EXPECT_EQ(std::string(back.data(), 4), "abc\n");
  EXPECT_EQ(world.read(master, back.data(), back.size()), 6);
  EXPECT_EQ(std::string(back.data(), 6), "abc\r\nd");
}

TEST(Files, CompletionsCountOnTheirEventfd) {
  InWorld in;
  const int counter = in.world.eventfd(0, EFD_NONBLOCK);
  std::array<char, 8> buffer{};
  iocb read = read_of(in.world.open("/dev/zero", O_RDONLY), buffer.data(), 8, 0);
  read.aio_flags = IOCB_FLAG_RESFD;
  read.aio_resfd = static_cast<std::uint32_t>(counter);
  EXPECT_EQ(in.submit({&read, &read, &read}), 3);
  std::uint64_t count = 0;
  EXPECT_EQ(in.world.read(counter, &count, sizeof count), 8);
  EXPECT_EQ(count, 3U);
}

TEST(Files, NamesOpenTheSameFile) {
  World world;
  const int fd = world.create_file("data", 100);
  EXPECT_EQ(world.pwrite(fd, "xyz", 3, 0), 3);
  const int other = world.open("data", O_RDONLY);
  std::array<char, 3> back{};
  EXPECT_EQ(world.read(other, back.data(), 3), 3);
  EXPECT_EQ(std::string(back.data(), 3), "xyz");
  EXPECT_EQ(world.position(other), 3);
  EXPECT_EQ(world.write(other, "a", 1), -EBADF);
  EXPECT_EQ(world.open("nothing", O_RDONLY), -ENOENT);
  EXPECT_GE(world.open("nothing", O_RDWR | O_CREAT | O_EXCL), 0);
  EXPECT_EQ(world.open("nothing", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
}

}  // namespace
}  // namespace aioemu
