#include "real/version_probe.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <sstream>
#include <string>
#include <thread>

#include "real/probe.h"

namespace real {
namespace {

constexpr int kWhoProcess = 1;
constexpr int kRealtime = 1 << 13;
constexpr int kBestEffortWithHint = (2 << 13) | 8;

// On a thread of its own: the priority ends with it.
bool may_have_priority(int value) {
  bool accepted = false;
  std::thread asker([&] { accepted = syscall(SYS_ioprio_set, kWhoProcess, 0, value) == 0; });
  asker.join();
  return accepted;
}

}  // namespace

bool clamps_single_segment() {
  // qemu-user refuses the buffer by itself.
  if (below_user_emulator()) return true;
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  // Low in the user half, so that the cut range stays in it. /dev/null never touches it.
  const iovec longest{reinterpret_cast<void*>(0x1000),
                      static_cast<std::size_t>(std::numeric_limits<ssize_t>::max())};
  const bool accepted = readv(fd, &longest, 1) >= 0;
  ::close(fd);
  return accepted;
}

bool takes_ioprio_hints() { return may_have_priority(kBestEffortWithHint); }

bool may_use_realtime_io() { return may_have_priority(kRealtime); }

bool timerfd_has_read_iter() {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return false;
  std::uint64_t ticks = 0;
  const iovec segment{&ticks, sizeof ticks};
  // A flag that only the iterator method can honour; offset -1 means none.
  // Not through the C library, which turns a missing preadv2 (qemu-user) into this very error.
  const bool refused =
      syscall(SYS_preadv2, fd, &segment, 1L, -1L, -1L, RWF_SYNC) < 0 && errno == EOPNOTSUPP;
  ::close(fd);
  return !refused;
}

bool zero_device_takes_nowait() {
  const int fd = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  char byte = 0;
  const iovec segment{&byte, 1};
  // As above. Without preadv2 nobody can tell: then as the newest kernels.
  const bool taken =
      syscall(SYS_preadv2, fd, &segment, 1L, 0L, 0L, RWF_NOWAIT) == 1 || errno == ENOSYS;
  ::close(fd);
  return taken;
}

bool tmpfs_opens_direct() {
  // A memory file lives on a tmpfs of the kernel's own.
  const int file = memfd_create("aioemu", MFD_CLOEXEC);
  if (file < 0) return false;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const int direct = ::open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
  if (direct >= 0) ::close(direct);
  ::close(file);
  return direct >= 0;
}

bool survives_own_eventfd_polls() {
  utsname names{};
  unsigned major = 0;
  unsigned minor = 0;
  char dot = 0;
  if (uname(&names) != 0) return false;
  std::istringstream release{names.release};
  if (!(release >> major >> dot >> minor)) return false;
  return major > 6 || (major == 6 && minor >= 1);
}

}  // namespace real
