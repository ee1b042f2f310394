#include "real/probe.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include "base/errno.h"
#include "real/raw_calls.h"

namespace real {
namespace {

// What a missing or forbidden call answers. The harmless arguments below never cause these.
bool is_there(long result) { return result != -ENOSYS && result != -EPERM && result != -EACCES; }

std::uint64_t read_number(const char* path) {
  std::ifstream file{path};
  std::uint64_t value = 0;
  file >> value;
  return file ? value : 0;
}

std::string link_target(const char* path) {
  char target[4096];
  const ssize_t size = readlink(path, target, sizeof target);
  return {target, size > 0 ? static_cast<std::size_t>(size) : 0};
}

CallAnswer answer(const char* call, long result) { return {call, result, is_there(result)}; }

std::uint32_t accepted_rwf_on(int fd) {
  std::uint32_t accepted = 0;
  char byte = 0;
  iovec segment{&byte, 1};
  for (unsigned bit = 0; bit < 31; ++bit) {
    int flag = static_cast<int>(1U << bit);
    if (preadv2(fd, &segment, 1, 0, flag) >= 0 || errno == EAGAIN) accepted |= 1U << bit;
  }
  return accepted;
}

class AlignedBlock {
 public:
  AlignedBlock()
      : data_(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~AlignedBlock() {
    if (data_ != MAP_FAILED) munmap(data_, kSize);
  }
  AlignedBlock(const AlignedBlock&) = delete;
  AlignedBlock& operator=(const AlignedBlock&) = delete;
  [[nodiscard]] char* data() const { return static_cast<char*>(data_); }

 private:
  static constexpr std::size_t kSize = 16384;
  void* data_;
};

void measure_alignment(int fd, DirectIo* found) {
  AlignedBlock block;
  // Bytes that are there: a hole is read without any check.
  if (pwrite(fd, block.data(), 16384, 0) != 16384) return;
  found->aligned = pread(fd, block.data(), 4096, 1) < 0 && errno == EINVAL;
  for (unsigned alignment = 512; alignment <= 4096; alignment *= 2) {
    found->alignment = alignment;
    if (pread(fd, block.data() + alignment, alignment, alignment) > 0) return;
  }
}

}  // namespace

AioSupport probe_aio() {
  AioSupport support;
  aio_context_t context = 0;
  long set_up = real::io_setup(1, &context);
  bool usable = set_up == 0;
  io_event event{};
  iocb request{};
  timespec now{0, 0};
  aio_context_t handle = usable ? context : 0;
  support.answers.push_back(answer("io_setup", set_up));
  support.answers.push_back(answer("io_submit", real::io_submit(handle, 0, nullptr)));
  support.answers.push_back(answer("io_getevents", real::io_getevents(handle, 0, 1, &event, &now)));
  support.answers.push_back(
      answer("io_pgetevents", real::io_pgetevents(handle, 0, 1, &event, &now, nullptr)));
  support.answers.push_back(answer("io_cancel", real::io_cancel(handle, &request, &event)));
  support.answers.push_back(answer("io_destroy", real::io_destroy(handle)));
  support.available = true;
  for (const CallAnswer& one : support.answers) {
    if (one.there) continue;
    support.available = false;
    auto name = aioemu::errno_name(static_cast<aioemu::Errno>(-one.result));
    if (support.reason.empty()) support.reason = one.call + " answers " + std::string{name};
  }
  return support;
}

std::uint64_t aio_nr() { return read_number("/proc/sys/fs/aio-nr"); }
std::uint64_t aio_max_nr() { return read_number("/proc/sys/fs/aio-max-nr"); }

std::uint64_t aio_headroom() {
  std::uint64_t used = aio_nr();
  std::uint64_t limit = aio_max_nr();
  return used < limit ? limit - used : 0;
}

unsigned count_cpu_list(const std::string& list) {
  unsigned count = 0;
  std::istringstream in{list};
  std::string range;
  while (std::getline(in, range, ',')) {
    unsigned first = 0;
    unsigned last = 0;
    char dash = 0;
    std::istringstream part{range};
    if (!(part >> first)) return 0;
    if (!(part >> dash >> last)) last = first;
    if (last < first) return 0;
    count += last - first + 1;
  }
  return count;
}

unsigned possible_cpus() {
  std::ifstream file{"/sys/devices/system/cpu/possible"};
  std::string list;
  std::getline(file, list);
  unsigned count = count_cpu_list(list);
  if (count != 0) return count;
  long configured = sysconf(_SC_NPROCESSORS_CONF);
  return configured > 0 ? static_cast<unsigned>(configured) : 1;
}

std::string scratch_directory() {
  for (const char* name : {"AIOEMU_SCRATCH", "TMPDIR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "/tmp";
}

int open_scratch_file(int flags) {
  std::string path = scratch_directory() + "/aioemu-XXXXXX";
  int made = mkostemp(path.data(), O_CLOEXEC);
  if (made < 0) return -errno;
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  int error = errno;
  unlink(path.c_str());
  ::close(made);
  return fd < 0 ? -error : fd;
}

std::uint32_t accepted_rwf() {
  // Nobody to ask (qemu-user): those that every kernel of today knows, up to APPEND.
  if (syscall(SYS_preadv2, -1, nullptr, 0, 0, 0, 0) < 0 && errno == ENOSYS) return 0x1f;
  std::uint32_t accepted = 0;
  int zero = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  if (zero >= 0) {
    accepted |= accepted_rwf_on(zero);
    ::close(zero);
  }
  int file = open_scratch_file(O_RDWR);
  if (file >= 0) {
    accepted |= accepted_rwf_on(file);
    ::close(file);
  }
  return accepted;
}

DirectIo probe_direct_io() {
  DirectIo found;
  int fd = open_scratch_file(O_RDWR | O_DIRECT);
  if (fd < 0) return found;
  found.supported = true;
  measure_alignment(fd, &found);
  ::close(fd);
  return found;
}

bool below_user_emulator() {
  return link_target("/proc/self/exe") != link_target("/proc/thread-self/exe");
}

std::string kernel_name() {
  utsname names{};
  if (uname(&names) != 0) return "unknown kernel";
  return std::string{names.sysname} + " " + names.release;
}

std::string kernel_release() {
  utsname names{};
  if (uname(&names) != 0) return "";
  const std::string_view version = names.version;
  constexpr std::string_view kDebian = "Debian ";
  const std::size_t at = version.find(kDebian);
  if (at == std::string_view::npos) return names.release;
  return std::string(version.substr(at + kDebian.size()));
}

}  // namespace real
