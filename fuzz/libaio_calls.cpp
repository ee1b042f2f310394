// libaio calls: code that knows libaio by name, io_prep_* and io_queue_* included, on a World.
//
// Steps of an input fill in iocbs with libaio's own helpers, submit, reap, cancel, run the queue
// with callbacks, and close and open it. errno is never touched, no call gives more than it was
// asked for, and every accepted request comes back exactly once: reaped, handed to its callback, or
// gone with the queue.

#include <fcntl.h>
#include <libaio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "aioemu/libaio.h"
#include "aioemu/world.h"
#include "base/check.h"
#include "fuzz/bytes.h"

// libaio.h no longer declares it, and libaio still has it.
extern "C" int io_queue_wait(io_context_t ctx, timespec* timeout);

namespace {

using aioemu::fuzz::Bytes;

constexpr std::size_t kRequests = 16;
constexpr std::size_t kMostSteps = 64;
constexpr int kLeftAlone = 12345;

std::array<int, kRequests> outstanding{};
std::array<iocb, kRequests> requests{};

void account_for(const iocb* request) {
  const auto index = static_cast<std::size_t>(request - requests.data());
  AIOEMU_CHECK(index < kRequests);
  AIOEMU_CHECK(outstanding[index] > 0);
  --outstanding[index];
}

void on_completion(io_context_t, iocb* request, long, long res2) {
  AIOEMU_CHECK(res2 == 0);
  account_for(request);
}

class Target {
 public:
  Target() {
    fds_[0] = world_.create_file("file", 10000);
    AIOEMU_CHECK(world_.pipe(&fds_[1], O_NONBLOCK) == 0);
    fds_[3] = world_.eventfd(0, EFD_NONBLOCK);
    fds_[4] = world_.open("/dev/zero", O_RDWR);
    fds_[5] = -1;
    world_.set_file_size_limit(1 << 20);
  }

  void run(Bytes bytes) {
    const aioemu::LibaioScope scope(world_);
    outstanding = {};
    for (std::size_t i = 0; i < kMostSteps && !bytes.empty(); ++i) {
      errno = kLeftAlone;
      step(bytes);
      AIOEMU_CHECK(errno == kLeftAlone);
    }
    if (queue_ != nullptr) close_queue();
  }

 private:
  void step(Bytes& bytes) {
    switch (bytes.below(9)) {
      case 0:
        return open_queue(bytes.take<std::int16_t>());
      case 1:
      case 2:
        return prepare(bytes);
      case 3:
        return submit(bytes);
      case 4:
        return reap(bytes);
      case 5:
        return cancel(bytes.below(kRequests));
      case 6:
        return run_queue();
      case 7:
        return wait_queue(bytes.byte());
      default:
        if (queue_ != nullptr && bytes.byte() % 8 == 0) close_queue();
    }
  }

  void open_queue(int events) {
    if (queue_ != nullptr) return;
    const int result = io_queue_init(events, &queue_);
    AIOEMU_CHECK(result == (events > 0 ? 0 : -EINVAL));
    if (result != 0) queue_ = nullptr;
  }

  // In-flight polls go with the queue.
  void close_queue() {
    AIOEMU_CHECK(io_queue_release(queue_) == 0);
    queue_ = nullptr;
    outstanding = {};
    AIOEMU_CHECK(world_.in_flight().empty());
  }

  void prepare(Bytes& bytes) {
    const std::size_t index = bytes.below(kRequests);
    if (outstanding[index] > 0) return;
    iocb* const request = &requests[index];
    const std::size_t helper = bytes.below(8);
    const int fd = fds_[bytes.below(fds_.size())];
    const std::size_t size = bytes.take<std::uint16_t>() % sizeof buffer_;
    const long long offset = bytes.take<std::int16_t>();
    fill_in(request, helper, fd, size, offset);
    const std::uint8_t more = bytes.byte();
    if (more % 4 == 1) io_set_eventfd(request, fds_[3]);
    if (more % 8 == 3) request->aio_lio_opcode = static_cast<short>(more);
    io_set_callback(request, on_completion);
  }

  void fill_in(iocb* request, std::size_t helper, int fd, std::size_t size, long long offset) {
    const int flags = static_cast<int>(offset & 0x1ff);
    vector_ = {buffer_.data(), size};
    switch (helper) {
      case 0:
        return io_prep_pread(request, fd, buffer_.data(), size, offset);
      case 1:
        return io_prep_pwrite(request, fd, buffer_.data(), size, offset);
      case 2:
        return io_prep_preadv(request, fd, &vector_, 1, offset);
      case 3:
        return io_prep_pwritev(request, fd, &vector_, 1, offset);
      case 4:
        return io_prep_pwritev2(request, fd, &vector_, 1, offset, flags);
      case 5:
        return io_prep_poll(request, fd, static_cast<int>(size));
      case 6:
        return io_prep_fsync(request, fd);
      default:
        return io_prep_fdsync(request, fd);
    }
  }

  void submit(Bytes& bytes) {
    std::array<iocb*, 4> list{};
    const std::size_t count = bytes.below(list.size() + 1);
    for (std::size_t i = 0; i < count; ++i) list[i] = &requests[bytes.below(kRequests)];
    const int accepted = io_submit(queue_, static_cast<long>(count), list.data());
    AIOEMU_CHECK(accepted <= static_cast<int>(count) && accepted > -4096);
    AIOEMU_CHECK(queue_ != nullptr || accepted == -EINVAL);
    for (int i = 0; i < accepted; ++i) {
      ++outstanding[static_cast<std::size_t>(list[static_cast<std::size_t>(i)] - requests.data())];
    }
  }

  void reap(Bytes& bytes) {
    std::array<io_event, 8> events{};
    const long nr = static_cast<long>(bytes.below(events.size() + 1));
    const long min_nr = static_cast<long>(bytes.below(4)) - 1;
    timespec timeout{0, static_cast<long>(bytes.byte())};
    const int got = io_getevents(queue_, min_nr, nr, events.data(), &timeout);
    AIOEMU_CHECK(got <= nr && (got >= 0 || got == -EINVAL));
    for (int i = 0; i < got; ++i) {
      const io_event& event = events[static_cast<std::size_t>(i)];
      AIOEMU_CHECK(event.res2 == 0);
      account_for(event.obj);
    }
  }

  void cancel(std::size_t index) {
    io_event unused{};
    const int answer = io_cancel(queue_, &requests[index], &unused);
    AIOEMU_CHECK(answer == -EINPROGRESS || answer == -EINVAL);
    AIOEMU_CHECK(answer == -EINVAL || outstanding[index] > 0);
  }

  void run_queue() {
    const int result = io_queue_run(queue_);
    AIOEMU_CHECK(result == (queue_ != nullptr ? 0 : -EINVAL));
  }

  void wait_queue(std::uint8_t ns) {
    timespec timeout{0, ns};
    const int result = io_queue_wait(queue_, &timeout);
    AIOEMU_CHECK(result == (queue_ != nullptr ? 0 : -EINVAL));
  }

  aioemu::World world_;
  std::array<int, 6> fds_{};
  io_context_t queue_ = nullptr;
  std::array<char, 4096> buffer_{};
  iovec vector_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Each input begins on files that nobody has touched.
  Target target;
  target.run(Bytes(data, size));
  return 0;
}
