// Backend: one implementation of kernel AIO under test.
//
// The suite drives every implementation through this interface and knows nothing else about it.
// All results are as the raw system calls give them: 0 or a count, or -errno. Arguments are passed
// on unchecked and unconverted; that is the point of them.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "conformance/aio.h"

namespace conformance {

class Backend;

// What may happen to a sleeping thread without any handler running.
enum class Disturbance {
  ignored_signal,     // a signal whose disposition is SIG_IGN
  stop_and_continue,  // SIGSTOP, then SIGCONT, to the whole process
};

// A call that may sleep, running apart from the test: on a thread of its own where the backend
// has threads, as a suspended call where it is single-threaded.
class PendingCall {
 public:
  // Joins; a call that is still asleep then is a bug of the test, and aborts with a message.
  virtual ~PendingCall() = default;
  // Waits until the call either sleeps or has returned; true when it sleeps. No fixed delays.
  virtual bool blocked() = 0;
  // Delivers a signal with a handler installed without SA_RESTART (or with, see `restart`) to the
  // sleeping call.
  virtual void interrupt(bool restart = false) = 0;
  // Lets `what` happen to the sleeping call; false, and nothing happened, where the backend has no
  // such thing. Stop the process only inside in_fork: a shell would notice.
  virtual bool disturb(Disturbance what) {
    static_cast<void>(what);
    return false;
  }
  // Waits for the return and gives the result. At most once.
  virtual long finish() = 0;
};

// Descriptors in the backend's own world. Results as the system calls', -errno on failure.
// On a real kernel these are the system calls themselves.
class Files {
 public:
  virtual ~Files() = default;
  // A new, empty regular file of `size` zero bytes on the ordinary scratch file system, opened
  // with `flags` (O_RDWR, O_DIRECT, O_APPEND, ...). Gone at the end of the test.
  virtual int create(std::size_t size, int flags) = 0;
  // The same file that `fd` names, opened again with other flags.
  virtual int reopen(int fd, int flags) = 0;
  // A path that exists on every Linux: /dev/null, /dev/zero, /dev/full, /proc/self/stat, "." ...
  virtual int open(const char* path, int flags) = 0;
  virtual int pipe(int ends[2], int flags) = 0;
  // A FIFO opened O_RDWR: both ends in one descriptor.
  virtual int fifo(int flags) = 0;
  virtual int socketpair(int type, int ends[2]) = 0;  // AF_UNIX, SOCK_STREAM or SOCK_DGRAM | flags
  virtual int eventfd(unsigned initial, int flags) = 0;
  virtual int timerfd() = 0;                           // CLOCK_MONOTONIC, disarmed
  virtual int arm_timer(int fd, std::int64_t ns) = 0;  // relative
  virtual int signalfd(int signal) = 0;                // the signal is blocked by the caller
  virtual int epoll() = 0;
  virtual int terminal(int* other_end) = 0;  // a pty's user side; *other_end its master
  virtual int inotify() = 0;
  virtual int memfd(int seals) = 0;
  // An AF_UNIX socket that is connected to nothing; -ENOSYS where there is no such thing.
  virtual int unconnected_socket(int type);
  virtual int dup(int fd) = 0;
  virtual int close(int fd) = 0;
  virtual ssize_t read(int fd, void* buffer, std::size_t size) = 0;
  virtual ssize_t write(int fd, const void* buffer, std::size_t size) = 0;
  virtual ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) = 0;
  virtual ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) = 0;
  virtual off_t size_of(int fd) = 0;
  virtual off_t position(int fd) = 0;  // lseek(fd, 0, SEEK_CUR)
  virtual int shutdown(int fd, int how) = 0;
  virtual short poll(int fd, short events) = 0;  // revents now, without waiting
};

