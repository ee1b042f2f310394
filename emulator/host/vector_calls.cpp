#include "host/vector_calls.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "host/descriptor_path.h"
#include "host/file_system.h"
#include "host/message.h"
#include "host/syscalls.h"

namespace aioemu::host {
namespace {

constexpr std::int64_t kNoOffset = -1;
constexpr std::uint64_t kPage = 4096;

enum class System : int { unasked, has_calls, lacks_calls };
std::atomic<System> answer{System::unasked};

// Is it one of /proc's files about a process? They have no iterator methods; the others do.
bool describes_process(int fd) noexcept {
  if (file_system_of(fd) != kProc) return false;
  constexpr std::size_t kProcess = sizeof "/proc/" - 1;
  std::array<char, kProcess + 1> target{};
  const DescriptorPath path(fd);
  raw_syscall(SYS_readlinkat, AT_FDCWD, path.c_str(), target.data(), target.size());
  return target[kProcess] >= '0' && target[kProcess] <= '9';
}

// One call to be composed.
class Composed {
 public:
  Composed(bool reads, int fd, const abi::Segment* segments, std::uint32_t count,
           std::int64_t offset, std::uint32_t flags) noexcept
      : reads_(reads),
        fd_(fd),
        segments_(segments),
        count_(count),
        offset_(offset),
        flags_(flags) {}

  long run() noexcept {
    if ((flags_ & ~kComposedFlags) != 0) return -EOPNOTSUPP;
    if (raw_syscall(SYS_fstat, fd_, &info_) != 0) return -EBADF;
    if (flags_ != 0 && offset_ != kNoOffset && !has_method()) return -EOPNOTSUPP;
    if (wants(abi::kRwfNowait)) {
      if (const long refused = refuses_nowait(); refused != 0) return refused;
    }
    if (wants(abi::kRwfAppend) && !reads_ && offset_ != kNoOffset) offset_ = info_.st_size;
    const long done = move();
    return done > 0 && !reads_ ? make_durable(done) : done;
  }

 private:
  [[nodiscard]] bool wants(std::uint32_t flag) const noexcept { return (flags_ & flag) != 0; }
  [[nodiscard]] bool is(mode_t type) const noexcept { return (info_.st_mode & S_IFMT) == type; }
  [[nodiscard]] bool is_null() const noexcept { return memory_device(info_) == MemoryDevice::null; }
  [[nodiscard]] bool is_null_or_zero() const noexcept {
    return is_null() || memory_device(info_) == MemoryDevice::zero;
  }
  [[nodiscard]] bool has_method() const noexcept {
    return !is(S_IFDIR) && !(is(S_IFREG) && describes_process(fd_));
  }

  [[nodiscard]] long refuses_nowait() const noexcept {
    if (is(S_IFCHR)) return is_null_or_zero() ? 0 : -EOPNOTSUPP;
    if (is(S_IFREG)) return file_system_of(fd_) == kTmpfs ? -EOPNOTSUPP : 0;
    if (is(S_IFIFO) && file_system_of(fd_) != kPipes) return -EOPNOTSUPP;
    if (is(S_IFSOCK) || offset_ != kNoOffset) return 0;
    return poll_now(fd_, reads_ ? POLLIN : POLLOUT) == 0 ? -EAGAIN : 0;
  }

  [[nodiscard]] long move() const noexcept {
    if (offset_ == kNoOffset) return wants(abi::kRwfNowait) ? move_ready() : move_stream();
    const long number = reads_ ? SYS_preadv : SYS_pwritev;
    const long done = raw_syscall(number, fd_, segments_, count_, offset_, 0L);
    return done == -EFAULT ? move_around_bad_memory() : done;
  }

  [[nodiscard]] long move_stream() const noexcept {
    return raw_syscall(reads_ ? SYS_readv : SYS_writev, fd_, segments_, count_);
  }

  // On a stream that poll found ready.
  [[nodiscard]] long move_ready() const noexcept {
    if (is(S_IFSOCK)) return move_message();
    // A pipe that is ready for writing has room for a page, not for more.
    const abi::Segment* const first =
        std::find_if(segments_, segments_ + count_, [](const auto& s) { return s.length != 0; });
    if (reads_ || !is(S_IFIFO) || total_length() <= kPage || first == segments_ + count_) {
      return move_stream();
    }
    return raw_syscall(SYS_write, fd_, first->base, std::min(first->length, kPage));
  }

