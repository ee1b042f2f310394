// Every name and every inline helper of <libaio.h>, used as a program uses them. The same tests run
// on the kernel through the system's libaio, on the drop-in library, and in a simulated world.
#include <gmock/gmock.h>
#include <libaio.h>
#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "tests/integration/libaio/place.h"

namespace libaio_tests {
namespace {

// From <linux/fs.h>; glibc hides some of them.
constexpr int kRwfDsync = 0x2;
constexpr int kRwfAppend = 0x10;
constexpr int kRwfUnknown = 0x40000000;

struct Called {
  io_context_t ctx = nullptr;
  iocb* request = nullptr;
  long res = 0;
  long res2 = 0;
  int times = 0;
};
Called called;

void remember(io_context_t ctx, iocb* request, long res, long res2) {
  called = {ctx, request, res, res2, called.times + 1};
}

class LibaioHelpers : public testing::Test {
 protected:
  LibaioHelpers() {
    called = {};
    EXPECT_EQ(io_setup(8, &ctx_), 0);
  }
  ~LibaioHelpers() override { EXPECT_EQ(io_destroy(ctx_), 0); }

  // Submits `request` and takes its one event.
  io_event run(iocb& request) {
    iocb* pointer = &request;
    EXPECT_EQ(io_submit(ctx_, 1, &pointer), 1);
    return take(request);
  }

  io_event take(iocb& request) {
    io_event event{};
    EXPECT_EQ(io_getevents(ctx_, 1, 1, &event, nullptr), 1);
    EXPECT_EQ(event.obj, &request);
    EXPECT_EQ(event.res2, 0U);
    return event;
  }

  std::string contents(int fd, std::size_t size) {
    std::string text(size, '?');
    EXPECT_EQ(place_->pread(fd, text.data(), size, 0), static_cast<ssize_t>(size));
    return text;
  }

