#include "host/machine.h"

#include <fcntl.h>
#include <linux/capability.h>

#include <array>

#include "host/syscalls.h"

namespace aioemu::host {

// "0-3" or "0,2-7": one more than the last number.
unsigned possible_cpus() noexcept {
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, "/sys/devices/system/cpu/possible",
                              O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 1;
  std::array<char, 256> text{};
  const long size = raw_syscall(SYS_read, fd, text.data(), text.size() - 1);
  raw_syscall(SYS_close, fd);
  unsigned number = 0;
  for (long i = 0; i < size; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c == '-' || c == ',') number = 0;
    if (c >= '0' && c <= '9') number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number + 1;
}

bool may_use_realtime_io() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (raw_syscall(SYS_capget, &header, data.data()) != 0) return false;
  constexpr unsigned kWanted = (1U << CAP_SYS_ADMIN) | (1U << CAP_SYS_NICE);
  return (data[0].effective & kWanted) != 0;
}

}  // namespace aioemu::host
