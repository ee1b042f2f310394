// What this kernel and the sandbox around it allow. Every function may be called at any time from
// any thread and leaves nothing behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace real {

// What one call answers when it is called in the most harmless way.
struct CallAnswer {
  std::string call;    // "io_setup"
  long result = 0;     // 0 or a count, or -errno
  bool there = false;  // the kernel knows the call and the sandbox lets it through
};

struct AioSupport {
  bool available = false;           // every one of the six calls is there
  std::string reason;               // why not
  std::vector<CallAnswer> answers;  // of the six calls, in the order of the manual
};

// Calls each of the six once. A used-up quota (EAGAIN from io_setup) still counts as available.
AioSupport probe_aio();

// /proc/sys/fs/aio-nr and aio-max-nr; 0 when the file cannot be read.
std::uint64_t aio_nr();
std::uint64_t aio_max_nr();
// How many more events can be asked for before io_setup fails with EAGAIN.
std::uint64_t aio_headroom();

// The number of *possible* CPUs, which sizes rings (K17); not those online or allowed. At least 1.
unsigned possible_cpus();
// "0-3,8" -> 5; 0 when the text is not such a list.
unsigned count_cpu_list(const std::string& list);

// Where files for tests go: AIOEMU_SCRATCH, else TMPDIR, else /tmp.
std::string scratch_directory();
// A new empty file there that has no name any more. -errno on failure.
int open_scratch_file(int flags);

// The RWF_ bits that preadv2 accepts on /dev/zero or on a scratch file.
std::uint32_t accepted_rwf();

struct DirectIo {
  bool supported = false;    // a scratch file can be opened with O_DIRECT
  bool aligned = false;      // a misaligned offset is refused
  unsigned alignment = 512;  // the smallest that works
};
DirectIo probe_direct_io();

// Is there a user-mode emulator (qemu-user) between this program and the kernel? It shows a program
// its own path in /proc/self/exe, and forgets that there are other ways to ask.
bool below_user_emulator();

// "Linux 6.18.44".
std::string kernel_name();
// "6.18.44": uname's release, but on Debian, whose releases stay the same over many versions, the
// version that it was made from.
std::string kernel_release();

}  // namespace real