  const std::unique_ptr<Place> place_ = make_place();
  io_context_t ctx_ = nullptr;
  iocb request_{};
  std::array<char, 8> buffer_{};
};

long result(const io_event& event) { return static_cast<long>(event.res); }

TEST_F(LibaioHelpers, PrepPwriteWritesAtTheOffset) {
  const int fd = place_->file(8);
  char text[] = "abcd";
  io_prep_pwrite(&request_, fd, text, 4, 2);
  request_.data = &text;
  const io_event event = run(request_);
  EXPECT_EQ(result(event), 4);
  EXPECT_EQ(event.data, &text);
  EXPECT_EQ(contents(fd, 8), std::string("\0\0abcd\0\0", 8));
}

TEST_F(LibaioHelpers, PrepPreadReadsAtTheOffsetAndStopsAtTheEnd) {
  const int fd = place_->file(0);
  ASSERT_EQ(place_->pwrite(fd, "abcdef", 6, 0), 6);
  io_prep_pread(&request_, fd, buffer_.data(), buffer_.size(), 2);
  EXPECT_EQ(result(run(request_)), 4);
  EXPECT_STREQ(buffer_.data(), "cdef");
}

TEST_F(LibaioHelpers, PrepPwritevGathersItsSegments) {
  const int fd = place_->file(0);
  char one[] = "ab";
  char two[] = "cde";
  const std::array<iovec, 2> segments = {{{one, 2}, {two, 3}}};
  io_prep_pwritev(&request_, fd, segments.data(), 2, 1);
  EXPECT_EQ(result(run(request_)), 5);
  EXPECT_EQ(contents(fd, 6), std::string("\0abcde", 6));
}

TEST_F(LibaioHelpers, PrepPreadvScattersIntoItsSegments) {
  const int fd = place_->file(0);
  ASSERT_EQ(place_->pwrite(fd, "abcdef", 6, 0), 6);
  std::array<char, 3> one{};
  std::array<char, 8> two{};
  const std::array<iovec, 2> segments = {{{one.data(), 2}, {two.data(), 7}}};
  io_prep_preadv(&request_, fd, segments.data(), 2, 1);
  EXPECT_EQ(result(run(request_)), 5);
  EXPECT_STREQ(one.data(), "bc");
  EXPECT_STREQ(two.data(), "def");
}

TEST_F(LibaioHelpers, PrepPwritev2PassesItsFlags) {
  const int fd = place_->file(0);
  ASSERT_EQ(place_->pwrite(fd, "abc", 3, 0), 3);
  char text[] = "xy";
  const iovec segment{text, 2};
  io_prep_pwritev2(&request_, fd, &segment, 1, 0, kRwfAppend);
  EXPECT_EQ(result(run(request_)), 2);
  EXPECT_EQ(contents(fd, 5), "abcxy");
}

TEST_F(LibaioHelpers, PrepPreadv2PassesItsFlags) {
  const int fd = place_->file(0);
  ASSERT_EQ(place_->pwrite(fd, "abc", 3, 0), 3);
  const iovec segment{buffer_.data(), 3};
  io_prep_preadv2(&request_, fd, &segment, 1, 0, kRwfDsync);
  EXPECT_EQ(result(run(request_)), 3);
  EXPECT_STREQ(buffer_.data(), "abc");
  iocb* pointer = &request_;
  io_prep_preadv2(&request_, fd, &segment, 1, 0, kRwfUnknown);
  EXPECT_EQ(io_submit(ctx_, 1, &pointer), -EOPNOTSUPP);
}

TEST_F(LibaioHelpers, PrepFsyncAndPrepFdsyncGiveZero) {
  const int fd = place_->file(1);
  io_prep_fsync(&request_, fd);
  EXPECT_EQ(result(run(request_)), 0);
  io_prep_fdsync(&request_, fd);
  EXPECT_EQ(result(run(request_)), 0);
}

TEST_F(LibaioHelpers, FsyncAndFdsyncSubmitWithTheirCallback) {
  const int fd = place_->file(1);
  ASSERT_EQ(io_fsync(ctx_, &request_, remember, fd), 1);
  EXPECT_EQ(take(request_).data, reinterpret_cast<void*>(remember));
  ASSERT_EQ(io_fdsync(ctx_, &request_, remember, fd), 1);
  EXPECT_EQ(take(request_).data, reinterpret_cast<void*>(remember));
}

TEST_F(LibaioHelpers, PrepPollGivesWhatIsReady) {
  std::array<int, 2> ends{};
  place_->pipe(ends.data());
  ASSERT_EQ(place_->write(ends[1], "x", 1), 1);
  io_prep_poll(&request_, ends[0], POLLIN);
  EXPECT_EQ(result(run(request_)), POLLIN);
}

TEST_F(LibaioHelpers, PollWaitsUntilTheFileIsReady) {
  std::array<int, 2> ends{};
  place_->pipe(ends.data());
  timespec zero{};
  io_event event{};
  ASSERT_EQ(io_poll(ctx_, &request_, remember, ends[0], POLLIN), 1);
  EXPECT_EQ(io_getevents(ctx_, 0, 1, &event, &zero), 0);
  ASSERT_EQ(place_->write(ends[1], "x", 1), 1);
  event = take(request_);
  EXPECT_EQ(result(event), POLLIN | POLLRDNORM);
  EXPECT_EQ(event.data, reinterpret_cast<void*>(remember));
}

TEST_F(LibaioHelpers, QueueRunCallsWhatSetCallbackSet) {
  const int fd = place_->file(8);
  std::array<iocb, 2> requests{};
  std::array<iocb*, 2> pointers = {&requests[0], &requests[1]};
  for (iocb& request : requests) {
    io_prep_pread(&request, fd, buffer_.data(), 4, 0);
    io_set_callback(&request, remember);
  }
  ASSERT_EQ(io_submit(ctx_, 2, pointers.data()), 2);
  EXPECT_EQ(io_queue_run(ctx_), 0);
  EXPECT_EQ(called.times, 2);
  EXPECT_EQ(called.ctx, ctx_);
  EXPECT_EQ(called.request, &requests[1]);
  EXPECT_EQ(called.res, 4);
  EXPECT_EQ(called.res2, 0);
  EXPECT_EQ(io_queue_run(ctx_), 0);
  EXPECT_EQ(called.times, 2);
}

TEST_F(LibaioHelpers, SetEventfdCountsCompletions) {
  const int fd = place_->file(8);
  const int counter = place_->eventfd();
  std::uint64_t count = 0;
  EXPECT_LT(place_->read(counter, &count, sizeof count), 0);
  for (int i = 0; i < 3; ++i) {
    io_prep_pread(&request_, fd, buffer_.data(), 4, 0);
    io_set_eventfd(&request_, counter);
    EXPECT_EQ(result(run(request_)), 4);
  }
  ASSERT_EQ(place_->read(counter, &count, sizeof count), 8);
  EXPECT_EQ(count, 3U);
}

TEST_F(LibaioHelpers, QueueInitReleaseAndWait) {
  io_context_t ctx = reinterpret_cast<io_context_t>(1);  // rubbish is no error here
  EXPECT_EQ(io_queue_init(0, &ctx), -EINVAL);
  EXPECT_EQ(io_queue_init(-3, &ctx), -EINVAL);
  ASSERT_EQ(io_queue_init(4, &ctx), 0);
  EXPECT_EQ(io_queue_run(ctx), 0);
  EXPECT_EQ(io_queue_release(ctx), 0);
}

TEST_F(LibaioHelpers, PgeteventsTakesWhatIsThere) {
  const int fd = place_->file(8);
  io_prep_pread(&request_, fd, buffer_.data(), 4, 0);
  iocb* pointer = &request_;
  ASSERT_EQ(io_submit(ctx_, 1, &pointer), 1);
  sigset_t mask;
  sigemptyset(&mask);
  io_event event{};
  EXPECT_EQ(io_pgetevents(ctx_, 1, 1, &event, nullptr, &mask), 1);
  EXPECT_EQ(result(event), 4);
}

TEST_F(LibaioHelpers, CancelOfAPendingPollIsInProgressAndOfAnythingElseInvalid) {
  std::array<int, 2> ends{};
  place_->pipe(ends.data());
  ASSERT_EQ(io_poll(ctx_, &request_, remember, ends[0], POLLIN), 1);
  io_event event{};
  EXPECT_EQ(io_cancel(ctx_, &request_, &event), -EINPROGRESS);
  event = take(request_);
  EXPECT_EQ(io_cancel(ctx_, &request_, &event), -EINVAL);
}

// K144: what libaio answers from the ring alone, it does not check.
TEST_F(LibaioHelpers, AnEmptyRingAndAZeroTimeoutIsZeroWhateverElseIsAsked) {
  timespec zero{};
  timespec nanosecond{0, 1};
  EXPECT_EQ(io_getevents(ctx_, 5, 1, nullptr, &zero), 0);
  EXPECT_EQ(io_pgetevents(ctx_, -1, 1, nullptr, &zero, nullptr), 0);
  EXPECT_EQ(io_getevents(ctx_, 5, 1, nullptr, &nanosecond), -EINVAL);
}

TEST_F(LibaioHelpers, ErrorsAreReturnedAndErrnoIsLeftAlone) {
  io_event event{};
  errno = ENOTTY;
  EXPECT_EQ(io_destroy(nullptr), -EINVAL);
  EXPECT_EQ(io_submit(nullptr, 1, nullptr), -EINVAL);
  EXPECT_EQ(io_getevents(nullptr, 1, 1, &event, nullptr), -EINVAL);
  EXPECT_EQ(io_pgetevents(nullptr, 1, 1, &event, nullptr, nullptr), -EINVAL);
  EXPECT_EQ(io_setup(0, &ctx_), -EINVAL);
  EXPECT_EQ(errno, ENOTTY);
}

TEST_F(LibaioHelpers, ABadDescriptorIsRefusedAtSubmit) {
  io_prep_pread(&request_, 0x3fffffff, buffer_.data(), 4, 0);
  iocb* pointer = &request_;
  EXPECT_EQ(io_submit(ctx_, 1, &pointer), -EBADF);
}

}  // namespace
}  // namespace libaio_tests
