// What a rule may ask about a request in a real process: one test for each key and qualifier.

#include <array>
#include <thread>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr std::size_t kSector = 4096;

// A directory that is gone at the end, with what is in it.
class Directory {
 public:
  Directory() { EXPECT_NE(mkdtemp(name_.data()), nullptr); }
  ~Directory() {
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir(name_.c_str());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  Fd make(const std::string& name) {
    files_.push_back(path(name));
    Fd file(open(path(name).c_str(), O_RDWR | O_CREAT, 0600));
    EXPECT_EQ(ftruncate(file, 65536), 0);
    return file;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return name_ + "/" + name; }
  void rename(const std::string& from, const std::string& to) {
    files_.push_back(path(to));
    EXPECT_EQ(::rename(path(from).c_str(), path(to).c_str()), 0);
  }

 private:
  std::string name_ = "/tmp/aioemu_match_XXXXXX";
  std::vector<std::string> files_;
};

// A Runtime under one plan, and verbs that tell whether it has hit a request.
class Matching {
 public:
  explicit Matching(const std::string& plan) : runtime_({.plan = plan}) {
    EXPECT_EQ(runtime_.io_setup(32, &ctx_), 0);
  }
  ~Matching() { EXPECT_EQ(runtime_.io_destroy(ctx_), 0); }
  Matching(const Matching&) = delete;
  Matching& operator=(const Matching&) = delete;

  std::int64_t run(iocb block) {
    iocb* list[] = {&block};
    EXPECT_EQ(runtime_.io_submit(ctx_, 1, list), 1);
    io_event event{};
    EXPECT_EQ(runtime_.io_getevents(ctx_, 1, 1, &event), 1);
    return event.res;
  }
  std::int64_t read(int fd, std::int64_t offset = 0, std::size_t bytes = 16) {
    return run(request(IOCB_CMD_PREAD, fd, buffer_.data(), bytes, offset));
  }
  bool hits(int fd) { return read(fd) == -EIO; }
  long submit(std::vector<iocb*> list) {
    return runtime_.io_submit(ctx_, static_cast<long>(list.size()), list.data());
  }

