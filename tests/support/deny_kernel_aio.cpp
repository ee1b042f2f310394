#include "tests/support/deny_kernel_aio.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace support {
namespace {

// Each number jumps to the last instruction but skips the one before it.
constexpr sock_filter deny(std::uint32_t number, std::uint8_t distance) {
  return {BPF_JMP | BPF_JEQ | BPF_K, distance, 0, number};
}

}  // namespace

bool deny_kernel_aio() {
  std::array<sock_filter, 9> program = {{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      deny(SYS_io_setup, 6),
      deny(SYS_io_destroy, 5),
      deny(SYS_io_submit, 4),
      deny(SYS_io_cancel, 3),
      deny(SYS_io_getevents, 2),
      deny(SYS_io_pgetevents, 1),
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0) {
    return true;
  }
  std::perror("deny_kernel_aio");
  return false;
}

}  // namespace support
