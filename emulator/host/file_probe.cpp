#include "host/file_probe.h"

#include <fcntl.h>

#include <array>
#include <string_view>

#include "host/descriptor_path.h"
#include "host/file_system.h"
#include "host/syscalls.h"
#include "host/vector_calls.h"

namespace aioemu::host {
namespace {

using core::FileKind;

constexpr std::uint64_t kUnmapped = 16;  // an address in the first page

FileKind anonymous_kind(std::string_view link) noexcept {
  struct Name {
    std::string_view link;
    FileKind kind;
  };
  constexpr std::array<Name, 6> kNames{{
      {"anon_inode:[eventfd]", FileKind::eventfd},
      {"anon_inode:[timerfd]", FileKind::timerfd},
      {"anon_inode:[signalfd]", FileKind::signalfd},
      {"anon_inode:[eventpoll]", FileKind::epoll},
      {"anon_inode:inotify", FileKind::inotify},
      {"anon_inode:[pidfd]", FileKind::pidfd},
  }};
  for (const Name& name : kNames) {
    if (name.link == link) return name.kind;
  }
  return FileKind::other;
}

FileKind kind_by_link(int fd) noexcept {
  std::array<char, 64> link{};
  const DescriptorPath path(fd);
  const long size = raw_syscall(SYS_readlinkat, AT_FDCWD, path.c_str(), link.data(), link.size());
  if (size <= 0) return FileKind::other;
  return anonymous_kind({link.data(), static_cast<std::size_t>(size)});
}

// Character devices by number (Documentation/admin-guide/devices.txt).
FileKind device_kind(const struct stat& info) noexcept {
  switch (memory_device(info)) {
    case MemoryDevice::null:
      return FileKind::null_device;
    case MemoryDevice::zero:
      return FileKind::zero_device;
    case MemoryDevice::full:
      return FileKind::full_device;
    default:
      break;
  }
  const unsigned number = major(info.st_rdev);
  const bool terminal =
      number == 4 || number == 5 || (number >= 136 && number <= 143) || number == 204;
  return terminal ? FileKind::terminal : FileKind::other_device;
}

FileKind kind_of(int fd, const struct stat& info, int access) noexcept {
  switch (info.st_mode & S_IFMT) {
    case S_IFDIR:
      return FileKind::directory;
    case S_IFBLK:
      return FileKind::block_device;
    case S_IFIFO:
      return access == O_RDWR ? FileKind::fifo_read_write : FileKind::pipe;
    case S_IFSOCK:
      return FileKind::socket;
    case S_IFCHR:
      return device_kind(info);
    case S_IFREG:
      return FileKind::regular;
    default:
      return kind_by_link(fd);
  }
}

bool is_stream(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::regular:
    case FileKind::directory:
    case FileKind::block_device:
    case FileKind::null_device:
    case FileKind::zero_device:
    case FileKind::full_device:
    case FileKind::other_device:
    case FileKind::proc_sequence:
      return false;
    default:
      return true;
  }
}

// K54: some regular files are not what they seem.
FileKind special_regular(int fd, const FileKind kind, std::uint64_t file_system,
                         bool readable) noexcept {
  if (file_system == kPidfs) return FileKind::pidfd;
  if (file_system != kProc) return kind;
  return readable && has_method(fd, true) ? FileKind::other_device : FileKind::proc_sequence;
}

bool append_only(int fd) noexcept {
  struct statx info {};
  constexpr int kEmptyPath = 0x1000;
  if (raw_syscall(SYS_statx, fd, "", kEmptyPath, 0, &info) != 0) return false;
  return (info.stx_attributes & STATX_ATTR_APPEND) != 0;
}

void look_closer(int fd, int flags, ProbedFile& file) noexcept {
  core::FileFacts& facts = file.facts;
  if (facts.kind == FileKind::regular || facts.kind == FileKind::block_device) {
    const std::uint64_t file_system = file_system_of(fd);
    const bool memory = file_system == kTmpfs || file_system == kRamfs || file_system == kHugetlbfs;
    file.in_memory = facts.kind == FileKind::regular && memory;
    file.direct = (flags & O_DIRECT) != 0;
    file.asynchronous = file.direct && facts.kind == FileKind::block_device;
    if (facts.kind == FileKind::regular) {
      facts.kind = special_regular(fd, facts.kind, file_system, facts.readable);
    }
  }
  if (facts.append) facts.append_only = append_only(fd);
  file.seekable = !is_stream(facts.kind);
}

long bad_transfer(int fd, bool reading, std::uint32_t flags) noexcept {
  const abi::Segment segment{kUnmapped, 1};
  return reading ? read_vector(fd, &segment, 1, 0, flags) : write_vector(fd, &segment, 1, 0, flags);
}

// K52: streams whose driver never says that it can do without waiting. A FIFO with a name is one,
// a pipe is not.
bool takes_nowait(int fd, FileKind kind) noexcept {
  switch (kind) {
    case FileKind::pipe:
    case FileKind::fifo_read_write:
      return file_system_of(fd) == kPipes;
    case FileKind::terminal:
    case FileKind::epoll:
    case FileKind::inotify:
    case FileKind::pidfd:
    case FileKind::other:
      return false;
    default:
      return true;
  }
}

// A bit that the kernel tests before anything else, except NOWAIT on a write: there the same error
// also comes from file systems that support NOWAIT only for some writes (K68).
bool refuses(int fd, const ProbedFile& file, std::uint32_t bit) noexcept {
  if (file.facts.readable) return bad_transfer(fd, true, bit) == -EOPNOTSUPP;
  if (bit == abi::kRwfNowait) return file_system_of(fd) == kTmpfs;
  return bad_transfer(fd, false, bit) == -EOPNOTSUPP;
}

}  // namespace

