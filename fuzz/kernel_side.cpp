#include "fuzz/kernel_side.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

std::array<volatile sig_atomic_t, 65> counts;

void on_signal(int signal) {
  counts[static_cast<std::size_t>(signal)] = counts[static_cast<std::size_t>(signal)] + 1;
}

template <typename Number>
Number or_errno(Number result) {
  return result < 0 ? static_cast<Number>(-errno) : result;
}

// The same open file description's file, opened anew.
int open_again(int fd, int flags) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return or_errno(::open(path.c_str(), flags | O_CLOEXEC));
}

[[noreturn]] void skip(const char* target, const std::string& reason) {
  std::fprintf(stderr, "SKIP fuzz_%s: not available here: %s\n", target, reason.c_str());
  std::exit(kNotHere);
}

}  // namespace

int KernelSceneFiles::create(const char* name, std::size_t size, int flags) {
  static_cast<void>(name);
  const int made = real::open_scratch_file(O_RDWR);
  if (made < 0) return made;
  AIOEMU_CHECK(ftruncate(made, static_cast<off_t>(size)) == 0);
  const int fd = open_again(made, flags);
  ::close(made);
  return fd;
}

int KernelSceneFiles::open(const char* path, int flags) {
  return or_errno(::open(path, flags | O_CLOEXEC));
}

int KernelSceneFiles::pipe(int ends[2]) { return or_errno(::pipe2(ends, O_NONBLOCK | O_CLOEXEC)); }

int KernelSceneFiles::fifo() {
  const std::string path = real::scratch_directory() + "/aioemu-fuzz-" + std::to_string(getpid());
  if (mkfifo(path.c_str(), 0600) != 0) return -errno;
  const int fd = or_errno(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  unlink(path.c_str());
  return fd;
}

int KernelSceneFiles::socketpair(int type, int ends[2]) {
  return or_errno(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
}

int KernelSceneFiles::unconnected_socket() {
  return or_errno(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int KernelSceneFiles::eventfd(bool semaphore) {
  return or_errno(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | (semaphore ? EFD_SEMAPHORE : 0)));
}

int KernelSceneFiles::timerfd() {
  return or_errno(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}

int KernelSceneFiles::signalfd() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  return or_errno(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

int KernelSceneFiles::sealed_memfd() {
  const int fd = or_errno(memfd_create("aioemu", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd >= 0) AIOEMU_CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
  return fd;
}

int KernelSceneFiles::epoll() { return or_errno(epoll_create1(EPOLL_CLOEXEC)); }
int KernelSceneFiles::inotify() { return or_errno(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }
int KernelSceneFiles::close(int fd) { return or_errno(::close(fd)); }

ssize_t KernelSceneFiles::read(int fd, void* buffer, std::size_t size) {
  return or_errno(::read(fd, buffer, size));
}

off_t KernelSceneFiles::size_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_size : -errno;
}

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

void count_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &action, nullptr);
}

int signals_handled(int signal) { return counts[static_cast<std::size_t>(signal)]; }

FileSizeLimit::FileSizeLimit(std::uint64_t bytes) {
  AIOEMU_CHECK(getrlimit(RLIMIT_FSIZE, &before_) == 0);
  rlimit limit = before_;
  limit.rlim_cur = bytes;
  AIOEMU_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

FileSizeLimit::~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

}  // namespace aioemu::fuzz
