// preadv2 and pwritev2 as they are composed for systems without them: the same answers as theirs.

#include "host/vector_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace aioemu::host {
namespace {

constexpr std::int64_t kNoOffset = -1;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) { EXPECT_GE(fd, 0); }
  ~Descriptor() { close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return fd_; }

 private:
  int fd_;
};

int file_with(const std::string& text) {
  char path[] = "/tmp/aioemu-vector-XXXXXX";
  const int fd = mkostemp(path, O_CLOEXEC);
  unlink(path);
  EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return fd;
}

abi::Segment segment(const void* base, std::size_t length) {
  return {reinterpret_cast<std::uint64_t>(base), length};
}

long write_text(int fd, const char* text, std::int64_t offset, std::uint32_t flags) {
  const abi::Segment one = segment(text, std::strlen(text));
  return composed_write(fd, &one, 1, offset, flags);
}

long read_bytes(int fd, std::size_t length, std::int64_t offset, std::uint32_t flags) {
  std::string buffer(length, '\0');
  const abi::Segment one = segment(buffer.data(), length);
  return composed_read(fd, &one, 1, offset, flags);
}

std::string contents(int fd) {
  char text[64];
  const ssize_t size = pread(fd, text, sizeof text, 0);
  return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST(ComposedVectorCalls, MoveSegmentsAtAnOffset) {
  const Descriptor file(file_with("0123456789"));
  char first[2];
  char second[3];
  const abi::Segment both[] = {segment(first, sizeof first), segment(second, sizeof second)};
  EXPECT_EQ(composed_read(file.number(), both, 2, 4, 0), 5);
  EXPECT_EQ(std::string(first, 2) + std::string(second, 3), "45678");
  EXPECT_EQ(composed_write(file.number(), both, 2, 0, 0), 5);
  EXPECT_EQ(contents(file.number()), "4567856789");
}

TEST(ComposedVectorCalls, AppendIgnoresTheOffset) {
  const Descriptor file(file_with("head"));
  EXPECT_EQ(write_text(file.number(), "tail", 0, abi::kRwfAppend), 4);
  EXPECT_EQ(contents(file.number()), "headtail");
}

TEST(ComposedVectorCalls, SyncedWritesReportTheirLength) {
  const Descriptor file(file_with(""));
  EXPECT_EQ(write_text(file.number(), "abc", 0, abi::kRwfDsync), 3);
  EXPECT_EQ(write_text(file.number(), "abcd", 0, abi::kRwfSync | abi::kRwfHipri), 4);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor reader(ends[0]);
  const Descriptor writer(ends[1]);
  EXPECT_EQ(write_text(writer.number(), "abc", kNoOffset, abi::kRwfSync), 3);
}

TEST(ComposedVectorCalls, FlagsAfterLinux416AreUnknown) {
  const Descriptor file(file_with("text"));
  for (std::uint32_t flag = 0x20; flag <= 0x200; flag <<= 1U) {
    EXPECT_EQ(read_bytes(file.number(), 1, 0, flag), -EOPNOTSUPP) << flag;
  }
}

TEST(ComposedVectorCalls, NowaitOnAPipeNeverBlocks) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor reader(ends[0]);
  const Descriptor writer(ends[1]);
  EXPECT_EQ(read_bytes(reader.number(), 1, kNoOffset, abi::kRwfNowait), -EAGAIN);
  const std::string much(std::size_t{1} << 20U, 'x');
  const abi::Segment one = segment(much.data(), much.size());
  long written = 0;
  long done = 0;
  while ((done = composed_write(writer.number(), &one, 1, kNoOffset, abi::kRwfNowait)) > 0) {
    written += done;
  }
  EXPECT_EQ(done, -EAGAIN);
  EXPECT_EQ(written, fcntl(writer.number(), F_GETPIPE_SZ));
  EXPECT_EQ(read_bytes(reader.number(), 7, kNoOffset, abi::kRwfNowait), 7);
}

