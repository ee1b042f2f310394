#include "host/held_file.h"

#include <linux/kcmp.h>

#include <new>
#include <utility>

#include "host/syscalls.h"

namespace aioemu::host {
namespace {

// Are `fd` here and `other` in the thread `tid` the same open file? False where nobody can tell;
// then each poll watches on its own, and only their order (K88) is lost.
bool same_open_file(int fd, int tid, int other) noexcept {
  const long self = raw_syscall(SYS_gettid);
  return raw_syscall(SYS_kcmp, self, tid, KCMP_FILE, fd, other) == 0;
}

}  // namespace

bool HeldFiles::prepare() noexcept {
  if (spare_ != nullptr) return true;
  void* const block = pages_.allocate(sizeof(HeldFile));
  if (block == nullptr) return false;
  spare_ = new (block) HeldFile;
  return true;
}

HeldFile* HeldFiles::same_file(int fd, const ProbedFile& file, int worker_tid) noexcept {
  const int pid = static_cast<int>(raw_syscall(SYS_getpid));
  for (HeldFile* held = first_; held != nullptr; held = held->next) {
    if (held->device != file.device || held->inode != file.inode) continue;
    if (!held->taken) {
      // Its io_submit is still waiting for the worker, so the number has not been closed yet.
      if (held->program_fd == fd && held->program_pid == pid) return held;
    } else if (held->fd >= 0 && same_open_file(fd, worker_tid, held->fd)) {
      return held;
    }
  }
  return nullptr;
}

HeldFile* HeldFiles::hold(int fd, const ProbedFile& file, int worker_tid) noexcept {
  if (HeldFile* const found = same_file(fd, file, worker_tid); found != nullptr) {
    reference(*found);
    return found;
  }
  if (!prepare()) return nullptr;
  HeldFile* const held = std::exchange(spare_, nullptr);
  held->id = next_id_++;
  held->references = 1;
  held->program_fd = fd;
  held->program_pid = static_cast<int>(raw_syscall(SYS_getpid));
  held->program_tid = static_cast<int>(raw_syscall(SYS_gettid));
  held->kind = file.facts.kind;
  held->device = file.device;
  held->inode = file.inode;
  held->next = first_;
  if (first_ != nullptr) first_->previous = held;
  first_ = held;
  return held;
}

void HeldFiles::unlink(HeldFile& file) noexcept {
  (file.previous != nullptr ? file.previous->next : first_) = file.next;
  if (file.next != nullptr) file.next->previous = file.previous;
}

void HeldFiles::release(HeldFile& file) noexcept { pages_.release(&file, sizeof(HeldFile)); }

HeldFile* HeldFiles::find(std::uint64_t id) noexcept {
  HeldFile* held = first_;
  while (held != nullptr && held->id != id) held = held->next;
  return held;
}

}  // namespace aioemu::host
