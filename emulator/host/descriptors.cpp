#include "host/descriptors.h"

#include <sys/stat.h>

#include <utility>

#include "host/syscalls.h"

namespace aioemu::host {
namespace {

using abi::Opcode;

constexpr std::uint32_t kFileDependent = abi::kRwfNowait | abi::kRwfAtomic | abi::kRwfDontcache;

bool is_transfer(const abi::Iocb& iocb) noexcept {
  switch (static_cast<Opcode>(iocb.opcode)) {
    case Opcode::pread:
    case Opcode::pwrite:
    case Opcode::preadv:
    case Opcode::pwritev:
      return true;
    default:
      return false;
  }
}

bool is_read(const abi::Iocb& iocb) noexcept {
  const auto op = static_cast<Opcode>(iocb.opcode);
  return op == Opcode::pread || op == Opcode::preadv;
}

}  // namespace

void Descriptors::begin_element(const abi::Iocb& iocb, bool truthful,
                                std::uint32_t truthful_ops) noexcept {
  iocb_ = &iocb;
  truthful_ = truthful;
  truthful_ops_ = truthful_ops;
  assumed_ = false;
  trusted_ = false;
}

// A transfer of nothing meets no file that could contradict an assumption.
bool Descriptors::may_assume(const Hint& hint, int fd) const noexcept {
  return !truthful_ && hint.fd == fd && hint.uses < kMostUses && iocb_->nbytes != 0 &&
         is_transfer(*iocb_) && (truthful_ops_ >> iocb_->opcode & 1U) == 0;
}

void Descriptors::assume(Hint& hint) noexcept {
  assumed_ = true;
  ++hint.uses;
  if (!is_read(*iocb_)) return;
  ++hint.reads;
  trusted_ = hint.reads > kReadsUntilTrusted && hint.reads % kReadsPerProof != 0;
}

Result<core::FileFacts> Descriptors::find(std::int32_t fd) noexcept {
  Hint& hint = hint_of(fd);
  if (may_assume(hint, fd)) {
    assume(hint);
  } else if (const Result<core::FileFacts> found = look(fd, hint); !found.ok()) {
    return found;
  }
  if (is_transfer(*iocb_) && (iocb_->rw_flags & kFileDependent) != 0) ask_rwf(fd, hint);
  file_ = &hint.file;
  return hint.file.facts;
}

Result<core::FileFacts> Descriptors::look(int fd, Hint& hint) noexcept {
  hint.fd = -1;
  Result<ProbedFile> probed = probe_file(fd);
  if (!probed.ok()) return probed.error();
  hint.file = probed.value();
  hint.file.facts.ref = Reference::of_number(fd);
  hint.rwf_asked = 0;
  hint.uses = 0;
  hint.reads = 0;
  if (hint.file.seekable && !hint.file.asynchronous) hint.fd = fd;
  return hint.file.facts;
}

void Descriptors::ask_rwf(int fd, Hint& hint) noexcept {
  const std::uint32_t wanted = iocb_->rw_flags & kFileDependent;
  if ((wanted & ~hint.rwf_asked) == 0) return;
  hint.file.facts.rwf_unsupported |= probe_rwf(fd, hint.file, wanted);
  hint.rwf_asked |= wanted;
}

// An eventfd is written to blindly later, so this one is checked every time: all anonymous files
// share an inode, and none of them takes 8 bytes as data.
Result<core::FileRef> Descriptors::find_eventfd(std::int32_t fd) noexcept {
  struct stat info {};
  if (raw_syscall(SYS_fstat, fd, &info) != 0) return Errno{EBADF};
  const bool known = eventfd_.fd == fd && eventfd_.uses < kMostEventfdUses && !truthful_ &&
                     eventfd_.device == info.st_dev && eventfd_.inode == info.st_ino;
  if (!known) {
    const Result<EventfdFacts> probed = probe_eventfd(fd);
    if (!probed.ok()) return probed.error();
    eventfd_ = {fd, 0, probed.value().nonblocking, info.st_dev, info.st_ino};
  }
  ++eventfd_.uses;
  return Reference::of_number(fd);
}

std::uint32_t Descriptors::readiness(core::FileRef file) noexcept {
  constexpr std::uint32_t kAllButInvalid = 0xffffU & ~0x20U;
  last_state_ = poll_now(Reference::number(file), kAllButInvalid) & kAllButInvalid;
  return last_state_;
}

core::PollQueue& Descriptors::poll_queue(core::FileRef file) noexcept {
  if (HeldFile* const held = Reference::held(file); held != nullptr) return held->queue;
  newest_held_ = hold(Reference::number(file), *file_);
  if (newest_held_ == nullptr) return nowhere_;
  newest_held_->armed_state = last_state_;
  return newest_held_->queue;
}

HeldFile* Descriptors::hold_eventfd(int fd) noexcept {
  struct stat info {};
  raw_syscall(SYS_fstat, fd, &info);
  ProbedFile file;
  file.facts.kind = core::FileKind::eventfd;
  file.device = info.st_dev;
  file.inode = info.st_ino;
  return hold(fd, file);
}

HeldFile* Descriptors::take_held() noexcept { return std::exchange(newest_held_, nullptr); }

}  // namespace aioemu::host
