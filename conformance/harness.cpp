#include "conformance/harness.h"

#include <algorithm>
#include <array>

#include "conformance/backend_set.h"

namespace conformance {
namespace {

constexpr int kQuotaTries = 50;
constexpr std::int64_t kReapPatienceSeconds = 10;

}  // namespace

void ConformanceTest::SetUp() {
  BackendSet& set = BackendSet::instance();
  backend_ = set.find(GetParam());
  ASSERT_NE(backend_, nullptr) << "no backend " << GetParam();
  std::string unusable = set.unusable_because(GetParam());
  if (!unusable.empty()) {
    record_broken(unusable);
    backend_ = nullptr;
    GTEST_SKIP();
  }
  backend_->begin_test();
}

void ConformanceTest::TearDown() {
  if (backend_ == nullptr) return;
  for (Context context : contexts_) backend_->io_destroy(context);
  contexts_.clear();
  std::string why;
  if (backend_->end_test(&why)) return;
  BackendSet::instance().mark_unusable(GetParam(), "left unusable by an earlier test: " + why);
  ADD_FAILURE() << "the backend was left unusable: " << why;
}

Context ConformanceTest::setup(unsigned nr) {
  Context context = 0;
  long result = -EAGAIN;
  // Other programs share fs.aio-max-nr, and a destroyed context of theirs frees some in a moment.
  for (int tries = 0; result == -EAGAIN && tries < kQuotaTries; ++tries) {
    if (tries != 0) backend_->breathe();
    context = 0;
    result = io_setup(nr, &context);
  }
  if (result == -EAGAIN || result == -ENOMEM) {
    end_test_as_broken("no context to test with: io_setup answers " + describe_result(result));
  }
  if (result != 0) {
    ADD_FAILURE() << "io_setup(" << nr << ") gave " << describe_result(result);
    throw testing::AssertionException(
        testing::TestPartResult(testing::TestPartResult::kFatalFailure, __FILE__, __LINE__, ""));
  }
  contexts_.push_back(context);
  return context;
}

void ConformanceTest::forget(Context context) {
  contexts_.erase(std::remove(contexts_.begin(), contexts_.end(), context), contexts_.end());
}

long ConformanceTest::submit(Context context, iocb& request) {
  std::array<iocb*, 1> list{&request};
  return io_submit(context, 1, list.data());
}

long ConformanceTest::submit_all(Context context, std::vector<iocb*> requests) {
  return io_submit(context, static_cast<long>(requests.size()), requests.data());
}

std::vector<io_event> ConformanceTest::reap(Context context, std::size_t n) {
  std::vector<io_event> events(n);
  std::size_t have = 0;
  while (have < n) {
    timespec patience = timeout_of(kReapPatienceSeconds, 0);
    long got =
        io_getevents(context, 1, static_cast<long>(n - have), events.data() + have, &patience);
    if (got <= 0) {
      ADD_FAILURE() << "wanted " << n << " events, have " << have << "; io_getevents gave "
                    << describe_result(got);
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  events.resize(have);
  return events;
}

io_event ConformanceTest::complete(Context context, iocb& request) {
  long submitted = submit(context, request);
  if (submitted != 1) {
    ADD_FAILURE() << "io_submit gave " << describe_result(submitted) << " instead of 1";
    return io_event{};
  }
  std::vector<io_event> events = reap(context, 1);
  return events.empty() ? io_event{} : events.front();
}

std::vector<io_event> ConformanceTest::drain(Context context, long at_most) {
  std::vector<io_event> events(static_cast<std::size_t>(at_most));
  timespec now = timeout_of(0, 0);
  long got = io_getevents(context, 0, at_most, events.data(), &now);
  if (got < 0) ADD_FAILURE() << "io_getevents gave " << describe_result(got);
  events.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return events;
}

long ConformanceTest::capacity(std::uint32_t ring_nr) {
  std::uint32_t slots = ring_nr - 1;
  std::uint32_t batch = std::max(slots / (4 * facts().possible_cpus), 1U);
  return static_cast<long>(slots / batch) * static_cast<long>(batch);
}

iocb make_iocb(int opcode, int fd, const void* buffer, std::uint64_t nbytes, std::int64_t offset,
               std::uint64_t data) {
  iocb request{};
  request.aio_lio_opcode = static_cast<std::uint16_t>(opcode);
  request.aio_fildes = static_cast<std::uint32_t>(fd);
  request.aio_buf = reinterpret_cast<std::uint64_t>(buffer);
  request.aio_nbytes = nbytes;
  request.aio_offset = offset;
  request.aio_data = data;
  return request;
}

iocb pread_of(int fd, void* buffer, std::uint64_t nbytes, std::int64_t offset, std::uint64_t data) {
  return make_iocb(IOCB_CMD_PREAD, fd, buffer, nbytes, offset, data);
}

iocb pwrite_of(int fd, const void* buffer, std::uint64_t nbytes, std::int64_t offset,
               std::uint64_t data) {
  return make_iocb(IOCB_CMD_PWRITE, fd, buffer, nbytes, offset, data);
}

iocb poll_of(int fd, std::uint64_t events, std::uint64_t data) {
  iocb request = make_iocb(IOCB_CMD_POLL, fd, nullptr, 0, 0, data);
  request.aio_buf = events;
  return request;
}

iocb fsync_of(int fd, std::uint64_t data) {
  return make_iocb(IOCB_CMD_FSYNC, fd, nullptr, 0, 0, data);
}

iocb with_eventfd(iocb request, int eventfd) {
  request.aio_flags |= IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(eventfd);
  return request;
}

timespec timeout_of(std::int64_t seconds, std::int64_t nanoseconds) {
  return {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)};
}

}  // namespace conformance
