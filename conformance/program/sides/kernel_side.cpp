// The kernel as a side.
//
// A name has a number of its own, always the same. What is dear to make is kept from one program
// to the next and put into its first state again: emptied, or rewritten when its bytes differ. A
// file that a program closed or shut down is made anew.
//
// The process stays on one CPU, so that slots are counted as on one CPU (K95) and what the kernel
// does apart is done on this CPU too.

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "conformance/one_cpu.h"
#include "conformance/program/sides/pattern.h"
#include "conformance/program/sides/side.h"
#include "real/probe.h"
#include "real/raw_calls.h"

namespace conformance::program {
namespace {

constexpr int kFirstNumber = 600;
constexpr int kNeverOpen = 1000;

volatile sig_atomic_t pipes_broken = 0;
volatile sig_atomic_t alarms = 0;

void on_signal(int signal) {
  if (signal == SIGPIPE) pipes_broken = pipes_broken + 1;
  if (signal == SIGALRM) alarms = alarms + 1;
}

void install(int signal) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(signal, &action, nullptr);
}

template <typename T>
T* at(std::uint64_t address) {
  return reinterpret_cast<T*>(address);
}

template <typename T>
long or_errno(T result) {
  return result == -1 ? -errno : static_cast<long>(result);
}

// While one lives, a signal comes every few milliseconds.
class Interruptions {
 public:
  explicit Interruptions(const Sleep& sleep) : wanted_(sleep.certain || sleep.unguided) {
    if (!wanted_) return;
    alarms = 0;
    set(sleep.certain ? 3'000 : 50'000);
  }
  ~Interruptions() {
    if (wanted_) set(0);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  [[nodiscard]] bool happened() const { return wanted_ && alarms != 0; }

 private:
  static void set(int microseconds) {
    itimerval when{};
    when.it_value.tv_usec = when.it_interval.tv_usec = microseconds;
    setitimer(ITIMER_REAL, &when, nullptr);
  }
  bool wanted_;
};

class KernelSide final : public Side {
 public:
  KernelSide();
  ~KernelSide() override;

  [[nodiscard]] const char* name() const override { return "kernel"; }

  long setup(std::uint64_t nr, std::uint64_t ctxp) override {
    return real::io_setup(nr, at<aio_context_t>(ctxp));
  }
  long destroy(std::uint64_t ctx) override { return real::io_destroy(ctx); }
  Answer submit(std::uint64_t ctx, long nr, std::uint64_t list, const Sleep& sleep) override {
    return interruptible(sleep, [&] { return real::io_submit(ctx, nr, at<iocb*>(list)); });
  }
  Answer getevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                   std::uint64_t timeout, const Sleep& sleep) override {
    return interruptible(sleep, [&] {
      return real::io_getevents(ctx, min_nr, nr, at<io_event>(events), at<timespec>(timeout));
    });
  }
  Answer pgetevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                    std::uint64_t timeout, std::uint64_t usig, const Sleep& sleep) override {
    return interruptible(sleep, [&] {
      return real::io_pgetevents(ctx, min_nr, nr, at<io_event>(events), at<timespec>(timeout),
                                 at<void>(usig));
    });
  }
  long cancel(std::uint64_t ctx, std::uint64_t request, std::uint64_t result) override {
    return real::io_cancel(ctx, at<iocb>(request), at<io_event>(result));
  }

  void provide(FileName file) override;
  [[nodiscard]] int number(FileName file) const override {
    if (file == FileName::minus1) return -1;
    if (file == FileName::closed) return kNeverOpen;
    return kFirstNumber + static_cast<int>(file);
  }
  long read(FileName file, void* to, std::size_t size) override {
    return or_errno(::read(number(file), to, size));
  }
  long write(FileName file, const void* from, std::size_t size) override {
    return or_errno(::write(number(file), from, size));
  }
  long close(FileName file) override {
    slot(file).spoilt = slot(partner_of(file)).spoilt = true;
    return or_errno(::close(number(file)));
  }
  long dup(FileName from, FileName onto) override {
    if (from == onto) return fcntl(number(from), F_GETFD) < 0 ? -EBADF : 0;
    slot(onto).spoilt = true;
    return std::min(or_errno(dup3(number(from), number(onto), O_CLOEXEC)), 0L);
  }
  long shutdown(FileName file, int how) override {
    slot(file).spoilt = slot(partner_of(file)).spoilt = true;
    if (file == FileName::dup0 || file == FileName::dup1) spoil_sockets();
    return or_errno(::shutdown(number(file), how));
  }
  short poll(FileName file, short events) override {
    pollfd one{number(file), events, 0};
    return ::poll(&one, 1, 0) < 0 ? static_cast<short>(POLLNVAL) : one.revents;
  }
  long pread(FileName file, void* to, std::size_t size, std::int64_t offset) override {
    return or_errno(::pread(number(file), to, size, offset));
  }
  long size_of(FileName file) override {
    struct stat status {};
    return fstat(number(file), &status) == 0 ? status.st_size : -errno;
  }
  void end_files() override;

