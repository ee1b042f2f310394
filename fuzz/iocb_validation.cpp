// iocb validation: any batch of 64-byte iocbs, submitted to a World with files of every kind.
//
// Whatever the bytes say, io_submit answers with a count or an errno, every accepted request
// completes exactly once, and nothing of the batch is left in the context afterwards.
//
// Addresses in the program's half are folded into arenas of the target's own, so that a lucky one
// cannot overwrite the fuzzer: data into one whose end is a fault, I/O vectors into another that no
// request can write to. Addresses of the kernel's half stay as they are.

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "aioemu/world.h"
#include "base/check.h"

namespace {

constexpr std::size_t kMostIocbs = 8;
constexpr long kEvents = 64;

// Memory that requests may do anything to: what lies behind its end is a fault.
class Arena {
 public:
  Arena() {
    void* const pages =
        mmap(nullptr, kBytes + kFence, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    AIOEMU_CHECK(pages != MAP_FAILED);
    AIOEMU_CHECK(mprotect(pages, kBytes, PROT_READ | PROT_WRITE) == 0);
    data_ = static_cast<std::uint8_t*>(pages);
  }
  [[nodiscard]] std::uint8_t* data() const { return data_; }
  void protect(int protection) { AIOEMU_CHECK(mprotect(data_, kBytes, protection) == 0); }
  // An address in the arena, or in the kernel's half.
  [[nodiscard]] std::uint64_t fold(std::uint64_t address, std::uint64_t mask) const {
    if (address >= 0x7fffffff0000) return address;
    return reinterpret_cast<std::uint64_t>(data_) + (address & mask);
  }
  static constexpr std::size_t kBytes = 65536;

 private:
  static constexpr std::size_t kFence = 4096;
  std::uint8_t* data_ = nullptr;  // mapped for good: the target lives as long as the process
};

// Files that answer without sleeping.
class Files {
 public:
  explicit Files(aioemu::World& world) {
    add(world.create_file("rw", 10000));
    add(world.create_file("ro", 10000, O_RDONLY));
    add(world.create_file("direct", 10000, O_RDWR | O_DIRECT));
    add(world.create_file("append", 100, O_WRONLY | O_APPEND));
    add_pair([&](int* ends) { return world.pipe(ends, O_NONBLOCK); });
    add_pair([&](int* ends) { return world.socketpair(SOCK_STREAM | SOCK_NONBLOCK, ends); });
    add(world.eventfd(0, EFD_NONBLOCK));
    for (const char* path : {"/dev/null", "/dev/zero", "/dev/full"}) add(world.open(path, O_RDWR));
    add(world.open(".", O_RDONLY));
    add(world.epoll());
    add(-1);
  }
  [[nodiscard]] std::uint32_t pick(std::uint32_t number) const {
    return static_cast<std::uint32_t>(fds_[number % fds_.size()]);
  }

 private:
  void add(int fd) { fds_.push_back(fd); }
  template <typename Make>
  void add_pair(Make make) {
    int ends[2] = {-1, -1};
    make(ends);
    add(ends[0]);
    add(ends[1]);
  }
  std::vector<int> fds_;
};

aioemu::WorldOptions options() {
  aioemu::WorldOptions options;
  options.memory = aioemu::MemoryAccess::guarded;
  return options;
}

class Target {
 public:
  Target() : world_(options()), files_(world_) {
    // Room for what a batch may write, without end.
    world_.set_file_size_limit(1 << 20);
    AIOEMU_CHECK(world_.io_setup(8, &context_) == 0);
  }

  void run(const std::uint8_t* data, std::size_t size) {
    const std::size_t count = std::min(size / sizeof(iocb), kMostIocbs);
    std::memcpy(iocbs_.data(), data, count * sizeof(iocb));
    std::array<iocb*, kMostIocbs> list{};
    for (std::size_t i = 0; i < count; ++i) {
      tame(iocbs_[i]);
      list[i] = &iocbs_[i];
    }
    fill_vectors(data + count * sizeof(iocb), size - count * sizeof(iocb));
    const long nr = static_cast<long>(count);
    const long accepted = world_.io_submit(context_, nr, list.data());
    AIOEMU_CHECK(accepted <= nr && accepted >= -4095);
    AIOEMU_CHECK(accepted != 0 || nr == 0);
    if (accepted > 0) account_for(accepted, list);
  }

 private:
  void tame(iocb& request) const {
    request.aio_fildes = files_.pick(request.aio_fildes);
    request.aio_resfd = files_.pick(request.aio_resfd);
    if (request.aio_lio_opcode == IOCB_CMD_POLL) return;
    const bool vectored =
        request.aio_lio_opcode == IOCB_CMD_PREADV || request.aio_lio_opcode == IOCB_CMD_PWRITEV;
    request.aio_buf = vectored ? vectors_.fold(request.aio_buf, kFold & ~std::uint64_t{15})
                               : arena_.fold(request.aio_buf, kFold);
  }

  // What follows the iocbs is the I/O vectors.
  void fill_vectors(const std::uint8_t* data, std::size_t size) {
    std::array<iovec, 64> vectors{};
    std::memcpy(vectors.data(), data, std::min(size, sizeof vectors));
    for (iovec& vector : vectors) {
      const auto base = reinterpret_cast<std::uint64_t>(vector.iov_base);
      vector.iov_base = reinterpret_cast<void*>(arena_.fold(base, kFold));
    }
    vectors_.protect(PROT_READ | PROT_WRITE);
    std::memcpy(vectors_.data(), vectors.data(), sizeof vectors);
    vectors_.protect(PROT_READ);
  }

  // Ends what is pending and counts the events of the batch.
  void account_for(long accepted, const std::array<iocb*, kMostIocbs>& list) {
    for (long i = 0; i < accepted; ++i) {
      world_.io_cancel(context_, list[static_cast<std::size_t>(i)], nullptr);
    }
    while (world_.breathe()) {
    }
    std::array<io_event, kEvents> events{};
    timespec now{};
    const long reaped = world_.io_getevents(context_, 0, kEvents, events.data(), &now);
    AIOEMU_CHECK(reaped == accepted);
    for (long i = 0; i < reaped; ++i) check_event(events[static_cast<std::size_t>(i)], accepted);
    AIOEMU_CHECK(world_.in_flight().empty());
  }

  void check_event(const io_event& event, long accepted) const {
    AIOEMU_CHECK(event.res2 == 0);
    const auto first = reinterpret_cast<std::uint64_t>(iocbs_.data());
    const std::uint64_t index = (event.obj - first) / sizeof(iocb);
    AIOEMU_CHECK(index < static_cast<std::uint64_t>(accepted));
    AIOEMU_CHECK(event.data == iocbs_[index].aio_data);
  }

  static constexpr std::uint64_t kFold = 8191;
  aioemu::World world_;
  Files files_;
  aio_context_t context_ = 0;
  std::array<iocb, kMostIocbs> iocbs_{};
  Arena arena_;
  Arena vectors_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target* const target = new Target;  // kept: a context is dear, a batch is cheap
  target->run(data, size);
  return 0;
}
