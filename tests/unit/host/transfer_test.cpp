// Transfers on files with an offset: done inside io_submit, with the kernel's division between
// errors of the submit and errors of the event.

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

using TransferTest = RuntimeTest;

TEST_F(TransferTest, ReadsAndWritesAreInTheRingWhenSubmitReturns) {
  const Fd file = file_with("0123456789");
  std::array<char, 16> buffer{};
  iocb read = request(IOCB_CMD_PREAD, file, buffer.data(), 16, 4);
  iocb write = request(IOCB_CMD_PWRITE, file, "ab", 2, 10);
  read.aio_data = 1;
  write.aio_data = 2;
  iocb* list[] = {&read, &write};
  ASSERT_EQ(runtime_.io_submit(ctx_, 2, list), 2);
  const std::vector<io_event> events = events_now();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].data, 1U);
  EXPECT_EQ(events[0].obj, reinterpret_cast<std::uint64_t>(&read));
  EXPECT_EQ(events[0].res, 6);
  EXPECT_EQ(events[1].data, 2U);
  EXPECT_EQ(events[1].res, 2);
  EXPECT_STREQ(buffer.data(), "456789");
  EXPECT_EQ(lseek(file, 0, SEEK_END), 12);
}

TEST_F(TransferTest, VectorsOfAnyLengthArrive) {
  const Fd file = scratch_file("/dev/shm", 4096);
  std::string text(1000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
  std::vector<iovec> segments;
  for (char& c : text) segments.push_back({&c, 1});
  EXPECT_EQ(run(request(IOCB_CMD_PWRITEV, file, segments.data(), 1000, 7)), 1000);
  std::string back(1000, '\0');
  for (std::size_t i = 0; i < 8; ++i) segments[i] = {back.data() + i * 125, 125};
  EXPECT_EQ(run(request(IOCB_CMD_PREADV, file, segments.data(), 8, 7)), 1000);
  EXPECT_EQ(back, text);
}

TEST_F(TransferTest, ErrorsOfTheBufferAreEvents) {
  const Fd file = file_with("0123456789");
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, nullptr, 10)), -EFAULT);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, nullptr, 10)), -EFAULT);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, file, nullptr, 10, 10)), 0);
}

TEST_F(TransferTest, ErrorsOfTheFileAreErrorsOfTheSubmit) {
  std::array<char, 16> buffer{};
  const Fd only_read(open("/dev/zero", O_RDONLY));
  const Fd directory(open("/", O_RDONLY));
  const Fd epoll(epoll_create1(0));
  const Fd stat(open("/proc/self/stat", O_RDONLY));
  const Fd full(open("/dev/full", O_RDWR));
  const Fd counter(eventfd(0, 0));
  const Fd path(open("/", O_PATH));
  const auto read = [&](int fd) { return request(IOCB_CMD_PREAD, fd, buffer.data(), 16); };
  const auto write = [&](int fd) { return request(IOCB_CMD_PWRITE, fd, buffer.data(), 16); };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(refused(read(-1)), -EBADF);
    EXPECT_EQ(refused(read(path)), -EBADF);
    EXPECT_EQ(refused(write(only_read)), -EBADF);
    EXPECT_EQ(refused(write(directory)), -EBADF);
    EXPECT_EQ(refused(read(directory)), -EINVAL);
    EXPECT_EQ(refused(read(epoll)), -EINVAL);
    EXPECT_EQ(refused(read(stat)), -EINVAL);
    EXPECT_EQ(refused(write(full)), -EINVAL);
    EXPECT_EQ(refused(write(counter)), -EINVAL);
    EXPECT_EQ(run(read(full)), 16);
    EXPECT_EQ(run(read(only_read)), 16);
  }
}

TEST_F(TransferTest, ProcFilesWithTheMethodAreRead) {
  const Fd version(open("/proc/version", O_RDONLY));
  std::array<char, 8> buffer{};
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, version, buffer.data(), 5)), 5);
  EXPECT_STREQ(buffer.data(), "Linux");
}

