// Descriptors: the program's descriptor table, as the core asks for it.
//
// The kernel finds a file in a nanosecond; we would need two system calls, more than the transfer
// itself. So what was learnt about a descriptor is remembered and answered again, up to 512 times,
// without looking: it is *assumed*. That is safe for files with an offset, because the transfer
// itself then meets the real file, and every way in which that could have changed shows up as an
// error (see transfer.h); the element is then decoded again with the truth. Streams are always
// looked at afresh: for them the same trick would read from the wrong place.
//
// The call that shows every such error costs a sixth more than a plain pread. A descriptor that has
// been read from many times in a row is *trusted*: only one read in eight shows then whether its
// file still has the iterator method. A program that closes such a descriptor, opens a file without
// the method (some of /proc) under its number and reads from that gets up to seven reads done that
// a kernel would have refused (K54). Writes are never treated so.
#pragma once

#include <array>
#include <cstdint>

#include "core/ports.h"
#include "host/held_file.h"

namespace aioemu::host {

// Threading: the address space's lock.
class Descriptors final : public core::FileTable {
 public:
  explicit Descriptors(HeldFiles& held) noexcept : held_(held) {}

  // Before each submit_next: the iocb it will fill in, whether assumptions are forbidden, and for
  // which operations (bit 1 << opcode) they are in any case.
  void begin_element(const abi::Iocb& iocb, bool truthful, std::uint32_t truthful_ops) noexcept;
  // Was the newest answer of find() an assumption?
  [[nodiscard]] bool assumed() const noexcept { return assumed_; }
  // And was it about a read from a descriptor that is trusted?
  [[nodiscard]] bool trusted() const noexcept { return trusted_; }
  // What the newest find() was about. Only until the lock is released.
  [[nodiscard]] const ProbedFile& file() const noexcept { return *file_; }
  [[nodiscard]] bool eventfd_nonblocking() const noexcept { return eventfd_.nonblocking; }
  // The file that the newest poll_queue() put on hold, with a reference for the taker; or null.
  [[nodiscard]] HeldFile* take_held() noexcept;
  void set_worker_tid(int tid) noexcept { worker_tid_ = tid; }
  [[nodiscard]] HeldFile* hold(int fd, const ProbedFile& file) noexcept {
    return held_.hold(fd, file, worker_tid_);
  }
  // The eventfd `fd`, which find_eventfd has accepted or the host itself has made; null when there
  // is no memory.
  [[nodiscard]] HeldFile* hold_eventfd(int fd) noexcept;
  // Where polls are queued that found no memory for a held file.
  [[nodiscard]] core::PollQueue& nowhere() noexcept { return nowhere_; }
  // What is remembered about `fd` was wrong.
  void forget(int fd) noexcept { hint_of(fd).fd = -1; }

  [[nodiscard]] Result<core::FileFacts> find(std::int32_t fd) noexcept override;
  [[nodiscard]] Result<core::FileRef> find_eventfd(std::int32_t fd) noexcept override;
  [[nodiscard]] std::uint32_t readiness(core::FileRef file) noexcept override;
  [[nodiscard]] core::PollQueue& poll_queue(core::FileRef file) noexcept override;
  void drop_eventfd(core::FileRef) noexcept override {}

 private:
  struct Hint {
    int fd = -1;
    std::uint32_t uses = 0;
    std::uint32_t reads = 0;      // among the uses
    std::uint32_t rwf_asked = 0;  // RWF bits that `facts.rwf_unsupported` is about
    ProbedFile file;
  };
  struct EventfdHint {
    int fd = -1;
    std::uint32_t uses = 0;
    bool nonblocking = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  static constexpr std::uint32_t kMostUses = 512;
  static constexpr std::uint32_t kMostEventfdUses = 64;
  static constexpr std::uint32_t kReadsUntilTrusted = 16;
  static constexpr std::uint32_t kReadsPerProof = 8;
  static constexpr std::size_t kHints = 256;

  [[nodiscard]] Hint& hint_of(int fd) noexcept {
    return hints_[static_cast<std::uint32_t>(fd) % kHints];
  }
  [[nodiscard]] bool may_assume(const Hint& hint, int fd) const noexcept;
  void assume(Hint& hint) noexcept;
  Result<core::FileFacts> look(int fd, Hint& hint) noexcept;
  void ask_rwf(int fd, Hint& hint) noexcept;

  HeldFiles& held_;
  const abi::Iocb* iocb_ = nullptr;
  bool truthful_ = true;
  std::uint32_t truthful_ops_ = 0;
  bool assumed_ = false;
  bool trusted_ = false;
  const ProbedFile* file_ = nullptr;
  EventfdHint eventfd_;
  HeldFile* newest_held_ = nullptr;
  std::uint32_t last_state_ = 0;  // of the newest answer of readiness()
  core::PollQueue nowhere_;
  int worker_tid_ = 0;
  std::array<Hint, kHints> hints_;
};

}  // namespace aioemu::host
