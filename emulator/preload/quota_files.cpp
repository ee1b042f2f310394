// /proc/sys/fs/aio-nr and aio-max-nr, as the program should see them: the emulated system's.
//
// Programs that size their contexts by what is left (Seastar, folly) read these two files. The
// kernel's own describe the AIO of the whole machine, which has nothing to do with ours. Opening
// one of them for reading gives a small file of its own, with the numbers of that moment; writing
// goes to the kernel's, as before.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "host/process_session.h"
#include "preload/export.h"
#include "preload/real.h"

namespace {

using aioemu::host::Counters;
using aioemu::preload::next_definition;

constexpr char kPrefix[] = "/proc/sys/fs/aio-";
constexpr std::size_t kPrefixLength = sizeof kPrefix - 1;
constexpr int kNotOurs = -1;

bool starts_like_ours(const char* path) noexcept {
  return path != nullptr && std::strncmp(path, kPrefix, kPrefixLength) == 0;
}

// A descriptor to read the emulated number from, or kNotOurs.
int open_quota_file(const char* path, int flags) noexcept {
  if (!starts_like_ours(path) || (flags & O_ACCMODE) != O_RDONLY) return kNotOurs;
  aioemu::host::Session& session = aioemu::host::process_session();
  const aioemu::host::SessionLayout* layout = session.layout();
  std::uint64_t number = 0;
  if (std::strcmp(path + kPrefixLength, "nr") == 0) {
    // K14: what a process had charged is given back when it exits.
    session.uncharge_the_dead();
    number = Counters::value(layout->aio_nr);
  } else if (std::strcmp(path + kPrefixLength, "max-nr") == 0) {
    number = layout->aio_max_nr;
  } else {
    return kNotOurs;
  }
  const int fd = memfd_create("aioemu-quota", (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0U);
  if (fd < 0) return kNotOurs;
  dprintf(fd, "%llu\n", static_cast<unsigned long long>(number));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

// Only with these flags is there a mode.
bool has_mode(int flags) noexcept {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

using Open = int(const char*, int, ...);
using OpenAt = int(int, const char*, int, ...);
using OpenStream = FILE*(const char*, const char*);

FILE* open_stream(const char* path, const char* mode, OpenStream* real) noexcept {
  const bool reads = mode != nullptr && mode[0] == 'r' && std::strchr(mode, '+') == nullptr;
  const int flags = reads && std::strchr(mode, 'e') != nullptr ? O_RDONLY | O_CLOEXEC : O_RDONLY;
  const int fd = reads ? open_quota_file(path, flags) : kNotOurs;
  return fd == kNotOurs ? real(path, mode) : fdopen(fd, mode);
}

}  // namespace

#define AIOEMU_MODE(last, flags) \
  mode_t mode = 0;               \
  if (has_mode(flags)) {         \
    va_list list;                \
    va_start(list, last);        \
    mode = va_arg(list, mode_t); \
    va_end(list);                \
  }

AIOEMU_INTERPOSE int open(const char* path, int flags, ...) {
  AIOEMU_MODE(flags, flags)
  static Open* const real = next_definition<Open>("open");
  const int fd = open_quota_file(path, flags);
  return fd != kNotOurs ? fd : real(path, flags, mode);
}

AIOEMU_INTERPOSE int open64(const char* path, int flags, ...) {
  AIOEMU_MODE(flags, flags)
  static Open* const real = next_definition<Open>("open64");
  const int fd = open_quota_file(path, flags);
  return fd != kNotOurs ? fd : real(path, flags, mode);
}

AIOEMU_INTERPOSE int openat(int directory, const char* path, int flags, ...) {
  AIOEMU_MODE(flags, flags)
  static OpenAt* const real = next_definition<OpenAt>("openat");
  const int fd = open_quota_file(path, flags);
  return fd != kNotOurs ? fd : real(directory, path, flags, mode);
}

AIOEMU_INTERPOSE int openat64(int directory, const char* path, int flags, ...) {
  AIOEMU_MODE(flags, flags)
  static OpenAt* const real = next_definition<OpenAt>("openat64");
  const int fd = open_quota_file(path, flags);
  return fd != kNotOurs ? fd : real(directory, path, flags, mode);
}

AIOEMU_INTERPOSE FILE* fopen(const char* path, const char* mode) {
  static OpenStream* const real = next_definition<OpenStream>("fopen");
  return open_stream(path, mode, real);
}

AIOEMU_INTERPOSE FILE* fopen64(const char* path, const char* mode) {
  static OpenStream* const real = next_definition<OpenStream>("fopen64");
  return open_stream(path, mode, real);
}