// The table remembers what a descriptor was; it must not matter when that is no longer true.
class StaleDescriptorTest : public RuntimeTest {
 protected:
  // Makes the Runtime sure that `fd` is an ordinary file, then makes it something else.
  void become(const char* path, int flags) {
    Fd file = file_with("0123456789");
    fd_.reset(file.release());
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(run(request(IOCB_CMD_PREAD, fd_, buffer_.data(), 10)), 10);
      ASSERT_EQ(run(request(IOCB_CMD_PWRITE, fd_, "0123456789", 10)), 10);
    }
    const Fd other(open(path, flags));
    ASSERT_GE(static_cast<int>(other), 0);
    ASSERT_EQ(dup2(other, fd_), static_cast<int>(fd_));
  }
  iocb read() { return request(IOCB_CMD_PREAD, fd_, buffer_.data(), 10); }
  iocb write() { return request(IOCB_CMD_PWRITE, fd_, buffer_.data(), 10); }
  Fd fd_;
  std::array<char, 16> buffer_{};
};

TEST_F(StaleDescriptorTest, Closed) {
  become("/dev/zero", O_RDWR);
  ::close(fd_);
  iocb block = read();
  block.aio_key = 0x1234;
  EXPECT_EQ(submit(block), -EBADF);
  EXPECT_EQ(block.aio_key, 0x1234U);
  EXPECT_EQ(refused(write()), -EBADF);
  fd_.release();
}

TEST_F(StaleDescriptorTest, OtherMode) {
  become("/dev/zero", O_WRONLY);
  EXPECT_EQ(refused(read()), -EBADF);
  EXPECT_EQ(run(write()), 10);
}

TEST_F(StaleDescriptorTest, Directory) {
  become("/", O_RDONLY);
  EXPECT_EQ(refused(read()), -EINVAL);
  EXPECT_EQ(refused(write()), -EBADF);
}

TEST_F(StaleDescriptorTest, FileWithoutTheMethod) {
  become("/proc/self/comm", O_RDWR);
  EXPECT_EQ(refused(write()), -EINVAL);
  EXPECT_EQ(refused(read()), -EINVAL);
}

TEST_F(StaleDescriptorTest, FileWithoutTheMethodIsFoundOutInTimeEvenWhereManyReadsWentWell) {
  Fd file = file_with("0123456789");
  fd_.reset(file.release());
  for (int i = 0; i < 24; ++i) ASSERT_EQ(run(read()), 10);
  const Fd other(open("/proc/self/comm", O_RDWR));
  ASSERT_EQ(dup2(other, fd_), static_cast<int>(fd_));
  EXPECT_EQ(refused(write()), -EINVAL);
  EXPECT_EQ(refused(read()), -EINVAL);
  // Again, with reads alone.
  const Fd ordinary = file_with("0123456789");
  ASSERT_EQ(dup2(ordinary, fd_), static_cast<int>(fd_));
  for (int i = 0; i < 24; ++i) ASSERT_EQ(run(read()), 10);
  ASSERT_EQ(dup2(other, fd_), static_cast<int>(fd_));
  int accepted = 0;
  for (iocb block = read(); accepted < 8 && submit(block) == 1; ++accepted) events_now();
  EXPECT_LT(accepted, 8);
  EXPECT_EQ(refused(read()), -EINVAL);
}

TEST_F(StaleDescriptorTest, FullDevice) {
  become("/dev/full", O_RDWR);
  EXPECT_EQ(refused(write()), -EINVAL);
}

TEST_F(StaleDescriptorTest, Pipe) {
  become("/dev/zero", O_RDWR);
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(::write(ends.in, "pipe", 4), 4);
  ASSERT_EQ(dup2(ends.out, fd_), static_cast<int>(fd_));
  iocb block = read();
  block.aio_offset = 5;
  EXPECT_EQ(run(block), 4);
  EXPECT_EQ(std::memcmp(buffer_.data(), "pipe", 4), 0);
}

TEST_F(StaleDescriptorTest, AnEarlierRefusalIsForgottenToo) {
  become("/dev/zero", O_WRONLY);
  EXPECT_EQ(refused(read()), -EBADF);
  const Fd file = file_with("0123456789");
  ASSERT_EQ(dup2(file, fd_), static_cast<int>(fd_));
  EXPECT_EQ(run(read()), 10);
}