  void protect_ring(std::uint64_t ring, std::size_t bytes, int protection) override {
    mprotect(at<void>(ring), bytes, protection);
  }
  std::uint32_t signals() override { return static_cast<std::uint32_t>(pipes_broken); }
  void let_go_on(unsigned round) override {
    if (round < 16) {
      sched_yield();
      return;
    }
    const timespec pause{0, 20'000};
    nanosleep(&pause, nullptr);
  }
  void finish_work() override;
  [[nodiscard]] bool takes_time() const override { return true; }
  [[nodiscard]] bool worn() const override { return false; }
  void renew() override {}

 private:
  struct Slot {
    bool open = false;    // in its place, perhaps with what the last program left in it
    bool ready = false;   // as this program wants it
    bool spoilt = false;  // to be made anew
  };
  [[nodiscard]] Slot& slot(FileName file) { return slots_[static_cast<std::size_t>(file)]; }
  template <typename Call>
  Answer interruptible(const Sleep& sleep, Call call) {
    const Interruptions interruptions(sleep);
    const long result = call();
    return {result, interruptions.happened()};
  }
  // By another name: whichever of them that stands for.
  void spoil_sockets() {
    for (FileName file : {FileName::sock_a, FileName::sock_b, FileName::dgram_a, FileName::dgram_b,
                          FileName::lone}) {
      slot(file).spoilt = true;
    }
  }
  void keep(FileName file, int fd);
  void refresh(FileName file);
  int make(FileName file);
  void make_pair(FileName one, FileName other);
  int make_regular(FileName file);
  void rewrite(int fd, const char* what);
  void drain(FileName file);

  std::array<Slot, kFiles> slots_{};
  std::string shared_path_;
  std::string direct_path_;
  int shared_ = -1;  // the regular files once more, for the side's own use
  int direct_ = -1;
  int memfd_ = -1;
  int synced_ = -1;  // an empty file, and a context: see finish_work
  aio_context_t workers_ = 0;
  bool shared_checked_ = false;
};

std::string make_scratch(int* fd) {
  std::string path = real::scratch_directory() + "/aioemu-program-XXXXXX";
  *fd = mkostemp(path.data(), O_CLOEXEC);
  if (*fd < 0) throw std::runtime_error("no file can be made in " + real::scratch_directory());
  return path;
}

KernelSide::KernelSide() {
  install(SIGPIPE);
  install(SIGALRM);
  stay_on_this_cpu();
  prctl(PR_SET_TIMERSLACK, 1);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 1024));
  setrlimit(RLIMIT_NOFILE, &limit);
  const std::string shared = make_scratch(&shared_);
  const std::string direct = make_scratch(&direct_);
  // No names: nothing is left behind whatever happens.
  unlink(shared.c_str());
  unlink(direct.c_str());
  shared_path_ = "/proc/self/fd/" + std::to_string(shared_);
  direct_path_ = "/proc/self/fd/" + std::to_string(direct_);
}

KernelSide::~KernelSide() {
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (slots_[i].open) ::close(number(static_cast<FileName>(i)));
  }
  if (workers_ != 0) real::io_destroy(workers_);
  if (synced_ >= 0) ::close(synced_);
  ::close(shared_);
  ::close(direct_);
  if (memfd_ >= 0) ::close(memfd_);
}

// A fsync goes to a worker of this CPU as well, which takes one thing after the other.
void KernelSide::finish_work() {
  if (synced_ < 0) synced_ = memfd_create("aioemu-sync", MFD_CLOEXEC);
  if (workers_ == 0 && real::io_setup(1, &workers_) != 0) {
    throw std::runtime_error("io_setup fails: is fs.aio-max-nr used up?");
  }
  iocb sync{};
  sync.aio_lio_opcode = IOCB_CMD_FSYNC;
  sync.aio_fildes = static_cast<std::uint32_t>(synced_);
  iocb* list[] = {&sync};
  if (real::io_submit(workers_, 1, list) != 1) throw std::runtime_error("fsync is refused");
  io_event event{};
  while (real::io_getevents(workers_, 1, 1, &event, nullptr) == -EINTR) {
  }
}

void KernelSide::keep(FileName file, int fd) {
  if (fd < 0) throw std::runtime_error(std::string("the kernel has no file for ") + name_of(file));
  if (dup3(fd, number(file), O_CLOEXEC) < 0) throw std::runtime_error("dup3 failed");
  ::close(fd);
  slot(file) = {true, true, false};
}

// Contents and size as they were, and the position at the start. Only what differs is written.
void KernelSide::rewrite(int fd, const char* what) {
  char bytes[kFileBytes + 1];
  const ssize_t there = ::pread(fd, bytes, sizeof bytes, 0);
  struct stat status {};
  const bool same = there == kFileBytes && fstat(fd, &status) == 0 &&
                    status.st_size == kFileBytes &&
                    std::memcmp(bytes, file_pattern().data(), kFileBytes) == 0;
  if (same) return;
  if (ftruncate(fd, 0) != 0 || ::pwrite(fd, file_pattern().data(), kFileBytes, 0) != kFileBytes) {
    throw std::runtime_error(std::string("cannot write ") + what);
  }
}