// What the machine and the kernel behind the backend are like.
struct Facts {
  unsigned possible_cpus = 1;
  std::size_t page_size = 4096;
  std::uint32_t rwf_known = 0;  // RWF bits preadv2 takes, on /dev/zero or in a file
  bool direct_aligned = false;  // O_DIRECT on the scratch file system enforces alignment
  unsigned direct_alignment = 512;
  bool wakes_on_enough = true;        // K109: a waiter sleeps until min_nr events are there (6.18)
  bool clamps_single_segment = true;  // K57: a lone segment beyond the cap is cut (since 6.4)
  bool ioprio_hints = true;           // K51: ioprio data above 7 is legal (since 6.5)
  bool realtime_io = false;           // K51: the caller may use I/O priority class 1
  bool zero_device_nowait = true;     // K52: /dev/zero takes RWF_NOWAIT (not yet in 5.10)
  bool ring_crosses_fork = true;      // K138: a fork child has the ring mapped (no longer in 7.2)
  bool tmpfs_direct = true;           // tmpfs opens files with O_DIRECT (since 6.6)
  bool timerfd_read_iter = true;      // K54: timerfd and signalfd can be read (since 6.10)
  bool own_eventfd_polls = true;  // K91: a write may complete a poll that signals the same eventfd
  bool library_reads_ring = false;  // K144: the calls go through a library that peeks at the ring
  bool threads = true;              // several threads may call at once
  bool real_signals = true;         // signals sent with tgkill reach a sleeping call
  bool can_fork = true;
  std::string kernel;  // "Linux 6.18.44", "World linux-6.18", ...
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual const Facts& facts() const = 0;
  virtual Files& files() = 0;

  // The six calls. `nr_events` is a whole register; its upper half is part of the test (K8).
  virtual long io_setup(std::uint64_t nr_events, Context* context) = 0;
  virtual long io_destroy(Context context) = 0;
  virtual long io_submit(Context context, long nr, iocb** iocbs) = 0;
  virtual long io_getevents(Context context, long min_nr, long nr, io_event* events,
                            timespec* timeout) = 0;
  // `usig` points at {sigset address, size} as the raw call wants it.
  virtual long io_pgetevents(Context context, long min_nr, long nr, io_event* events,
                             timespec* timeout, const void* usig) = 0;
  virtual long io_cancel(Context context, iocb* request, io_event* result) = 0;

  // Runs `call` so that it may sleep. Null when the backend cannot do that for this call
  // (the test is then not applicable: use CALL_MAY_SLEEP of harness.h).
  virtual std::unique_ptr<PendingCall> start(std::function<long(Backend&)> call) = 0;

  // Monotonic nanoseconds, virtual where time is.
  virtual std::int64_t now_ns() = 0;
  // Lets asynchronous work proceed: sleeps a little, or runs virtual time on to the next event.
  virtual void breathe() = 0;

  // The system's counters. Other programs move them too on a real kernel.
  virtual std::uint64_t aio_nr() = 0;
  virtual std::uint64_t aio_max_nr() = 0;
  // Sets fs.aio-max-nr; false where that is not ours to set (a shared kernel).
  virtual bool set_aio_max_nr(std::uint64_t value) = 0;

  // RLIMIT_FSIZE of the caller, until the end of the test; false where there is no such limit.
  virtual bool set_file_size_limit(std::uint64_t bytes);

  // Signal `signal` to the calling thread; with a handler that counts. `signals_handled` counts
  // since the test began, and installs the handler if nobody has yet: ask once (0) before a call
  // that will raise the signal. In World these are the simulated thread's signals.
  virtual void block_signal(int signal, bool block) = 0;
  virtual void raise_signal(int signal) = 0;
  virtual int signals_handled(int signal) = 0;

  // Runs `child` in a fork of this process, gives its result (0..255); 256+N when signal N
  // killed it.
  virtual int in_fork(std::function<int(Backend&)> child) = 0;

  // Before and after each test: fresh files; contexts that a test leaked are destroyed.
  // `end_test` returns false, with the reason in `why`, when the backend was left unusable.
  virtual void begin_test() = 0;
  virtual bool end_test(std::string* why) = 0;
};

// Why a backend cannot be used here at all; empty when it can. Found by a probe, before any test.
struct Availability {
  bool available = false;
  std::string reason;
};

inline int Files::unconnected_socket(int) { return -ENOSYS; }
inline bool Backend::set_file_size_limit(std::uint64_t) { return false; }

}  // namespace conformance
