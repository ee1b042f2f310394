#include "conformance/backends/kernel_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "real/probe.h"

namespace conformance {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

template <typename T>
T or_errno(T result) {
  return result == -1 ? static_cast<T>(-errno) : result;
}

// A directory of our own inside the scratch directory, for names that cannot be made unlinked.
class ScratchName {
 public:
  ScratchName() : directory_(real::scratch_directory() + "/aioemu-XXXXXX") {
    made_ = mkdtemp(directory_.data()) != nullptr;
  }
  ~ScratchName() {
    if (!made_) return;
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }
  ScratchName(const ScratchName&) = delete;
  ScratchName& operator=(const ScratchName&) = delete;
  [[nodiscard]] std::string path() const { return directory_ + "/file"; }

 private:
  std::string directory_;
  bool made_ = false;
};

}  // namespace

KernelFiles::~KernelFiles() { close_all(); }

void KernelFiles::close_all() {
  for (int fd : open_) ::close(fd);
  open_.clear();
}

int KernelFiles::keep(int fd) {
  if (fd < 0) return -errno;
  open_.insert(fd);
  return fd;
}

int KernelFiles::create(std::size_t size, int flags) {
  ScratchName name;
  int made = ::open(name.path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return -errno;
  int fd = ftruncate(made, static_cast<off_t>(size)) == 0
               ? ::open(name.path().c_str(), flags | O_CLOEXEC)
               : -1;
  int kept = keep(fd);
  ::close(made);
  return kept;
}

int KernelFiles::reopen(int fd, int flags) {
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  return keep(::open(path.c_str(), flags | O_CLOEXEC));
}

int KernelFiles::open(const char* path, int flags) { return keep(::open(path, flags | O_CLOEXEC)); }

int KernelFiles::pipe(int ends[2], int flags) {
  if (pipe2(ends, flags | O_CLOEXEC) != 0) return -errno;
  keep(ends[0]);
  keep(ends[1]);
  return 0;
}

int KernelFiles::fifo(int flags) {
  ScratchName name;
  if (mkfifo(name.path().c_str(), 0600) != 0) return -errno;
  return keep(::open(name.path().c_str(), O_RDWR | flags | O_CLOEXEC));
}

int KernelFiles::socketpair(int type, int ends[2]) {
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  keep(ends[0]);
  keep(ends[1]);
  return 0;
}

int KernelFiles::unconnected_socket(int type) {
  return keep(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

int KernelFiles::eventfd(unsigned initial, int flags) {
  return keep(::eventfd(initial, flags | EFD_CLOEXEC));
}

int KernelFiles::timerfd() { return keep(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)); }

int KernelFiles::arm_timer(int fd, std::int64_t ns) {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(ns / kNsPerSecond);
  when.it_value.tv_nsec = static_cast<long>(ns % kNsPerSecond);
  return or_errno(timerfd_settime(fd, 0, &when, nullptr));
}

int KernelFiles::signalfd(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return keep(::signalfd(-1, &set, SFD_CLOEXEC));
}

int KernelFiles::epoll() { return keep(epoll_create1(EPOLL_CLOEXEC)); }

int KernelFiles::terminal(int* other_end) {
  int master = keep(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (master < 0) return master;
  std::array<char, 128> name{};
  if (grantpt(master) != 0 || unlockpt(master) != 0) return -errno;
  if (ptsname_r(master, name.data(), name.size()) != 0) return -errno;
  *other_end = master;
  return keep(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

int KernelFiles::inotify() { return keep(inotify_init1(IN_CLOEXEC)); }

int KernelFiles::memfd(int seals) {
  int fd = keep(memfd_create("aioemu", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd < 0 || seals == 0) return fd;
  return fcntl(fd, F_ADD_SEALS, seals) == 0 ? fd : -errno;
}

int KernelFiles::dup(int fd) { return keep(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

int KernelFiles::close(int fd) {
  open_.erase(fd);
  return or_errno(::close(fd));
}

ssize_t KernelFiles::read(int fd, void* buffer, std::size_t size) {
  return or_errno(::read(fd, buffer, size));
}

ssize_t KernelFiles::write(int fd, const void* buffer, std::size_t size) {
  return or_errno(::write(fd, buffer, size));
}

ssize_t KernelFiles::pread(int fd, void* buffer, std::size_t size, off_t offset) {
  return or_errno(::pread(fd, buffer, size, offset));
}

ssize_t KernelFiles::pwrite(int fd, const void* buffer, std::size_t size, off_t offset) {
  return or_errno(::pwrite(fd, buffer, size, offset));
}

off_t KernelFiles::size_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_size : -errno;
}

off_t KernelFiles::position(int fd) { return or_errno(lseek(fd, 0, SEEK_CUR)); }

int KernelFiles::shutdown(int fd, int how) { return or_errno(::shutdown(fd, how)); }

short KernelFiles::poll(int fd, short events) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, 0) < 0 ? static_cast<short>(-errno) : one.revents;
}

}  // namespace conformance
