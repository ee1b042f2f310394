// What the core needs to know about an open file, and nothing more.
//
// The kernel decides most of a request's fate from the file's type: which methods its driver has
// (rules K54, K77), how its poll behaves (K82-K88), which RWF flags it takes (K52). Here that
// knowledge is a table, one row per kind; who owns the files only says which row applies.
#pragma once

#include <cstdint>

#include "abi/aio_abi.h"

namespace aioemu::core {

// An open file as its owner knows it. The core copies the number and gives it back; it never
// interprets it. `none` is no file.
enum class FileRef : std::uint64_t { none = 0 };

enum class FileKind : std::uint8_t {
  regular,
  directory,
  block_device,
  null_device,
  zero_device,
  full_device,
  other_device,  // reads, writes, always ready: /dev/urandom, sysfs, /proc/sys
  pipe,
  fifo_read_write,  // a FIFO opened O_RDWR: polls on two wait queues (K86)
  terminal,
  socket,
  eventfd,
  timerfd,
  signalfd,
  epoll,
  inotify,
  pidfd,
  proc_sequence,  // /proc/self/stat and its like: no iterator method (K54)
  other,          // anything else: refuses reads, writes and fsync
};
inline constexpr int kFileKinds = 19;

// How a kind's poll method behaves.
enum class PollClass : std::uint8_t {
  always_ready,  // no wait queue: answers at submit or never (K85)
  one_queue,
  two_queues,   // ready at submit, or EINVAL (K86)
  never_later,  // ready at submit, or pending for ever (K87)
};

// The row of one kind.
struct FileKindRules {
  bool read_iter;
  bool write_iter;
  bool fsync;
  PollClass poll;
  std::uint32_t wake_in;   // mask carried by a wake-up for new data (K83)
  std::uint32_t wake_out;  // mask carried by a wake-up for new space
};
[[nodiscard]] const FileKindRules& rules_of(FileKind kind) noexcept;
[[nodiscard]] const char* name_of(FileKind kind) noexcept;

// An open file description at the moment of a submit.
struct FileFacts {
  FileRef ref = FileRef::none;
  FileKind kind = FileKind::regular;
  bool readable = false;              // opened O_RDONLY or O_RDWR
  bool writable = false;              // opened O_WRONLY or O_RDWR
  bool append = false;                // O_APPEND
  bool append_only = false;           // the inode is append-only (chattr +a)
  bool unsigned_offsets = false;      // negative offsets are addresses: /dev/mem and its like
  std::uint32_t rwf_unsupported = 0;  // RWF bits this file refuses with EOPNOTSUPP (K52)
};

}  // namespace aioemu::core