 private:
  Runtime runtime_;
  aio_context_t ctx_ = 0;
  alignas(kSector) std::array<char, 2 * kSector> buffer_{};
};

TEST(MatchingTest, ThePathIsThatOfTheOpenFile) {
  Directory directory;
  const Fd data = directory.make("one.ibd");
  const Fd other = directory.make("one.log");
  Matching by_name("complete path=*.ibd errno EIO");
  EXPECT_TRUE(by_name.hits(data));
  EXPECT_FALSE(by_name.hits(other));
  Matching by_path("complete path=" + directory.path("one.log") + " errno EIO");
  EXPECT_FALSE(by_path.hits(data));
  EXPECT_TRUE(by_path.hits(other));
  Matching below("complete path=/tmp/** errno EIO");
  EXPECT_TRUE(below.hits(data));
}

TEST(MatchingTest, ADuplicateHasThePathToo) {
  Directory directory;
  const Fd data = directory.make("data");
  const Fd again(dup(data));
  Matching rule("complete path=data errno EIO");
  EXPECT_TRUE(rule.hits(again));
}

TEST(MatchingTest, ADescriptorUsedAgainHasAnotherPath) {
  Directory directory;
  Fd data = directory.make("data");
  Matching rule("complete path=data errno EIO");
  EXPECT_TRUE(rule.hits(data));
  const Fd other = directory.make("other");
  ASSERT_EQ(dup2(other, data), static_cast<int>(data));
  EXPECT_FALSE(rule.hits(data));
}

TEST(MatchingTest, ADeletedFileKeepsTheNameItHad) {
  Directory directory;
  const Fd data = directory.make("data");
  unlink(directory.path("data").c_str());
  Matching rule("complete path=data errno EIO");
  EXPECT_TRUE(rule.hits(data));
}

TEST(MatchingTest, APipeHasNoPath) {
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  Matching rule("complete path=** errno EIO");
  EXPECT_EQ(rule.read(ends.out), 1);
}

TEST(MatchingTest, AnOffsetRangeIsTouchedByItsFirstAndLastByte) {
  Directory directory;
  const Fd data = directory.make("data");
  Matching rule("complete offset=100..199 errno EIO");
  EXPECT_EQ(rule.read(data, 84), 16);
  EXPECT_EQ(rule.read(data, 85), -EIO);
  EXPECT_EQ(rule.read(data, 199), -EIO);
  EXPECT_EQ(rule.read(data, 200), 16);
}

TEST(MatchingTest, DirectAsksHowTheFileWasOpened) {
  Directory directory;
  const Fd buffered = directory.make("data");
  const Fd direct(open(directory.path("data").c_str(), O_RDWR | O_DIRECT));
  if (direct < 0) GTEST_SKIP() << "/tmp has no O_DIRECT";
  Matching rule("complete direct=yes errno EIO");
  EXPECT_EQ(rule.read(direct, 0, kSector), -EIO);
  EXPECT_EQ(rule.read(buffered, 0, kSector), static_cast<long>(kSector));
  Matching opposite("complete direct=no errno EIO");
  EXPECT_EQ(opposite.read(direct, 0, kSector), static_cast<long>(kSector));
  EXPECT_EQ(opposite.read(buffered, 0, kSector), -EIO);
}

TEST(MatchingTest, FlagsMustAllBeThere) {
  Directory directory;
  const Fd data = directory.make("data");
  const Fd bell(eventfd(0, 0));
  Matching rule("complete flags=dsync,resfd errno EIO");
  iocb block = request(IOCB_CMD_PWRITE, data, "x", 1);
  EXPECT_EQ(rule.run(block), 1);
  block.aio_rw_flags = RWF_DSYNC;
  EXPECT_EQ(rule.run(block), 1);
  notify(block, bell);
  EXPECT_EQ(rule.run(block), -EIO);
}

TEST(MatchingTest, APriorityIsAFlagToo) {
  Directory directory;
  const Fd data = directory.make("data");
  Matching rule("complete flags=ioprio errno EIO");
  iocb block = request(IOCB_CMD_PWRITE, data, "x", 1);
  EXPECT_EQ(rule.run(block), 1);
  block.aio_flags |= IOCB_FLAG_IOPRIO;
  EXPECT_EQ(rule.run(block), -EIO);
}

TEST(MatchingTest, DataIsTheProgramsOwnWord) {
  Directory directory;
  const Fd data = directory.make("data");
  Matching rule("complete data=7 errno EIO");
  iocb block = request(IOCB_CMD_PWRITE, data, "x", 1);
  EXPECT_EQ(rule.run(block), 1);
  block.aio_data = 7;
  EXPECT_EQ(rule.run(block), -EIO);
}

TEST(MatchingTest, ThreadsAreCountedFromOneByFirstUse) {
  Directory directory;
  const Fd data = directory.make("data");
  Matching rule("complete thread=2 errno EIO");
  EXPECT_EQ(rule.read(data), 16);
  std::thread([&] { EXPECT_EQ(rule.read(data), -EIO); }).join();
  EXPECT_EQ(rule.read(data), 16);
}

TEST(MatchingTest, InflightCountsTheOthers) {
  Directory directory;
  const Fd data = directory.make("data");
  const PipeEnds ends = make_pipe();
  Matching rule("submit inflight>=1 errno EAGAIN; complete op=read inflight>=1 errno EIO");
  EXPECT_EQ(rule.read(data), 16);
  iocb poll = poll_request(ends.out, POLLIN);
  std::array<char, 4> buffer{};
  iocb read = request(IOCB_CMD_PREAD, data, buffer.data(), 4);
  EXPECT_EQ(rule.submit({&poll, &read}), 2);
  EXPECT_EQ(rule.submit({&read}), -EAGAIN);
}

TEST(MatchingTest, TimeIsCountedFromTheFirstCall) {
  Directory directory;
  const Fd data = directory.make("data");
  Matching later("complete after=3600s errno EIO");
  EXPECT_FALSE(later.hits(data));
  Matching now("complete for=3600s errno EIO");
  EXPECT_TRUE(now.hits(data));
  Matching soon("complete after=1ns errno EIO");
  EXPECT_TRUE(soon.hits(data));
  Matching past("complete for=1ns errno EIO");
  EXPECT_FALSE(past.hits(data));
}

}  // namespace
}  // namespace aioemu