TEST_F(TransferTest, AppendGoesToTheEnd) {
  Fd file = scratch_file("/tmp", 4, O_APPEND);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, "xy", 2, 0)), 2);
  EXPECT_EQ(lseek(file, 0, SEEK_END), 6);
}

TEST_F(TransferTest, FlagsThatTheFileRefusesAreErrorsOfTheSubmit) {
  constexpr int kNowait = 8;
  constexpr int kDontcache = 0x80;
  constexpr int kAtomic = 0x40;
  std::array<char, 16> buffer{};
  const Fd memory = scratch_file("/dev/shm", 4096);
  iocb block = request(IOCB_CMD_PREAD, memory, buffer.data(), 16);
  for (int round = 0; round < 2; ++round) {
    block.aio_rw_flags = kNowait;
    const iovec segment{buffer.data(), 1};
    const long native = result_of(preadv2(memory, &segment, 1, 0, kNowait));
    EXPECT_EQ(refused(block), native < 0 ? native : 1);
    if (native > 0) reap();
    block.aio_rw_flags = kDontcache | kNowait;
    EXPECT_EQ(refused(block), -EOPNOTSUPP);
    block.aio_rw_flags = kAtomic;
    EXPECT_EQ(refused(block), -EOPNOTSUPP);
    block.aio_rw_flags = 0x200;
    EXPECT_EQ(refused(block), -EOPNOTSUPP);
    block.aio_rw_flags = RWF_HIPRI | RWF_DSYNC;
    EXPECT_EQ(run(block), 16);
  }
}

TEST_F(TransferTest, NowaitWriteToABufferedDiskFileIsAnEvent) {
  constexpr int kNowait = 8;
  const Fd file = scratch_file("/tmp", 4096);
  const iovec segment{const_cast<char*>("x"), 1};
  const iovec bad{nullptr, 1};
  if (result_of(preadv2(file, &bad, 1, 0, kNowait)) == -EOPNOTSUPP) {
    GTEST_SKIP() << "this file system refuses NOWAIT outright";
  }
  const long native = result_of(pwritev2(file, &segment, 1, 0, kNowait));
  iocb block = request(IOCB_CMD_PWRITE, file, "x", 1);
  block.aio_rw_flags = kNowait;
  EXPECT_EQ(run(block), native);
}

TEST_F(TransferTest, SealedMemoryFileIsAnEvent) {
  const Fd file(memfd_create("sealed", MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(file, 4096), 0);
  ASSERT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_EQ(run(request(IOCB_CMD_PWRITE, file, "x", 1)), -EPERM);
}

TEST_F(TransferTest, DirectTransfersOnADiskHoldTheFileThemselves) {
  Fd file = scratch_file("/tmp", 8192, O_DIRECT);
  if (file < 0) GTEST_SKIP() << "no O_DIRECT here";
  alignas(4096) static std::array<char, 4096> buffer;
  buffer.fill('d');
  iocb write = request(IOCB_CMD_PWRITE, file, buffer.data(), 4096, 4096);
  const Fd again(dup(file));
  ASSERT_EQ(submit(write), 1);
  file.reset();
  EXPECT_EQ(reap(), 4096);
  buffer.fill(0);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, again, buffer.data(), 4096, 4096)), 4096);
  EXPECT_EQ(buffer[4095], 'd');
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, again, buffer.data(), 4096, 100)), -EINVAL);
  EXPECT_EQ(run(request(IOCB_CMD_PREAD, again, buffer.data(), 4096, 81920)), 0);
}

