#include "cli/doctor.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/aio_abi.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/errno.h"
#include "cli/paths.h"
#include "cli/process_tree.h"
#include "cli/run_options.h"

namespace aioemu::cli {
namespace {

enum class Finding : unsigned char { good, missing, note };

void say(Finding finding, const std::string& what, const std::string& detail) {
  constexpr std::array<const char*, 3> kMarks = {"yes", "NO", "--"};
  fmt::print("{:>4}  {:<22} {}\n", kMarks[static_cast<std::size_t>(finding)], what, detail);
}

void say(bool good, const std::string& what, const std::string& detail) {
  say(good ? Finding::good : Finding::missing, what, detail);
}

std::string reason(int error) {
  return std::string(errno_name(Errno{error})) + " (" + std::strerror(error) + ")";
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void machine() {
  utsname name{};
  uname(&name);
  say(Finding::note, "machine",
      fmt::format("{} {} on {}", name.sysname, name.release, name.machine));
}

// The emulator needs none of this; it is what the suite's kernel backend needs.
void kernel_aio() {
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) {
    say(Finding::note, "kernel AIO", "io_setup fails: " + reason(errno));
    return;
  }
  syscall(SYS_io_destroy, context);
  say(Finding::good, "kernel AIO", "io_setup works: the suite can judge this kernel");
}

void aio_headroom() {
  const std::string used = first_line("/proc/sys/fs/aio-nr");
  const std::string limit = first_line("/proc/sys/fs/aio-max-nr");
  if (limit.empty()) return say(Finding::note, "fs.aio-max-nr", "not readable here");
  say(Finding::note, "fs.aio-max-nr",
      fmt::format("{} of {} taken, by all of this machine", used, limit));
}

void seccomp_action(const char* name, std::uint32_t action, const char* use) {
  const bool there = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  say(there ? Finding::good : Finding::note, std::string("seccomp ") + name,
      there ? use : reason(errno));
}

void ptrace_children() {
  const pid_t child = fork();
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno);
  int status = 0;
  waitpid(child, &status, 0);
  const int error = WEXITSTATUS(status);
  say(error == 0 ? Finding::good : Finding::note, "ptrace",
      error == 0 ? "of children: allowed" : reason(error));
}

void take_descriptors() {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  const int fd = pidfd < 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
  const int error = errno;
  if (fd >= 0) close(fd);
  if (pidfd >= 0) close(pidfd);
  say(fd >= 0 ? Finding::good : Finding::note, "pidfd_getfd",
      fd >= 0 ? "delayed requests hold their own file"
              : reason(error) + ": descriptors are duplicated");
}

void memory_files() {
  const int fd = memfd_create("aioemu-doctor", MFD_CLOEXEC);
  const int error = errno;
  if (fd >= 0) close(fd);
  say(fd >= 0, "memfd_create", fd >= 0 ? "for the rings" : reason(error));
}

void direct_on_tmpfs() {
  char path[] = "/dev/shm/aioemu-doctor-XXXXXX";
  const int plain = mkostemp(path, O_CLOEXEC);
  if (plain < 0) return say(Finding::note, "O_DIRECT on tmpfs", "/dev/shm: " + reason(errno));
  const int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
  const int error = errno;
  unlink(path);
  close(plain);
  if (fd >= 0) close(fd);
  say(fd >= 0 ? Finding::good : Finding::note, "O_DIRECT on tmpfs",
      fd >= 0 ? "accepted, without any alignment" : reason(error));
}

void part(const char* what, const std::string& path) {
  say(path.empty() ? Finding::note : Finding::good, what, path.empty() ? "not found" : path);
}

// Runs the probe below under the library.
bool preload_works(const std::string& library) {
  if (library.empty()) {
    say(false, "preload library", "not found beside this program");
    return false;
  }
  Launch launch;
  launch.path = own_path();
  launch.arguments = {"aioemu", "doctor", "--probe"};
  const char* path = std::getenv("PATH");
  launch.environment = merged({std::string("PATH=") + (path == nullptr ? "" : path)},
                              settings_for({}, "", {}, library, ""));
  launch.timeout = std::chrono::seconds(10);
  const Ended ended = run_and_wait(launch, HeldSignals());
  const bool good = ended.start_error == 0 && !ended.timed_out && ended.wait_status == 0;
  say(good, "preload library", library + (good ? "" : " (a read through it FAILED)"));
  return good;
}

}  // namespace

int doctor_command() {
  machine();
  const bool usable = preload_works(preload_library());
  memory_files();
  take_descriptors();
  direct_on_tmpfs();
  kernel_aio();
  aio_headroom();
  seccomp_action("TRAP", SECCOMP_RET_TRAP, "inline system calls are caught");
  seccomp_action("TRACE", SECCOMP_RET_TRACE, "static programs could be traced");
  ptrace_children();
  part("drop-in libaio", drop_in_directory());
  part("conformance suite", conformance_program());
  fmt::print("\n{}\n", usable ? "aioemu run works here." : "aioemu run does NOT work here.");
  return usable ? 0 : 1;
}

int probe_command() {
  if (dlsym(RTLD_DEFAULT, "aioemu_preload_version") == nullptr) return 2;
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  char byte = 1;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<std::uint32_t>(fd);
  request.aio_buf = reinterpret_cast<std::uint64_t>(&byte);
  request.aio_nbytes = 1;
  iocb* batch[] = {&request};
  io_event event{};
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) return 3;
  if (syscall(SYS_io_submit, context, 1, batch) != 1) return 4;
  if (syscall(SYS_io_getevents, context, 1, 1, &event, nullptr) != 1) return 5;
  if (syscall(SYS_io_destroy, context) != 0) return 6;
  return event.res == 1 && byte == 0 ? 0 : 7;
}

}  // namespace aioemu::cli
