#include "fuzz/kernel_side.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/check.h"
#include "core/kernel_profile.h"
#include "real/probe.h"
#include "real/raw_calls.h"
#include "real/version_probe.h"

namespace aioemu::fuzz {
namespace {

constexpr long kTmpfs = 0x01021994;
constexpr int kNotHere = 77;

// What the scene's files are, and the suite's are not.
int never_blocking(int fd) {
  if (fd >= 0) AIOEMU_CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
  return fd;
}

[[noreturn]] void skip(const char* target, const std::string& reason) {
  std::fprintf(stderr, "SKIP fuzz_%s: not available here: %s\n", target, reason.c_str());
  std::exit(kNotHere);
}

}  // namespace

int KernelSceneFiles::create(const char* name, std::size_t size, int flags) {
  static_cast<void>(name);
  return files_.create(size, flags);
}

int KernelSceneFiles::open(const char* path, int flags) { return files_.open(path, flags); }
int KernelSceneFiles::pipe(int ends[2]) { return files_.pipe(ends, O_NONBLOCK); }
int KernelSceneFiles::fifo() { return files_.fifo(O_NONBLOCK); }

int KernelSceneFiles::socketpair(int type, int ends[2]) {
  return files_.socketpair(type | SOCK_NONBLOCK, ends);
}

int KernelSceneFiles::unconnected_socket() {
  return files_.unconnected_socket(SOCK_STREAM | SOCK_NONBLOCK);
}

int KernelSceneFiles::eventfd(bool semaphore) {
  return files_.eventfd(0, EFD_NONBLOCK | (semaphore ? EFD_SEMAPHORE : 0));
}

int KernelSceneFiles::timerfd() { return never_blocking(files_.timerfd()); }
int KernelSceneFiles::signalfd() { return never_blocking(files_.signalfd(SIGUSR1)); }
int KernelSceneFiles::sealed_memfd() { return files_.memfd(F_SEAL_WRITE); }
int KernelSceneFiles::epoll() { return files_.epoll(); }
int KernelSceneFiles::inotify() { return never_blocking(files_.inotify()); }
int KernelSceneFiles::close(int fd) { return files_.close(fd); }

ssize_t KernelSceneFiles::read(int fd, void* buffer, std::size_t size) {
  return files_.read(fd, buffer, size);
}

off_t KernelSceneFiles::size_of(int fd) { return files_.size_of(fd); }

void KernelSceneFiles::reset(const char* name, int fd, std::size_t size) {
  static_cast<void>(name);
  AIOEMU_CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, static_cast<off_t>(size)) == 0);
}

void use_tmpfs_scratch(const char* target) {
  struct statfs status {};
  setenv("AIOEMU_SCRATCH", "/dev/shm", 1);
  if (::statfs("/dev/shm", &status) == 0 && status.f_type == kTmpfs) return;
  skip(target, "/dev/shm is no tmpfs");
}

WorldOptions world_like_this_machine() {
  WorldOptions options;
  options.possible_cpus = real::possible_cpus();
  options.file_system = FileSystem::tmpfs;
  options.memory = MemoryAccess::guarded;
  options.realtime_io = real::may_use_realtime_io();
  options.profile = core::profile_for_release(real::kernel_release()).name;
  return options;
}

void skip_without_kernel_aio(const char* target) {
  const real::AioSupport support = real::probe_aio();
  std::string reason = support.reason;
  if (support.available && real::aio_headroom() >= 64) return;
  if (support.available) reason = "the quota fs.aio-max-nr is used up";
  skip(target, reason);
}

FileSizeLimit::FileSizeLimit(std::uint64_t bytes) {
  AIOEMU_CHECK(getrlimit(RLIMIT_FSIZE, &before_) == 0);
  rlimit limit = before_;
  limit.rlim_cur = bytes;
  AIOEMU_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

FileSizeLimit::~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

}  // namespace aioemu::fuzz
