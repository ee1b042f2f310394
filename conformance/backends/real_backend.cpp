#include "conformance/backends/real_backend.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <utility>

#include "conformance/backends/child_status.h"
#include "conformance/backends/crash_guard.h"
#include "conformance/backends/kernel_files.h"
#include "conformance/backends/signal_counts.h"
#include "conformance/backends/thread_call.h"
#include "conformance/matchers.h"
#include "real/probe.h"
#include "real/version_probe.h"

namespace conformance {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr unsigned kForkPatienceSeconds = 20;

class RealBackend final : public Backend {
 public:
  RealBackend(std::string name, std::unique_ptr<SixCalls> calls, std::string kernel,
              bool library_reads_ring)
      : name_(std::move(name)), calls_(std::move(calls)) {
    real::DirectIo direct = real::probe_direct_io();
    facts_.possible_cpus = real::possible_cpus();
    facts_.page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    facts_.rwf_known = real::accepted_rwf();
    facts_.direct_aligned = direct.aligned;
    facts_.direct_alignment = direct.alignment;
    facts_.clamps_single_segment = real::clamps_single_segment();
    facts_.ioprio_hints = real::takes_ioprio_hints();
    facts_.realtime_io = real::may_use_realtime_io();
    facts_.timerfd_read_iter = real::timerfd_has_read_iter();
    facts_.zero_device_nowait = real::zero_device_takes_nowait();
    facts_.tmpfs_direct = real::tmpfs_opens_direct();
    facts_.own_eventfd_polls = real::survives_own_eventfd_polls();
    facts_.library_reads_ring = library_reads_ring;
    facts_.kernel = std::move(kernel);
    facts_.wakes_on_enough = probe_wake_up();
    facts_.ring_crosses_fork = probe_ring_in_child();
  }

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] const Facts& facts() const override { return facts_; }
  Files& files() override { return files_; }

  long io_setup(std::uint64_t nr_events, Context* context) override {
    long result = calls_->io_setup(nr_events, context);
    if (result != 0) return result;
    Context handle = 0;  // `context` may have any alignment (K11)
    std::memcpy(&handle, context, sizeof handle);
    remember(handle);
    return 0;
  }
  long io_destroy(Context context) override {
    const bool known = forget(context);
    const long result = calls_->io_destroy(context);
    // Its id may be hidden for a while (K26): it is still there for end_test to destroy.
    if (known && result != 0) remember(context);
    return result;
  }
  long io_submit(Context context, long nr, iocb** iocbs) override {
    return calls_->io_submit(context, nr, iocbs);
  }
  long io_getevents(Context context, long min_nr, long nr, io_event* events,
                    timespec* timeout) override {
    return calls_->io_getevents(context, min_nr, nr, events, timeout);
  }
  long io_pgetevents(Context context, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) override {
    return calls_->io_pgetevents(context, min_nr, nr, events, timeout, usig);
  }
  long io_cancel(Context context, iocb* request, io_event* result) override {
    return calls_->io_cancel(context, request, result);
  }

  std::unique_ptr<PendingCall> start(std::function<long(Backend&)> call) override {
    return start_on_thread([this, call = std::move(call)] { return call(*this); }, &stuck_);
  }

  std::int64_t now_ns() override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kNsPerSecond + now.tv_nsec;
  }
  void breathe() override {
    timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }

  std::uint64_t aio_nr() override { return real::aio_nr(); }
  std::uint64_t aio_max_nr() override { return real::aio_max_nr(); }
  // The machine's limit belongs to the machine.
  bool set_aio_max_nr(std::uint64_t) override { return false; }
  bool set_file_size_limit(std::uint64_t bytes) override;

  void block_signal(int signal, bool block) override {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
  }
  void raise_signal(int signal) override {
    count_signal(signal, false);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
  }
  int signals_handled(int signal) override { return signals_counted(signal); }

  int in_fork(std::function<int(Backend&)> child) override;
  void begin_test() override;
  bool end_test(std::string* why) override;

 private:
  void remember(Context context) {
    std::lock_guard lock{mutex_};
    contexts_.insert(context);
  }
  bool forget(Context context) {
    std::lock_guard lock{mutex_};
    return contexts_.erase(context) != 0;
  }
  bool probe_wake_up();
  bool probe_ring_in_child();

  std::string name_;
  std::unique_ptr<SixCalls> calls_;
  Facts facts_;
  KernelFiles files_;
  std::mutex mutex_;
  std::set<Context> contexts_;  // not destroyed yet
  sigset_t mask_{};
  rlimit file_size_limit_{};
  std::string stuck_;
};