Result<ProbedFile> probe_file(int fd) noexcept {
  const long status = raw_syscall(SYS_fcntl, fd, F_GETFL, 0);
  if (status < 0) return Errno{EBADF};
  const int flags = static_cast<int>(status);
  if ((flags & O_PATH) != 0) return Errno{EBADF};
  struct stat info {};
  if (raw_syscall(SYS_fstat, fd, &info) != 0) return Errno{EBADF};
  const int access = flags & O_ACCMODE;
  ProbedFile file;
  file.facts.readable = access == O_RDONLY || access == O_RDWR;
  file.facts.writable = access == O_WRONLY || access == O_RDWR;
  file.facts.append = (flags & O_APPEND) != 0;
  file.facts.kind = kind_of(fd, info, access);
  file.facts.unsigned_offsets = memory_device(info) == MemoryDevice::memory;
  file.nonblocking = (flags & O_NONBLOCK) != 0;
  file.device = info.st_dev;
  file.inode = info.st_ino;
  look_closer(fd, flags, file);
  return file;
}

std::uint32_t probe_rwf(int fd, const ProbedFile& file, std::uint32_t flags) noexcept {
  std::uint32_t refused = 0;
  if (!file.seekable) {
    // Streams take NOWAIT where they can, and nothing else of these.
    refused = abi::kRwfAtomic | abi::kRwfDontcache;
    if (!takes_nowait(fd, file.facts.kind)) refused |= abi::kRwfNowait;
    return refused & flags;
  }
  for (const std::uint32_t bit : {abi::kRwfNowait, abi::kRwfDontcache}) {
    if ((flags & bit) != 0 && refuses(fd, file, bit)) refused |= bit;
  }
  // Only direct writes to some block devices and file systems know it.
  const bool atomic = file.direct && bad_transfer(fd, false, abi::kRwfAtomic) != -EOPNOTSUPP;
  if ((flags & abi::kRwfAtomic) != 0 && !atomic) refused |= abi::kRwfAtomic;
  return refused;
}

bool has_method(int fd, bool reading) noexcept {
  // With a flag that changes nothing here, a file without the method refuses before all else.
  return bad_transfer(fd, reading, abi::kRwfDsync) != -EOPNOTSUPP;
}

Result<EventfdFacts> probe_eventfd(int fd) noexcept {
  const long status = raw_syscall(SYS_fcntl, fd, F_GETFL, 0);
  if (status < 0 || (static_cast<int>(status) & O_PATH) != 0) return Errno{EBADF};
  if (kind_by_link(fd) != FileKind::eventfd) return Errno{EINVAL};
  return EventfdFacts{(static_cast<int>(status) & O_NONBLOCK) != 0};
}

}  // namespace aioemu::host
