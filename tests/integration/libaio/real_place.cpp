// This machine's files. Who serves the calls was decided by the dynamic linker: the system's
// libaio, or the drop-in when LD_LIBRARY_PATH says so.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <libaio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/integration/libaio/place.h"
#include "tests/support/deny_kernel_aio.h"

namespace libaio_tests {
namespace {

class RealPlace final : public Place {
 public:
  ~RealPlace() override {
    for (const int fd : open_) close(fd);
  }

  int file(std::size_t size) override {
    std::string path = testing::TempDir() + "aioemu-libaio-XXXXXX";
    const int fd = mkstemp(path.data());
    EXPECT_GE(fd, 0);
    EXPECT_EQ(unlink(path.c_str()), 0);
    EXPECT_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
    return keep(fd);
  }

  void pipe(int ends[2]) override {
    EXPECT_EQ(::pipe(ends), 0);
    keep(ends[0]);
    keep(ends[1]);
  }

  int eventfd() override { return keep(::eventfd(0, EFD_NONBLOCK)); }

  ssize_t read(int fd, void* buffer, std::size_t size) override { return ::read(fd, buffer, size); }
  ssize_t write(int fd, const void* buffer, std::size_t size) override {
    return ::write(fd, buffer, size);
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override {
    return ::pread(fd, buffer, size, offset);
  }
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) override {
    return ::pwrite(fd, buffer, size, offset);
  }

 private:
  int keep(int fd) {
    open_.push_back(fd);
    return fd;
  }

  std::vector<int> open_;
};

// AIOEMU_TEST_SERVER says who is meant to serve, so that a wrong library path cannot pass
// unnoticed. With the drop-in, the kernel's AIO is closed to the whole program.
class Server final : public testing::Environment {
 public:
  void SetUp() override {
    const char* const wanted = std::getenv("AIOEMU_TEST_SERVER");
    const bool dropin = dlsym(RTLD_DEFAULT, "aioemu_dropin_version") != nullptr;
    if (wanted == nullptr) return;
    ASSERT_EQ(dropin, std::string(wanted) == "drop-in");
    if (dropin) {
      ASSERT_TRUE(support::deny_kernel_aio());
    } else if (io_destroy(nullptr) == -ENOSYS) {
      GTEST_SKIP() << "no AIO in this kernel or sandbox";
    }
  }
};

const testing::Environment* const kServer = testing::AddGlobalTestEnvironment(new Server);

}  // namespace

std::unique_ptr<Place> make_place() { return std::make_unique<RealPlace>(); }

}  // namespace libaio_tests