  [[nodiscard]] long move_message() const noexcept {
    msghdr message = message_of(segments_, count_);
    return raw_syscall(reads_ ? SYS_recvmsg : SYS_sendmsg, fd_, &message, MSG_DONTWAIT);
  }

  [[nodiscard]] std::uint64_t total_length() const noexcept {
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < count_; ++i) total += segments_[i].length;
    return total;
  }

  // Some byte of the buffers is bad.
  [[nodiscard]] long move_around_bad_memory() const noexcept {
    if (is(S_IFCHR)) return move_on_device();
    const long status = raw_syscall(SYS_fcntl, fd_, F_GETFL, 0);
    // A direct transfer is all or nothing.
    if (!is(S_IFREG) || status < 0 || (status & O_DIRECT) != 0) return -EFAULT;
    if (reads_ && offset_ >= info_.st_size) return 0;
    return move_by_pages();
  }

  // Devices that never look at a buffer.
  [[nodiscard]] long move_on_device() const noexcept {
    if (reads_) return is_null() ? 0 : -EFAULT;
    return is_null_or_zero() ? static_cast<long>(total_length()) : -EFAULT;
  }

  // Up to the first page of memory that is bad.
  [[nodiscard]] long move_by_pages() const noexcept {
    long moved = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      std::uint64_t at = segments_[i].base;
      const std::uint64_t end = at + segments_[i].length;
      while (at < end) {
        const std::uint64_t piece = std::min(end - at, kPage - at % kPage);
        const long done =
            raw_syscall(reads_ ? SYS_pread64 : SYS_pwrite64, fd_, at, piece, offset_ + moved);
        if (done < 0) return moved > 0 ? moved : done;
        moved += done;
        at += piece;
        if (static_cast<std::uint64_t>(done) < piece) return moved;
      }
    }
    return moved;
  }

  // A stream has nothing to make durable, and says EINVAL.
  [[nodiscard]] long make_durable(long done) const noexcept {
    if (!wants(abi::kRwfSync | abi::kRwfDsync)) return done;
    const long number = wants(abi::kRwfSync) ? SYS_fsync : SYS_fdatasync;
    const long synced = raw_syscall(number, fd_);
    return synced == 0 || synced == -EINVAL ? done : synced;
  }

  bool reads_;
  int fd_;
  const abi::Segment* segments_;
  std::uint32_t count_;
  std::int64_t offset_;
  std::uint32_t flags_;
  struct stat info_ {};
};

}  // namespace

bool has_vector_calls() noexcept {
  System known = answer.load(std::memory_order_relaxed);
  if (known == System::unasked) {
    const long asked = raw_syscall(SYS_preadv2, -1, nullptr, 0L, 0L, 0L, 0L);
    known = asked == -ENOSYS ? System::lacks_calls : System::has_calls;
    answer.store(known, std::memory_order_relaxed);
  }
  return known == System::has_calls;
}

long read_vector(int fd, const abi::Segment* segments, std::uint32_t count, std::int64_t offset,
                 std::uint32_t flags) noexcept {
  if (has_vector_calls()) [[likely]] {
    return raw_syscall(SYS_preadv2, fd, segments, count, offset, 0L, flags);
  }
  return composed_read(fd, segments, count, offset, flags);
}

long write_vector(int fd, const abi::Segment* segments, std::uint32_t count, std::int64_t offset,
                  std::uint32_t flags) noexcept {
  if (has_vector_calls()) [[likely]] {
    return raw_syscall(SYS_pwritev2, fd, segments, count, offset, 0L, flags);
  }
  return composed_write(fd, segments, count, offset, flags);
}

long composed_read(int fd, const abi::Segment* segments, std::uint32_t count, std::int64_t offset,
                   std::uint32_t flags) noexcept {
  return Composed(true, fd, segments, count, offset, flags).run();
}

long composed_write(int fd, const abi::Segment* segments, std::uint32_t count, std::int64_t offset,
                    std::uint32_t flags) noexcept {
  return Composed(false, fd, segments, count, offset, flags).run();
}

}  // namespace aioemu::host