int RealBackend::in_fork(std::function<int(Backend&)> child) {
  pid_t pid = fork();
  if (pid == 0) {
    alarm(kForkPatienceSeconds);
    rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    // A fault ends the child with that signal, whoever handles it in the parent.
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    _exit(child_status(child, *this));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool RealBackend::set_file_size_limit(std::uint64_t bytes) {
  rlimit limit = file_size_limit_;
  limit.rlim_cur = bytes;
  return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

void RealBackend::begin_test() {
  getrlimit(RLIMIT_FSIZE, &file_size_limit_);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  reset_signal_counts();
}

bool RealBackend::end_test(std::string* why) {
  setrlimit(RLIMIT_FSIZE, &file_size_limit_);
  // Descriptors first: what is in flight on them can then end.
  files_.close_all();
  std::set<Context> leaked;
  {
    std::lock_guard lock{mutex_};
    leaked.swap(contexts_);
  }
  if (!stuck_.empty()) {
    // Its thread may hold a context for ever, so that destroying one could sleep for ever too.
    *why = stuck_;
    return false;
  }
  for (Context context : leaked) calls_->io_destroy(context);
  pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  return true;
}

// K109: a waiter that wants two events sleeps, one event arrives, and somebody else asks for it.
// It is still there where a waiter is woken only by enough events. True when in doubt.
bool RealBackend::probe_wake_up() {
  Context context = 0;
  if (calls_->io_setup(4, &context) != 0) return true;
  int zero = files_.open("/dev/zero", O_RDONLY);
  char byte = 0;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<std::uint32_t>(zero);
  request.aio_buf = reinterpret_cast<std::uint64_t>(&byte);
  request.aio_nbytes = 1;
  iocb* list[] = {&request, &request};
  io_event taken[2];
  io_event stolen{};
  timespec patience{1, 0};
  timespec now{0, 0};
  bool on_enough = true;
  auto waiter =
      start([&](Backend&) { return calls_->io_getevents(context, 2, 2, taken, &patience); });
  if (waiter->blocked() && calls_->io_submit(context, 1, list) == 1 && waiter->blocked()) {
    on_enough = calls_->io_getevents(context, 0, 1, &stolen, &now) == 1;
    calls_->io_submit(context, on_enough ? 2 : 1, list);
  }
  waiter->finish();
  waiter.reset();
  calls_->io_destroy(context);
  files_.close_all();
  return on_enough;
}

// K138: whether a fork child finds anything mapped where the ring is. True when in doubt.
bool RealBackend::probe_ring_in_child() {
  Context context = 0;
  if (calls_->io_setup(1, &context) != 0) return true;
  const pid_t child = fork();
  if (child == 0) {
    // msync looks at the mapping without touching it.
    const bool mapped = msync(reinterpret_cast<void*>(context), 1, MS_ASYNC) == 0;
    _exit(mapped ? 0 : 1);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  calls_->io_destroy(context);
  return child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 0;
}

}  // namespace

std::unique_ptr<Backend> make_real_backend(std::string name, std::unique_ptr<SixCalls> calls,
                                           std::string kernel, bool library_reads_ring) {
  return std::make_unique<RealBackend>(std::move(name), std::move(calls), std::move(kernel),
                                       library_reads_ring);
}

bool answers_from_ring(SixCalls& calls) {
  Context context = 0;
  if (calls.io_setup(1, &context) != 0) return false;
  // A kernel refuses a handle whose id is wrong (K26); who does not ask it cannot notice.
  long result = guarded([&] {
    volatile Ring& ring = ring_of(context);
    std::uint32_t id = ring.id;
    io_event event{};
    timespec now{0, 0};
    ring.id = ~id;
    long answer = calls.io_getevents(context, 0, 1, &event, &now);
    ring.id = id;
    return answer;
  });
  calls.io_destroy(context);
  return result == 0;
}

std::string why_unavailable(SixCalls& calls) {
  Context context = 0;
  long result = calls.io_setup(1, &context);
  if (result == 0) calls.io_destroy(context);
  if (result != -ENOSYS && result != -EPERM && result != -EACCES) return "";
  return "io_setup answers " + describe_result(result);
}

}  // namespace conformance
