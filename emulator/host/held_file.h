// HeldFile: an open file of the program's that the worker keeps open in a descriptor table of its
// own, for requests that outlive their io_submit.
//
// A delayed request holds its file, not its descriptor number: the program may close and reuse the
// number at once (K50). A duplicate in the program's own table would be seen by it, and closing
// one drops its record locks; so the copy lives in the worker's table.
#pragma once

#include <cstdint>

#include "core/file_facts.h"
#include "core/poll_queue.h"
#include "core/ports.h"
#include "host/file_probe.h"

namespace aioemu::host {

// All members belong to the address space's lock.
struct HeldFile {
  core::PollQueue queue;          // polls that wait for this file
  std::uint64_t id = 0;           // never used twice in an address space
  std::uint32_t references = 0;   // requests, hand-overs, signals under way
  std::uint32_t signals = 0;      // an eventfd: how often to add 1
  int program_fd = -1;            // what it was called when it was handed over,
  int program_pid = 0;            // in which process,
  int program_tid = 0;            // and by which thread
  int fd = -1;                    // in the worker's table
  int error = 0;                  // why there is none: positive
  bool asked_for = false;         // the worker has been asked to take it
  bool taken = false;             // the worker has tried
  bool watch_wanted = false;      // its readiness matters
  bool watched = false;           // and the poller knows
  bool fresh = false;             // the poller has reported nothing since
  std::uint32_t armed_state = 0;  // its poll bits when the newest poll was armed
  core::FileKind kind = core::FileKind::regular;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  HeldFile* previous = nullptr;  // among the live ones
  HeldFile* next = nullptr;
  HeldFile* next_take = nullptr;
  HeldFile* next_signal = nullptr;
};

// What a FileRef of the host means: a descriptor number of the program, good only inside
// io_submit, or a held file.
class Reference {
 public:
  static core::FileRef of_number(int fd) noexcept {
    return core::FileRef{static_cast<std::uint64_t>(static_cast<std::uint32_t>(fd)) + 1};
  }
  static core::FileRef of_held(const HeldFile& file) noexcept {
    return core::FileRef{reinterpret_cast<std::uint64_t>(&file) | kHeld};
  }
  [[nodiscard]] static HeldFile* held(core::FileRef ref) noexcept {
    const auto value = static_cast<std::uint64_t>(ref);
    return (value & kHeld) == 0 ? nullptr : reinterpret_cast<HeldFile*>(value & ~kHeld);
  }
  [[nodiscard]] static int number(core::FileRef ref) noexcept {
    return static_cast<int>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(ref) - 1));
  }

 private:
  static constexpr std::uint64_t kHeld = std::uint64_t{1} << 63U;
};

// A list through one of HeldFile's links, first in first out.
template <HeldFile* HeldFile::*Next>
class HeldList {
 public:
  void push(HeldFile& file) noexcept {
    file.*Next = nullptr;
    (last_ != nullptr ? last_->*Next : first_) = &file;
    last_ = &file;
  }
  HeldFile* pop() noexcept {
    HeldFile* const file = first_;
    if (file == nullptr) return nullptr;
    first_ = file->*Next;
    if (first_ == nullptr) last_ = nullptr;
    return file;
  }
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

 private:
  HeldFile* first_ = nullptr;
  HeldFile* last_ = nullptr;
};

// The held files of one address space. Threading: the address space's lock.
class HeldFiles {
 public:
  explicit HeldFiles(core::KernelMemory& pages) noexcept : pages_(pages) {}

  // Makes sure that the next hold() needs no memory; false when there is none.
  [[nodiscard]] bool prepare() noexcept;
  // The held file that is the open file `fd` of the calling process, with one more reference: an
  // existing one, or a new one that is not taken yet. Null when there is no memory.
  // `worker_tid` is the thread whose table the held files' own descriptors belong to.
  [[nodiscard]] HeldFile* hold(int fd, const ProbedFile& file, int worker_tid) noexcept;
  void reference(HeldFile& file) noexcept { ++file.references; }
  // True when that was the last one: the caller sees to it that `forget` follows.
  [[nodiscard]] bool drop(HeldFile& file) noexcept { return --file.references == 0; }
  // Takes an unreferenced file off the list: nobody finds it again.
  void unlink(HeldFile& file) noexcept;
  void release(HeldFile& file) noexcept;
  // The live file with this id, or null.
  [[nodiscard]] HeldFile* find(std::uint64_t id) noexcept;
  [[nodiscard]] HeldFile* first() const noexcept { return first_; }

 private:
  [[nodiscard]] HeldFile* same_file(int fd, const ProbedFile& file, int worker_tid) noexcept;

  core::KernelMemory& pages_;
  HeldFile* first_ = nullptr;
  HeldFile* spare_ = nullptr;
  std::uint64_t next_id_ = 1;
};

}  // namespace aioemu::host