int KernelSide::make_regular(FileName file) {
  switch (file) {
    case FileName::rw:
      return ::open(shared_path_.c_str(), O_RDWR | O_CLOEXEC);
    case FileName::ro:
      return ::open(shared_path_.c_str(), O_RDONLY | O_CLOEXEC);
    case FileName::wo:
      return ::open(shared_path_.c_str(), O_WRONLY | O_CLOEXEC);
    case FileName::append:
      return ::open(shared_path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    case FileName::direct:
      return ::open(direct_path_.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
    default:
      if (memfd_ < 0) memfd_ = memfd_create("aioemu", MFD_CLOEXEC);
      return fcntl(memfd_, F_DUPFD_CLOEXEC, 0);
  }
}

int KernelSide::make(FileName file) {
  switch (file) {
    case FileName::fifo: {
      // A FIFO without a name: a pipe's inode, opened once more for both.
      int ends[2] = {-1, -1};
      if (pipe2(ends, O_CLOEXEC) != 0) return -1;
      const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
      const int both = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
      ::close(ends[0]);
      ::close(ends[1]);
      return both;
    }
    case FileName::lone:
      return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    case FileName::eventfd:
      return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    case FileName::semaphore:
      return ::eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE | EFD_CLOEXEC);
    case FileName::timerfd:
      return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    case FileName::epoll:
      return epoll_create1(EPOLL_CLOEXEC);
    case FileName::null:
      return ::open("/dev/null", O_RDWR | O_CLOEXEC);
    case FileName::zero:
      return ::open("/dev/zero", O_RDWR | O_CLOEXEC);
    case FileName::full:
      return ::open("/dev/full", O_RDWR | O_CLOEXEC);
    case FileName::directory:
      return ::open("/tmp", O_RDONLY | O_CLOEXEC);
    case FileName::path:
      return ::open("/tmp", O_PATH | O_CLOEXEC);
    case FileName::proc:
      return ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    default:
      return make_regular(file);
  }
}

void KernelSide::make_pair(FileName one, FileName other) {
  int ends[2] = {-1, -1};
  switch (one) {
    case FileName::pipe_r:
      static_cast<void>(!pipe2(ends, O_NONBLOCK | O_CLOEXEC));
      break;
    case FileName::block_r:
      static_cast<void>(!pipe2(ends, O_CLOEXEC));
      break;
    case FileName::sock_a:
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
      break;
    default:
      ::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
      break;
  }
  keep(one, ends[0]);
  keep(other, ends[1]);
}

void KernelSide::drain(FileName file) {
  static char sink[1 << 18];
  if (file == FileName::block_r) {
    while (poll(file, POLLIN) == POLLIN && ::read(number(file), sink, sizeof sink) > 0) {
    }
    return;
  }
  while (::read(number(file), sink, sizeof sink) > 0) {
  }
}

// What the last program left, put back.
void KernelSide::refresh(FileName file) {
  switch (file) {
    case FileName::eventfd:
    case FileName::pipe_r:
    case FileName::block_r:
    case FileName::fifo:
    case FileName::sock_a:
    case FileName::sock_b:
      drain(file);
      break;
    default:
      break;
  }
  slot(file).ready = true;
}

void KernelSide::provide(FileName file) {
  if (file == FileName::minus1 || file == FileName::closed) return;
  if (file == FileName::dup0 || file == FileName::dup1 || slot(file).ready) return;
  const FileName partner = partner_of(file);
  // A large count takes as many reads to empty, and an empty datagram looks like the end.
  const bool dear =
      file == FileName::semaphore || file == FileName::dgram_a || file == FileName::dgram_b;
  const bool again = dear && slot(file).open;
  if (again || slot(file).spoilt || slot(partner).spoilt) {
    ::close(number(file));
    if (partner != file) ::close(number(partner));
    slot(file) = slot(partner) = Slot();
  }
  if (slot(file).open) {
    refresh(file);
    if (partner != file) refresh(partner);
  } else if (partner == file) {
    keep(file, make(file));
  } else {
    make_pair(std::min(file, partner), std::max(file, partner));
  }
  if (!is_regular(file)) return;
  if (file == FileName::direct) {
    rewrite(direct_, "a scratch file");
  } else if (file == FileName::memfd) {
    rewrite(memfd_, "a memory file");
  } else if (!shared_checked_) {
    rewrite(shared_, "a scratch file");
    shared_checked_ = true;
  }
  lseek(number(file), 0, SEEK_SET);
}

void KernelSide::end_files() {
  for (std::size_t i = 0; i < kFiles; ++i) slots_[i].ready = false;
  for (FileName spare : {FileName::dup0, FileName::dup1}) {
    if (slot(spare).spoilt) ::close(number(spare));
    slot(spare) = Slot();
  }
  shared_checked_ = false;
}

}  // namespace

std::unique_ptr<Side> make_kernel_side() { return std::make_unique<KernelSide>(); }

std::string why_no_kernel() {
  const real::AioSupport support = real::probe_aio();
  return support.available ? "" : support.reason;
}

}  // namespace conformance::program
