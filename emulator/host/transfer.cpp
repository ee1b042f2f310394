#include "host/transfer.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>

#include "host/file_system.h"
#include "host/message.h"
#include "host/syscalls.h"
#include "host/vector_calls.h"

namespace aioemu::host {
namespace {

// Does the running kernel know RWF_NOSIGNAL? Assumed until it says no.
std::atomic<bool> knows_nosignal{true};

// HIPRI is accepted and has no effect (K52).
std::uint32_t flags_of(const core::Request& request) noexcept {
  return request.rw_flags & ~abi::kRwfHipri;
}

long read_at(int fd, const core::Request& request) noexcept {
  // A read has nothing to make durable, so this flag only asks for the iterator method.
  return read_vector(fd, request.segments, request.segment_count, request.offset,
                     flags_of(request) | abi::kRwfDsync);
}

long write_at(int fd, const core::Request& request) noexcept {
  const std::uint32_t flags = flags_of(request);
  const bool extra = knows_nosignal.load(std::memory_order_relaxed);
  // Files with an offset send no SIGPIPE.
  return write_vector(fd, request.segments, request.segment_count, request.offset,
                      extra ? flags | abi::kRwfNosignal : flags);
}

constexpr std::uint64_t kUnmapped = 16;
constexpr std::uint32_t kFileDependent = abi::kRwfNowait | abi::kRwfAtomic | abi::kRwfDontcache;

// One byte from or to an address that never works: the checks run, and no byte moves.
long dry_run(int fd, const core::Request& request, std::uint32_t flags) noexcept {
  const abi::Segment segment{kUnmapped, 1};
  return request.reads() ? read_vector(fd, &segment, 1, request.offset, flags)
                         : write_vector(fd, &segment, 1, request.offset, flags);
}

bool only_our_flag_is_unknown(int fd, const core::Request& request) noexcept {
  if (request.reads() || !knows_nosignal.load(std::memory_order_relaxed)) return false;
  // DSYNC is older than NOSIGNAL: refused too means that the method is missing.
  if (dry_run(fd, request, abi::kRwfDsync) == -EOPNOTSUPP) return false;
  return dry_run(fd, request, abi::kRwfNosignal) == -EOPNOTSUPP;
}

long stream_attempt(int fd, const core::Request& request, const abi::Segment* segments,
                    std::uint32_t count, std::uint32_t extra) noexcept {
  constexpr std::int64_t kNoOffset = -1;
  const std::uint32_t flags = flags_of(request) | extra;
  return request.reads() ? read_vector(fd, segments, count, kNoOffset, flags)
                         : write_vector(fd, segments, count, kNoOffset, flags);
}

// What is left of a vector.
class Rest {
 public:
  explicit Rest(core::Request& request) noexcept
      : segments_(request.segments), count_(request.segment_count), left_(request.length) {}
  void advance(std::uint64_t bytes) noexcept {
    left_ -= bytes;
    while (count_ > 0 && bytes >= segments_->length) {
      bytes -= segments_->length;
      ++segments_;
      --count_;
    }
    if (count_ == 0) return;
    segments_->base += bytes;
    segments_->length -= bytes;
  }
  [[nodiscard]] const abi::Segment* segments() const noexcept { return segments_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

 private:
  abi::Segment* segments_;
  std::uint32_t count_;
  std::uint64_t left_;
};

// May NOSIGNAL have made a difference? It keeps a signal away, the kernel may not know it, and a
// few old protocols refuse messages that carry it.
bool flag_matters(long error) noexcept {
  return error == -EPIPE || error == -EOPNOTSUPP || error == -EINVAL;
}

// A transfer on a stream, one attempt after the other.
class StreamTransfer {
 public:
  StreamTransfer(int fd, const ProbedFile& file, core::Request& request,
                 Interruption& interruption) noexcept
      : fd_(fd),
        file_(file),
        request_(request),
        interruption_(interruption),
        rest_(request),
        may_block_(!file.nonblocking && (request.rw_flags & abi::kRwfNowait) == 0),
        attempts_may_block_(!may_block_) {}

  long run() noexcept {
    for (;;) {
      const long done = attempt();
      if (done > 0) moved_ += done;
      if (done >= 0) {
        rest_.advance(static_cast<std::uint64_t>(done));
        if (request_.reads() || done == 0 || rest_.left() == 0 || !may_block_) return moved_;
      } else if (done != -EAGAIN || !may_block_) {
        return result(done);
      } else if (const long waited = wait(); waited < 0) {
        return result(waited);
      } else if (moved_ > 0 && connection_lost()) {
        return moved_;
      }
    }
  }

 private:
  [[nodiscard]] long result(long error) const noexcept { return moved_ > 0 ? moved_ : error; }

  // K69: an attempt on a file that may block does not block by itself; waiting is done by poll.
  long attempt() noexcept {
    const long done = attempt_with(attempts_may_block_ ? 0U : abi::kRwfNowait);
    if (done != -EOPNOTSUPP || attempts_may_block_) return done;
    // Files without NOWAIT (terminals): wait first, then take what is there.
    attempts_may_block_ = true;
    if (rest_.left() != 0) {
      if (const long waited = wait(); waited < 0) return waited;
    }
    return attempt();
  }