TEST_F(TransferTest, ManyDirectVectorsInOneBatch) {
  const Fd file = scratch_file("/tmp", 16 * 8192, O_DIRECT);
  if (file < 0) GTEST_SKIP() << "no O_DIRECT here";
  alignas(4096) static std::array<char, 16 * 8192> buffer;
  std::array<std::array<iovec, 16>, 16> segments{};
  std::array<iocb, 16> blocks{};
  std::array<iocb*, 16> list{};
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t k = 0; k < 16; ++k) segments[i][k] = {&buffer[i * 8192 + k * 512], 512};
    blocks[i] = request(IOCB_CMD_PWRITEV, file, segments[i].data(), 16,
                        static_cast<std::int64_t>(i * 8192));
    list[i] = &blocks[i];
  }
  ASSERT_EQ(runtime_.io_submit(ctx_, 16, list.data()), 16);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(reap(), 8192);
}

TEST_F(TransferTest, FsyncAndFdsyncComeThroughTheWorker) {
  Fd file = file_with("data");
  EXPECT_EQ(run(request(IOCB_CMD_FSYNC, file, nullptr, 0)), 0);
  iocb block = request(IOCB_CMD_FDSYNC, file, nullptr, 0);
  ASSERT_EQ(submit(block), 1);
  file.reset();
  EXPECT_EQ(reap(), 0);
  const PipeEnds ends = make_pipe();
  EXPECT_EQ(refused(request(IOCB_CMD_FSYNC, ends.in, nullptr, 0)), -EINVAL);
  EXPECT_EQ(refused(request(IOCB_CMD_FSYNC, -1, nullptr, 0)), -EBADF);
}

TEST_F(TransferTest, EachCompletionAddsOneToItsEventfd) {
  const Fd file = file_with("data");
  const Fd counter(eventfd(0, EFD_NONBLOCK));
  std::array<char, 4> buffer{};
  iocb good = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  iocb bad = request(IOCB_CMD_PREAD, file, nullptr, 4);
  iocb sync = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  for (iocb* block : {&good, &bad, &sync}) notify(*block, counter);
  iocb* list[] = {&good, &bad, &sync};
  ASSERT_EQ(runtime_.io_submit(ctx_, 3, list), 3);
  std::uint64_t total = 0;
  while (total < 3) {
    pollfd entry{counter, POLLIN, 0};
    ASSERT_EQ(poll(&entry, 1, 10000), 1);
    std::uint64_t value = 0;
    ASSERT_EQ(read(counter, &value, 8), 8);
    total += value;
  }
  EXPECT_EQ(total, 3U);
  EXPECT_EQ(events_now().size(), 3U);
}

TEST_F(TransferTest, ASaturatedEventfdDoesNotBlock) {
  const Fd file = file_with("data");
  const Fd counter(eventfd(0, 0));
  const std::uint64_t most = 0xfffffffffffffffeULL;
  ASSERT_EQ(write(counter, &most, 8), 8);
  std::array<char, 4> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(block, counter);
  EXPECT_EQ(run(block), 4);
}

TEST_F(TransferTest, AnEventfdThatIsNoneIsAnErrorOfTheSubmit) {
  const Fd file = file_with("data");
  std::array<char, 4> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4);
  notify(block, file);
  EXPECT_EQ(refused(block), -EINVAL);
  notify(block, -1);
  EXPECT_EQ(refused(block), -EBADF);
}

// The least that a thread can have.
TEST_F(TransferTest, TheLongestVectorFitsOnTheSmallestStack) {
  struct Job {
    TransferTest* test;
    iocb block;
    long result;
  };
  static std::array<iovec, 1024> vector;
  static std::array<char, 1024> bytes;
  for (std::size_t i = 0; i < vector.size(); ++i) vector[i] = {&bytes[i], 1};
  const Fd file = file_with(std::string(1024, 'v'));
  Job job{this, request(IOCB_CMD_PREADV, file, vector.data(), vector.size()), 0};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  const auto smallest = static_cast<std::size_t>(std::max(16384L, sysconf(_SC_THREAD_STACK_MIN)));
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, smallest), 0);
  pthread_t thread{};
  const auto entry = [](void* argument) -> void* {
    auto& own = *static_cast<Job*>(argument);
    own.result = own.test->submit(own.block);
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, entry, &job), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(job.result, 1);
  EXPECT_EQ(reap(), 1024);
  EXPECT_EQ(bytes[1023], 'v');
}

}  // namespace
}  // namespace aioemu
