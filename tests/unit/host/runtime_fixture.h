// RuntimeTest: a Runtime with one context, and verbs for what tests do with it.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "aioemu/runtime.h"

namespace aioemu {

// errno for the calls of the C library, so that a test can compare with -errno.
template <typename T>
long result_of(T value) {
  return value < 0 ? -errno : static_cast<long>(value);
}

// The exit status of `child`, or 256 plus the signal that killed it.
inline int in_fork(const std::function<int()>& child) {
  const pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

// A descriptor that is closed at the end.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }
  operator int() const { return fd_; }  // NOLINT(google-explicit-constructor)
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct PipeEnds {
  Fd out;
  Fd in;
};
inline PipeEnds make_pipe(int flags = 0) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, flags), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

inline iocb request(unsigned opcode, int fd, const void* buffer, std::size_t bytes,
                    std::int64_t offset = 0) {
  iocb block{};
  block.aio_lio_opcode = static_cast<std::uint16_t>(opcode);
  block.aio_fildes = static_cast<std::uint32_t>(fd);
  block.aio_buf = reinterpret_cast<std::uint64_t>(buffer);
  block.aio_nbytes = bytes;
  block.aio_offset = offset;
  return block;
}
inline iocb poll_request(int fd, unsigned events) {
  iocb block{};
  block.aio_lio_opcode = IOCB_CMD_POLL;
  block.aio_fildes = static_cast<std::uint32_t>(fd);
  block.aio_buf = events;
  return block;
}
inline void notify(iocb& block, int eventfd) {
  block.aio_flags |= IOCB_FLAG_RESFD;
  block.aio_resfd = static_cast<std::uint32_t>(eventfd);
}

class RuntimeTest : public testing::Test {
 public:
  long submit(iocb& block) {
    iocb* list[] = {&block};
    return runtime_.io_submit(ctx_, 1, list);
  }

 protected:
  explicit RuntimeTest(const RuntimeOptions& options = {}) : runtime_(options) {}
  void SetUp() override { ASSERT_EQ(runtime_.io_setup(64, &ctx_), 0); }
  void TearDown() override {
    if (ctx_ == 0) return;
    EXPECT_EQ(runtime_.io_destroy(ctx_), 0);
  }

  // Waits for one event and returns its result.
  std::int64_t reap() {
    io_event event{};
    const timespec limit{10, 0};
    EXPECT_EQ(runtime_.io_getevents(ctx_, 1, 1, &event, &limit), 1);
    return event.res;
  }
  // Events that are there now.
  std::vector<io_event> events_now() {
    std::vector<io_event> events(64);
    const timespec none{0, 0};
    const long count = runtime_.io_getevents(ctx_, 0, 64, events.data(), &none);
    EXPECT_GE(count, 0);
    events.resize(static_cast<std::size_t>(count));
    return events;
  }
  // Submits one request and waits for its event.
  std::int64_t run(iocb block) {
    EXPECT_EQ(submit(block), 1);
    return reap();
  }
  // The result of a submit of one request.
  long refused(iocb block) { return submit(block); }

  static Fd scratch_file(const char* directory, std::size_t size, int flags = 0) {
    std::string path = std::string(directory) + "/aioemu_host_XXXXXX";
    Fd first(mkstemp(path.data()));
    EXPECT_GE(static_cast<int>(first), 0);
    EXPECT_EQ(ftruncate(first, static_cast<off_t>(size)), 0);
    Fd file(open(path.c_str(), O_RDWR | flags));
    unlink(path.c_str());
    return file;
  }
  static Fd file_with(const std::string& text) {
    Fd file = scratch_file("/tmp", 0);
    EXPECT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return file;
  }

  Runtime runtime_;
  aio_context_t ctx_ = 0;
};

}  // namespace aioemu