  [[nodiscard]] long stream_call(std::uint32_t extra) const noexcept {
    return stream_attempt(fd_, request_, rest_.segments(), rest_.count(), extra);
  }

  // A write is tried without a signal; only when the pipe is broken is the kernel asked again, for
  // its own word on whether a signal belongs to that.
  [[nodiscard]] long attempt_with(std::uint32_t extra) const noexcept {
    if (request_.reads() || (request_.rw_flags & abi::kRwfNosignal) != 0) return stream_call(extra);
    const bool flagged = knows_nosignal.load(std::memory_order_relaxed);
    if (!flagged && !is_socket()) return write_with_signal(extra);
    const long quiet = flagged ? stream_call(extra | abi::kRwfNosignal) : send_quietly(extra);
    if (!flag_matters(quiet)) return quiet;
    if (quiet == -EPIPE && is_socket()) {
      if (waits_ > 0 && is_local()) return sleepers_error();
      if (moved_ > 0) return quiet;
    }
    const long done = write_with_signal(extra);
    if (quiet == -EOPNOTSUPP && done != quiet) {
      knows_nosignal.store(false, std::memory_order_relaxed);
    }
    return done;
  }

  [[nodiscard]] bool is_socket() const noexcept {
    return file_.facts.kind == core::FileKind::socket;
  }

  [[nodiscard]] bool is_local() const noexcept { return socket_option(SO_DOMAIN) == AF_UNIX; }

  // K71: the error of a lost connection, unlike a local socket's, is left to the next write when
  // this one has moved something.
  [[nodiscard]] bool connection_lost() const noexcept {
    return hung_up_ && is_socket() && !request_.reads() && !is_local();
  }

