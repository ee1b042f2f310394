#include "preload/strangers.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "host/process_session.h"
#include "memory/raw_syscall.h"
#include "preload/trap.h"

namespace aioemu::preload {
namespace {

using memory::raw_syscall;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#else
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif

constexpr unsigned kMostSegments = 128;

template <typename T>
bool read_at(long fd, std::uint64_t offset, T& value) noexcept {
  return raw_syscall(SYS_pread64, fd, &value, sizeof value, offset) ==
         static_cast<long>(sizeof value);
}

bool has_interpreter(long fd, const Elf64_Ehdr& header) noexcept {
  for (unsigned i = 0; i < header.e_phnum && i < kMostSegments; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(fd, header.e_phoff + i * sizeof segment, segment)) return false;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

bool holds_stranger(long fd) noexcept {
  Elf64_Ehdr header{};
  if (!read_at(fd, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine) return true;
  return !has_interpreter(fd, header);
}

int this_process() noexcept { return static_cast<int>(raw_syscall(SYS_getpid)); }

bool can_be_executed(const char* path) noexcept {
  return raw_syscall(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;
}

void note(int pid, const char* path) noexcept {
  if (!can_be_executed(path) || !is_stranger(path)) return;
  host::process_session().layout()->unserved.note_stranger(pid, path);
}

// "directory/file" in `path`; false when that is too long.
bool join(char (&path)[PATH_MAX], const char* directory, std::size_t length,
          const char* file) noexcept {
  const std::size_t name = std::strlen(file) + 1;
  if (length + 1 + name > sizeof path) return false;
  std::memcpy(path, directory, length);
  path[length] = '/';
  std::memcpy(path + length + 1, file, name);
  return true;
}

// Hands the first match in PATH to `note`.
void search(int pid, const char* file) noexcept {
  if (std::strchr(file, '/') != nullptr) return note(pid, file);
  const char* directory = std::getenv("PATH");
  while (directory != nullptr && *directory != '\0') {
    const std::size_t length = std::strcspn(directory, ":");
    char path[PATH_MAX];
    if (join(path, directory, length, file) && can_be_executed(path)) return note(pid, path);
    directory += length;
    if (*directory == ':') ++directory;
  }
}

}  // namespace

bool is_stranger(const char* path) noexcept {
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  const bool result = holds_stranger(fd);
  raw_syscall(SYS_close, fd);
  return result;
}

void note_next_program(const char* path) noexcept { note(this_process(), path); }

void note_next_program_in_path(const char* file) noexcept { search(this_process(), file); }

void note_spawned(int pid, const char* path) noexcept { note(pid, path); }

void note_spawned_from_path(int pid, const char* file) noexcept { search(pid, file); }

void note_end_of_child(int pid, int wait_status) noexcept {
  if (!guards_sigsys() || !WIFSIGNALED(wait_status) || WTERMSIG(wait_status) != SIGSYS) return;
  host::process_session().layout()->unserved.note_killed(pid);
}

}  // namespace aioemu::preload