TEST(ComposedVectorCalls, NowaitOnASocketNeverBlocks) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Descriptor one(ends[0]);
  const Descriptor other(ends[1]);
  EXPECT_EQ(read_bytes(one.number(), 1, kNoOffset, abi::kRwfNowait), -EAGAIN);
  EXPECT_EQ(write_text(other.number(), "hello", kNoOffset, abi::kRwfNowait), 5);
  EXPECT_EQ(read_bytes(one.number(), 9, kNoOffset, abi::kRwfNowait), 5);
}

TEST(ComposedVectorCalls, NowaitIsRefusedInMemory) {
  const Descriptor file(memfd_create("aioemu", MFD_CLOEXEC));
  EXPECT_EQ(read_bytes(file.number(), 1, 0, abi::kRwfNowait), -EOPNOTSUPP);
}

TEST(ComposedVectorCalls, AFileAboutAProcessHasNoMethod) {
  const Descriptor limits(open("/proc/self/limits", O_RDONLY | O_CLOEXEC));
  const Descriptor version(open("/proc/version", O_RDONLY | O_CLOEXEC));
  const Descriptor directory(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(read_bytes(limits.number(), 1, 0, abi::kRwfDsync), -EOPNOTSUPP);
  EXPECT_EQ(read_bytes(directory.number(), 1, 0, abi::kRwfDsync), -EOPNOTSUPP);
  EXPECT_EQ(read_bytes(version.number(), 5, 0, abi::kRwfDsync), 5);
}

// One page of memory, and nothing behind it.
class LastPage {
 public:
  LastPage()
      : pages_(static_cast<char*>(
            mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(pages_ + kPage, kPage, PROT_NONE);
  }
  ~LastPage() { munmap(pages_, 2 * kPage); }
  LastPage(const LastPage&) = delete;
  LastPage& operator=(const LastPage&) = delete;
  static constexpr std::size_t kPage = 4096;
  [[nodiscard]] char* begin() const { return pages_; }

 private:
  char* pages_;
};

TEST(ComposedVectorCalls, ABufferThatEndsTooSoonIsUsedAsFarAsItGoes) {
  const LastPage page;
  const Descriptor file(file_with(std::string(3 * LastPage::kPage, 'f')));
  const abi::Segment too_long = segment(page.begin(), 2 * LastPage::kPage);
  EXPECT_EQ(composed_read(file.number(), &too_long, 1, 0, 0), 4096);
  EXPECT_EQ(page.begin()[4095], 'f');
  EXPECT_EQ(composed_write(file.number(), &too_long, 1, 0, 0), 4096);
  const abi::Segment bad = segment(page.begin() + LastPage::kPage, 1);
  EXPECT_EQ(composed_read(file.number(), &bad, 1, 0, 0), -EFAULT);
  EXPECT_EQ(composed_read(file.number(), &bad, 1, 3 * LastPage::kPage, 0), 0) << "the end first";
}

TEST(ComposedVectorCalls, DevicesThatNeverLookAtABufferTakeABadOne) {
  const LastPage page;
  const abi::Segment bad = segment(page.begin() + LastPage::kPage, 16);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor zero(open("/dev/zero", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(composed_write(null.number(), &bad, 1, 0, 0), 16);
  EXPECT_EQ(composed_read(null.number(), &bad, 1, 0, 0), 0);
  EXPECT_EQ(composed_write(zero.number(), &bad, 1, 0, 0), 16);
  EXPECT_EQ(composed_read(zero.number(), &bad, 1, 0, 0), -EFAULT);
}

TEST(ComposedVectorCalls, AnUnusableDescriptorIsEbadf) {
  EXPECT_EQ(read_bytes(-1, 1, 0, 0), -EBADF);
  EXPECT_EQ(read_bytes(-1, 1, kNoOffset, abi::kRwfNowait), -EBADF);
}

}  // namespace
}  // namespace aioemu::host