  // To a socket, where writes do not know NOSIGNAL.
  [[nodiscard]] long send_quietly(std::uint32_t extra) const noexcept {
    const bool wait = ((request_.rw_flags | extra) & abi::kRwfNowait) == 0;
    msghdr message = message_of(rest_.segments(), rest_.count());
    return raw_syscall(SYS_sendmsg, fd_, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
  }

  // K71: a write to a local socket that has slept hears of the other end's going away as an error
  // of the socket, which it takes away, and without a signal.
  [[nodiscard]] long sleepers_error() const noexcept {
    const int error = socket_option(SO_ERROR);
    return error != 0 ? -error : -EPIPE;
  }

  [[nodiscard]] int socket_option(int name) const noexcept {
    int value = 0;
    socklen_t size = sizeof value;
    raw_syscall(SYS_getsockopt, fd_, SOL_SOCKET, name, &value, &size);
    return value;
  }

  [[nodiscard]] long write_with_signal(std::uint32_t extra) const noexcept {
    interruption_.hold();
    const long done = stream_call(extra);
    if (done == -EPIPE) interruption_.look();
    return done;
  }

  long wait() noexcept {
    if (interruption_.happened()) return -EINTR;
    // Ready, but not for this transfer: do not spin.
    constexpr int kPatience = 16;
    const long waited = ++waits_ % kPatience == 0 ? pause() : wait_until_ready();
    if (waited == -EINTR) interruption_.note();
    return waited;
  }

  // 0 when the stream may be ready, or -EINTR. Never restarted, whatever SA_RESTART says.
  [[nodiscard]] long wait_until_ready() noexcept {
    pollfd entry{fd_, static_cast<short>(request_.reads() ? POLLIN | POLLRDHUP : POLLOUT), 0};
    const long result = raw_syscall(SYS_ppoll, &entry, 1L, nullptr, interruption_.mask(), 8L);
    hung_up_ = (entry.revents & POLLHUP) != 0;
    return result < 0 ? result : 0;
  }

  [[nodiscard]] long pause() const noexcept {
    const timespec moment = timespec_of(1'000'000);
    const long result = raw_syscall(SYS_ppoll, nullptr, 0L, &moment, interruption_.mask(), 8L);
    return result < 0 ? result : 0;
  }

  int fd_;
  const ProbedFile& file_;
  core::Request& request_;
  Interruption& interruption_;
  Rest rest_;
  long moved_ = 0;
  int waits_ = 0;
  bool hung_up_ = false;  // says the newest poll
  bool may_block_;
  bool attempts_may_block_;
};

}  // namespace

long transfer_at_offset(int fd, const core::Request& request, bool verified) noexcept {
  if (verified && request.segment_count == 1 && request.rw_flags == 0) {
    const long done = raw_syscall(request.reads() ? SYS_pread64 : SYS_pwrite64, fd,
                                  request.segments->base, request.segments->length, request.offset);
    // Some systems refuse a whole buffer for one bad byte (vector_calls.h).
    if (done != -EFAULT || has_vector_calls()) return done;
  }
  return request.reads() ? read_at(fd, request) : write_at(fd, request);
}

bool worth_another_look(long error) noexcept {
  switch (error) {
    case -EINTR:
    case -EAGAIN:
    case -EPIPE:
    case -EFBIG:
    case -EIO:
      return false;
    default:
      return error < 0;
  }
}

Verdict judge(int fd, const core::Request& request, long error) noexcept {
  using Kind = Verdict::Kind;
  if (error == -EBADF) return {Kind::refused, EBADF};
  if (error == -ESPIPE) return {Kind::stream, 0};
  if (error != -EOPNOTSUPP) return {};
  if (only_our_flag_is_unknown(fd, request)) {
    knows_nosignal.store(false, std::memory_order_relaxed);
    return {Kind::again, 0};
  }
  // K52: a flag that the running kernel does not know. Those that depend on the file have been
  // asked about before.
  const std::uint32_t flags = flags_of(request) & ~kFileDependent;
  if (flags != 0 && dry_run(fd, request, flags) == -EOPNOTSUPP && has_method(fd, request.reads())) {
    return {Kind::refused, EOPNOTSUPP};
  }
  // K54; or the file supports a flag, but not for this transfer (K68).
  if (has_method(fd, request.reads())) return {};
  return {Kind::refused, EINVAL};
}

// Files and block devices have their methods; of a device nobody knows.
int refusal_of(int fd, const core::Request& request) noexcept {
  const bool device = request.kind != core::FileKind::regular &&
                      request.kind != core::FileKind::directory &&
                      request.kind != core::FileKind::block_device;
  if (device && !has_method(fd, request.reads())) return EINVAL;  // K54
  const std::uint32_t flags = flags_of(request) & ~kFileDependent;
  const bool unknown = flags != 0 && dry_run(fd, request, flags) == -EOPNOTSUPP;
  return unknown ? EOPNOTSUPP : 0;  // K52
}

namespace {

// What a transfer of a counter or of signals must have room for at least. It fails before it waits.
std::uint64_t least_length(core::FileKind kind) noexcept {
  constexpr std::uint64_t kCounter = 8;
  constexpr std::uint64_t kSignalRecord = 128;
  switch (kind) {
    case core::FileKind::eventfd:
    case core::FileKind::timerfd:
      return kCounter;
    case core::FileKind::signalfd:
      return kSignalRecord;
    default:
      return 0;
  }
}

// readv and writev of nothing give 0 without asking the file; AIO asks it. K71: a socket sends an
// empty datagram.
long transfer_nothing(int fd, const ProbedFile& file, const core::Request& request,
                      Interruption& interruption) noexcept {
  if (file.facts.kind != core::FileKind::socket || request.reads()) return 0;
  const bool wait = !file.nonblocking && (request.rw_flags & abi::kRwfNowait) == 0;
  const bool quiet = (request.rw_flags & abi::kRwfNosignal) != 0;
  const long flags = wait ? 0 : MSG_DONTWAIT;
  const long sent = raw_syscall(SYS_sendto, fd, nullptr, 0L, flags | MSG_NOSIGNAL, nullptr, 0L);
  if (quiet || !flag_matters(sent)) return sent;
  interruption.hold();
  const long done = raw_syscall(SYS_sendto, fd, nullptr, 0L, flags, nullptr, 0L);
  interruption.look();
  return done;
}

}  // namespace

long transfer_on_stream(int fd, const ProbedFile& file, core::Request& request,
                        Interruption& interruption) noexcept {
  // K71.
  if (file.facts.kind == core::FileKind::socket && request.offset != 0) return -ESPIPE;
  // K72: no room for the number.
  if (request.length < least_length(file.facts.kind)) return -EINVAL;
  if (request.length == 0) return transfer_nothing(fd, file, request, interruption);
  return StreamTransfer(fd, file, request, interruption).run();
}

// The devices of zeroes and of random numbers look out for signals after each page.
std::uint64_t most_when_signalled(const core::Request& request) noexcept {
  constexpr std::uint64_t kPage = 4096;
  struct stat info {};
  if (!request.reads() || raw_syscall(SYS_fstat, request.fd, &info) != 0) return request.length;
  switch (memory_device(info)) {
    case MemoryDevice::zero:
    case MemoryDevice::full:
    case MemoryDevice::random:
    case MemoryDevice::urandom:
      return kPage;
    default:
      return request.length;
  }
}

void cut_short(core::Request& request, std::uint64_t bytes) noexcept {
  if (bytes >= request.length) return;
  request.length = bytes;
  std::uint32_t used = 0;
  while (used < request.segment_count && bytes > 0) {
    abi::Segment& segment = request.segments[used++];
    if (segment.length > bytes) segment.length = bytes;
    bytes -= segment.length;
  }
  request.segment_count = used;
  // A long vector is where the next one will be decoded to; a short one goes along with its
  // request.
  if (used > core::kInlineSegments || request.segments == request.inline_segments.data()) return;
  std::copy_n(request.segments, used, request.inline_segments.begin());
  request.segments = request.inline_segments.data();
}

}  // namespace aioemu::host
