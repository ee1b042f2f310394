// File: one open file description of a simulated world.
//
// What a kind of file does is a subclass. Operations answer at once: what was moved, an error, or
// "it would sleep" for a blocking file that is not ready; World decides what sleeping means. A
// file that becomes ready tells its Watcher; it never calls into the core.
//
// Ownership: reference-counted by descriptors and by requests in flight (K50); FileTable deletes.
#pragma once

#include <cstdint>

#include "core/file_facts.h"
#include "core/poll_queue.h"
#include "fault/questions.h"
#include "sim/transfer.h"

namespace aioemu::sim {

class File;
class MemoryFile;

// Is told that a file's state changed: with the mask that the wake-up carries, or 0 when the
// state has to be read again (K83). It must not call back into files before it returns.
class Watcher {
 public:
  virtual void changed(File& file, std::uint32_t carried) noexcept = 0;

 protected:
  ~Watcher() = default;
};

// The answer of one attempt to read or write.
struct Attempt {
  long result = 0;      // bytes in all, or -errno; only when not asleep
  bool asleep = false;  // try again when something has changed
  int signal = 0;       // for the caller: SIGPIPE, SIGXFSZ, or 0
  static Attempt done(long result, int signal = 0) noexcept { return {result, false, signal}; }
  static Attempt sleep() noexcept { return {0, true, 0}; }
  static Attempt failed(int error, int signal = 0) noexcept { return {-error, false, signal}; }
};

class File {
 public:
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  core::FileFacts facts;     // facts.ref is this file
  core::PollQueue polls;     // armed polls, newest first
  bool nonblocking = false;  // O_NONBLOCK
  bool path_only = false;    // O_PATH: not a file that AIO may use (K41)
  std::int64_t position = 0;
  std::uint64_t number = 0;               // 1, 2, ... in order of opening
  bool direct = false;                    // O_DIRECT
  const fault::FileView* view = nullptr;  // what a plan's rules say about its name

  // Called again with the same transfer after a sleep, until it answers.
  virtual Attempt read(Transfer& transfer);
  virtual Attempt write(Transfer& transfer);
  // fsync, when it ends: 0 or -errno. `issued` is what sync_mark() was when it was issued.
  virtual long sync(std::uint64_t issued);
  // Stands for everything that has been written by now.
  [[nodiscard]] virtual std::uint64_t sync_mark() const { return 0; }
  // poll(2) bits now.
  [[nodiscard]] virtual std::uint32_t readiness() const;
  // The last reference is about to go.
  virtual void released() {}
  [[nodiscard]] virtual std::int64_t size() const { return 0; }
  // Tells files apart: the same for all descriptions of one file.
  [[nodiscard]] virtual std::uint64_t identity() const { return number * 2; }
  // Null unless its bytes are on the simulated disk.
  virtual MemoryFile* on_disk() { return nullptr; }
  // shutdown(2) on a socket.
  virtual long shutdown(int how);

  [[nodiscard]] core::FileRef ref() const noexcept { return facts.ref; }
  // World keeps the transfers of this kind in flight when its completion order says so; others
  // move at once, as they do on a kernel (K73).
  [[nodiscard]] bool is_storage() const noexcept { return storage_; }

 protected:
  explicit File(core::FileKind kind) noexcept;
  bool storage_ = false;

 private:
  friend class FileTable;
  std::uint32_t references_ = 0;
};

// The file behind a reference that `ref()` gave.
inline File& file_of(core::FileRef ref) noexcept {
  return *reinterpret_cast<File*>(static_cast<std::uintptr_t>(ref));
}

}  // namespace aioemu::sim
