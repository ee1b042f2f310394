// What World does differently as another kernel, where the conformance suite does not look.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/unit/sim/world_fixture.h"

namespace aioemu {
namespace {

TEST(Profiles, OlderKernelsOpenNothingOnTmpfsWithODirect) {
  World older({.profile = "linux-6.1", .file_system = FileSystem::tmpfs});
  EXPECT_EQ(older.create_file("a", 512, O_RDWR | O_DIRECT), -EINVAL);
  EXPECT_EQ(older.open("a", O_RDWR | O_DIRECT), -EINVAL);
  const int fd = older.open("a", O_RDWR);
  EXPECT_GE(fd, 0) << "the file is there all the same";
  EXPECT_EQ(older.reopen(fd, O_RDWR | O_DIRECT), -EINVAL);
  EXPECT_EQ(older.reopen(older.memfd(0), O_RDWR | O_DIRECT), -EINVAL);

  World newer({.profile = "linux-6.12", .file_system = FileSystem::tmpfs});
  EXPECT_GE(newer.create_file("a", 512, O_RDWR | O_DIRECT), 0);
}

TEST(Profiles, OlderKernelsOpenExt4WithODirect) {
  World older({.profile = "linux-5.10"});
  EXPECT_GE(older.create_file("a", 512, O_RDWR | O_DIRECT), 0);
}

TEST(Profiles, Linux510HasNoNowaitOnMemoryDevices) {
  for (const char* profile : {"linux-5.10", "linux-6.1"}) {
    for (const char* device : {"/dev/null", "/dev/zero"}) {
      InWorld in({.profile = profile});
      std::array<char, 8> buffer{};
      iocb read = read_of(in.world.open(device, O_RDONLY), buffer.data(), buffer.size(), 0);
      read.aio_rw_flags = RWF_NOWAIT;
      const bool refuses = std::string(profile) == "linux-5.10";
      EXPECT_EQ(in.submit({&read}), refuses ? -EOPNOTSUPP : 1) << profile << " " << device;
    }
  }
}

// Whether a fork child of a World with mapped rings has the ring's mapping.
bool child_has_ring(const char* profile) {
  World world({.profile = profile, .rings = RingMemory::mapped});
  aio_context_t context = 0;
  if (world.io_setup(8, &context) != 0) return false;
  const pid_t child = fork();
  if (child == 0) _exit(msync(reinterpret_cast<void*>(context), 1, MS_ASYNC) == 0 ? 1 : 0);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

TEST(Profiles, RingsStayBehindInAForkSince71) {
  EXPECT_TRUE(child_has_ring("linux-6.18"));
  EXPECT_FALSE(child_has_ring("linux-7.2"));
}

}  // namespace
}  // namespace aioemu
