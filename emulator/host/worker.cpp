#include "host/worker.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "host/hold.h"
#include "host/syscalls.h"
#include "host/transfer.h"
#include "memory/fault_guard.h"

namespace aioemu::host {
namespace {

constexpr std::size_t kStack = std::size_t{512} << 10U;
constexpr int kAll = 0x7fffffff;

// All signals but the two that the C library needs to change ids in every thread.
constexpr std::uint64_t kOurMask = ~(std::uint64_t{3} << 31U);

// It blocks the signals of bad addresses too, and may be asked to look at the program's memory.
void begin_thread(const char* name) noexcept {
  raw_syscall(SYS_prctl, PR_SET_NAME, name, 0L, 0L, 0L);
  memory::set_thread_blocks_faults(true);
}

// Can a thread with a table of its own take files from the program at all?
bool can_have_private_table() noexcept { return raw_syscall(SYS_pidfd_getfd, -1, -1, 0) == -EBADF; }

// Leaves the program's descriptor table for an empty one.
bool leave_table() noexcept {
  constexpr unsigned kUnshare = 2;
  return can_have_private_table() && raw_syscall(SYS_close_range, 0U, ~0U, kUnshare) == 0;
}

constexpr std::uint32_t kEvents = 0xffffU & ~0x20U;

std::uint32_t state_of(const HeldFile& file) noexcept {
  return poll_now(file.fd, kEvents) & kEvents;
}

// The wake-ups that a file's state stands for. K83: what the wake-up carried is not seen from here,
// so it is concluded: data and space carry the kind's masks, an end or an error carries none.
struct Wakes {
  core::PollWake each[3];
  std::uint32_t count = 0;
  void add(std::uint32_t carried, std::uint32_t state) noexcept {
    each[count++] = {carried, state};
  }
};

// An end hides the data that came before it, whose wake-up was first. A pipe is readable for data
// alone, a socket for its end too.
bool has_data(const HeldFile& file, std::uint32_t state) noexcept {
  if ((state & abi::kPollIn) == 0) return false;
  if (file.kind != core::FileKind::socket) return file.kind == core::FileKind::pipe;
  int bytes = 0;
  return raw_syscall(SYS_ioctl, file.fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

// `no_news`: the state is what the newest poll found when it was armed, so it stands for no
// wake-up.
Wakes wakes_of(const HeldFile& file, std::uint32_t state, bool no_news) noexcept {
  constexpr std::uint32_t kEnd = abi::kPollHup | abi::kPollErr | abi::kPollRdhup;
  const core::FileKindRules& rules = core::rules_of(file.kind);
  const bool ended = (state & kEnd) != 0 && !has_data(file, state);
  Wakes wakes;
  if (no_news || ended || (rules.wake_in | rules.wake_out) == 0) {
    wakes.add(0, state);
    return wakes;
  }
  if ((state & abi::kPollIn) != 0) wakes.add(rules.wake_in, state);
  if ((state & abi::kPollOut) != 0) wakes.add(rules.wake_out, state);
  if ((state & kEnd) != 0) wakes.add(0, state);
  return wakes;
}

// What a poll for `wanted` ends with in this state; 0 when it does not end.
std::uint32_t fired_mask(const HeldFile& file, std::uint32_t state, std::uint32_t wanted) noexcept {
  const Wakes wakes = wakes_of(file, state, state == (file.armed_state & kEvents));
  for (std::uint32_t i = 0; i < wakes.count; ++i) {
    const std::uint32_t carried = wakes.each[i].carried;
    if (carried == 0 && (state & wanted) != 0) return state & wanted;
    if ((carried & wanted) != 0) return carried;
  }
  return 0;
}

}  // namespace

bool Worker::spawn(pthread_t& thread, void* (*entry)(void*), void* self) noexcept {
  std::uint64_t before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kOurMask, &before, sizeof before);
  pthread_attr_t attributes;
  bool started = false;
  if (pthread_attr_init(&attributes) == 0) {
    pthread_attr_setstacksize(&attributes, kStack);
    started = pthread_create(&thread, &attributes, entry, self) == 0;
    pthread_attr_destroy(&attributes);
  }
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
  return started;
}

// ---- starting and stopping ----

bool Worker::start() noexcept {
  if (running()) return true;
  if (!starting_.lock()) return false;
  const bool started = running() || start_desk();
  starting_.unlock();
  return started;
}

bool Worker::start_desk() noexcept {
  ready_.store(0, std::memory_order_relaxed);
  const auto entry = [](void* self) -> void* {
    static_cast<Worker*>(self)->run_desk();
    return nullptr;
  };
  if (!spawn(desk_, entry, this)) return false;
  while (ready_.load(std::memory_order_acquire) == 0) futex_wait(ready_, 0);
  running_.store(true, std::memory_order_release);
  return true;
}

void Worker::stop() noexcept {
  if (!running()) return;
  Outbox outbox;
  {
    const LockScope lock(lock_);
    stopping_ = true;
    post(outbox);
  }
  outbox.flush();
  pthread_join(desk_, nullptr);
  running_.store(false, std::memory_order_release);
}

void Worker::end_helpers() noexcept {
  carrier_bell_.fetch_add(1, std::memory_order_release);
  lock_.unlock();
  futex_wake(&carrier_bell_, kAll);
  if (poller_running_) add_to_eventfd(poller_bell_, true);
  for (std::uint32_t i = 0; i < carriers_; ++i) pthread_join(carrier_threads_[i], nullptr);
  if (poller_running_) pthread_join(poller_, nullptr);
}

// ---- asking ----

void Worker::post(Outbox& outbox) noexcept {
  ++posted_;
  bell_.fetch_add(1, std::memory_order_release);
  outbox.wake(bell_, 1);
}

void Worker::take(HeldFile& file, Outbox& outbox) noexcept {
  takes_.push(file);
  post(outbox);
}

void Worker::watch(HeldFile& file, Outbox& outbox) noexcept {
  if (file.watch_wanted) return;
  file.watch_wanted = true;
  if (!file.taken) return;
  held_.reference(file);
  take(file, outbox);
}

void Worker::signal(HeldFile& eventfd, Outbox& outbox) noexcept {
  if (++eventfd.signals == 1) signals_.push(eventfd);
  post(outbox);
}

// Cancels complete in the order in which they were asked for (K88).
void Worker::cancel(CancelJob& job, Outbox& outbox) noexcept {
  (cancels_last_ != nullptr ? cancels_last_->next : cancels_) = &job;
  cancels_last_ = &job;
  post(outbox);
}

void Worker::carry(core::Request& request, Outbox& outbox) noexcept {
  request.queue_next = nullptr;
  (carry_last_ != nullptr ? carry_last_->queue_next : carry_first_) = &request;
  carry_last_ = &request;
  ++queued_;
  carrying_.fetch_add(1, std::memory_order_relaxed);
  carrier_bell_.fetch_add(1, std::memory_order_release);
  outbox.wake(carrier_bell_, 1);
  if (idle_carriers_ < queued_ && carriers_ < kMostCarriers) post(outbox);
}

void Worker::set_timer(Timer& timer, std::uint64_t due, Outbox& outbox) noexcept {
  if (!timers_.add(timer, due)) return;
  bell_.fetch_add(1, std::memory_order_release);
  outbox.wake(bell_, 1);
}

void Worker::drop(HeldFile& file, Outbox& outbox) noexcept {
  if (!held_.drop(file)) return;
  held_.unlink(file);
  releases_.push(file);
  post(outbox);
}

void Worker::wait_for(std::uint32_t point) noexcept {
  done_waiters_.fetch_add(1);
  for (;;) {
    const std::uint32_t done = done_.load();
    if (static_cast<std::int32_t>(done - point) >= 0) break;
    futex_wait(done_, done);
  }
  done_waiters_.fetch_sub(1);
}

void Worker::wait_for_carriers() noexcept {
  for (;;) {
    const std::uint32_t left = carrying_.load(std::memory_order_acquire);
    if (left == 0) return;
    futex_wait(carrying_, left);
  }
}

// ---- the desk ----

void Worker::run_desk() noexcept {
  begin_thread("aioemu-desk");
  private_table_ = leave_table();
  pid_ = static_cast<int>(raw_syscall(SYS_getpid));
  if (private_table_) pidfd_ = static_cast<int>(raw_syscall(SYS_pidfd_open, pid_, 0));
  tid_ = static_cast<int>(raw_syscall(SYS_gettid));
  ready_.store(1, std::memory_order_release);
  futex_wake(&ready_, 1);
  AIOEMU_CHECK(lock_.lock());
  for (;;) {
    // Read first: the lock is released in between, and what is asked for then may come too late for
    // this round.
    const std::uint32_t bell = bell_.load(std::memory_order_acquire);
    const std::uint32_t asked = posted_;
    work_off();
    if (done_.load() != asked) {
      done_.store(asked);
      if (done_waiters_.load() != 0) futex_wake(&done_, kAll);
    }
    if (HeldFile* const file = releases_.pop(); file != nullptr) {
      release_now(*file);
      continue;
    }
    if (stopping_) break;
    if (serve_timer()) continue;
    sleep_at_desk(bell);
  }
  end_helpers();
}

// True when one has been served: there may be more to do now.
bool Worker::serve_timer() noexcept {
  if (timers_.nearest() == kNever) return false;
  Timer* const timer = timers_.take_due(monotonic_ns());
  if (timer == nullptr) return false;
  Outbox outbox;
  completions_.time_has_come(*timer, outbox);
  lock_.unlock();
  outbox.flush();
  AIOEMU_CHECK(lock_.lock());
  return true;
}

// Until the bell rings or the nearest timer is due.
void Worker::sleep_at_desk(std::uint32_t bell) noexcept {
  const std::uint64_t due = timers_.nearest();
  lock_.unlock();
  if (due == kNever) {
    futex_wait(bell_, bell);
  } else {
    const std::uint64_t now = monotonic_ns();
    const timespec left = timespec_of(due > now ? due - now : 0);
    futex_wait(bell_, bell, &left);
  }
  AIOEMU_CHECK(lock_.lock());
}

// Everything that somebody may be waiting for.
void Worker::work_off() noexcept {
  take_all();
  while (CancelJob* const job = cancels_) cancel_now(*job);
  while (HeldFile* const file = signals_.pop()) {
    // An eventfd may be asked for and signalled while this loop is at work on another.
    if (!file->taken) take_all();
    signal_now(*file);
  }
  while (idle_carriers_ < queued_ && carriers_ < kMostCarriers && !stopping_) {
    const std::uint32_t before = carriers_;
    start_carrier();
    if (carriers_ == before) break;
  }
  // The desk does it itself rather than nobody.
  while (carriers_ == 0 && queued_ != 0) carry_next();
}

namespace {

int file_through(long pidfd, int program_fd) noexcept {
  if (pidfd < 0) return static_cast<int>(pidfd);
  return static_cast<int>(raw_syscall(SYS_pidfd_getfd, pidfd, program_fd, 0));
}

int file_of_task(int task, unsigned flags, int program_fd) noexcept {
  const long pidfd = raw_syscall(SYS_pidfd_open, task, flags);
  const int fd = file_through(pidfd, program_fd);
  if (pidfd >= 0) raw_syscall(SYS_close, pidfd);
  return fd;
}

}  // namespace

int Worker::get_file(const HeldFile& file) const noexcept {
  if (!private_table_) {
    return static_cast<int>(raw_syscall(SYS_fcntl, file.program_fd, F_DUPFD_CLOEXEC, 3));
  }
  // A child that shares our memory but not our descriptors has a pid of its own.
  const int fd = file.program_pid == pid_ ? file_through(pidfd_, file.program_fd)
                                          : file_of_task(file.program_pid, 0, file.program_fd);
  if (fd >= 0 || fd == -EMFILE) return fd;
  // A process is looked at through its first thread, and that one may have ended (K139).
  constexpr unsigned kThread = O_EXCL;
  return file_of_task(file.program_tid, kThread, file.program_fd);
}

void Worker::take_all() noexcept {
  while (HeldFile* const file = takes_.pop()) take_now(*file);
}

void Worker::take_now(HeldFile& file) noexcept {
  if (!file.taken) {
    lock_.unlock();
    const int fd = get_file(file);
    AIOEMU_CHECK(lock_.lock());
    file.taken = true;
    file.fd = fd < 0 ? -1 : fd;
    file.error = fd < 0 ? -fd : 0;
  }
  if (file.watch_wanted && !file.watched && file.fd >= 0) watch_now(file);
  Outbox outbox;
  drop(file, outbox);
}

// Edge-triggered, for everything: an event tells when to look, and the look is a poll. A file that
// is ready already when it is added says so at once.
void Worker::watch_now(HeldFile& file) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLRDBAND | EPOLLWRBAND |
                 EPOLLRDNORM | EPOLLWRNORM | static_cast<std::uint32_t>(EPOLLET);
  event.data.u64 = file.id;
  if (!start_poller()) {
    file.error = ENOMEM;
    return;
  }
  const long added = raw_syscall(SYS_epoll_ctl, epoll_, EPOLL_CTL_ADD, file.fd, &event);
  file.watched = file.fresh = added == 0;
  if (added < 0) file.error = ENOMEM;
}

void Worker::signal_now(HeldFile& file) noexcept {
  const std::uint32_t times = file.signals;
  file.signals = 0;
  const int fd = file.fd;
  lock_.unlock();
  for (std::uint32_t i = 0; fd >= 0 && i < times; ++i) add_to_eventfd(fd, false);
  AIOEMU_CHECK(lock_.lock());
  Outbox outbox;
  for (std::uint32_t i = 0; i < times; ++i) drop(file, outbox);
}

void Worker::release_now(HeldFile& file) noexcept {
  lock_.unlock();
  if (file.watched) raw_syscall(SYS_epoll_ctl, epoll_, EPOLL_CTL_DEL, file.fd, nullptr);
  if (file.fd >= 0) raw_syscall(SYS_close, file.fd);
  AIOEMU_CHECK(lock_.lock());
  held_.release(file);
}

void Worker::cancel_now(CancelJob& job) noexcept {
  cancels_ = job.next;
  if (cancels_ == nullptr) cancels_last_ = nullptr;
  const HeldFile* const file = Reference::held(job.request->file);
  const bool watched_poll = job.request->op == abi::Opcode::poll && file->watched;
  const std::uint32_t fired =
      watched_poll ? fired_mask(*file, state_of(*file), job.request->poll_events) : 0;
  job.fired = fired != 0;
  Outbox outbox;
  completions_.complete(*job.request, job.fired ? fired : job.res, outbox);
  lock_.unlock();
  outbox.flush();
  AIOEMU_CHECK(lock_.lock());
}

// ---- carriers ----

void Worker::start_carrier() noexcept {
  const auto entry = [](void* self) -> void* {
    static_cast<Worker*>(self)->run_carrier();
    return nullptr;
  };
  const std::uint32_t index = carriers_;
  ++carriers_;
  ++idle_carriers_;  // it will be, until it finds the queue
  lock_.unlock();
  const bool started = spawn(carrier_threads_[index], entry, this);
  AIOEMU_CHECK(lock_.lock());
  if (started) return;
  --carriers_;
  --idle_carriers_;
}

namespace {

long carry_out(Completions& owner, const core::Request& request) noexcept {
  const Hold* const hold = Hold::of(request);
  if (hold != nullptr && hold->decided) return hold->result;
  const HeldFile* const file = Reference::held(request.file);
  if (request.op == abi::Opcode::fsync) return raw_syscall(SYS_fsync, file->fd);
  if (request.op == abi::Opcode::fdsync) return raw_syscall(SYS_fdatasync, file->fd);
  return owner.transfer(file->fd, request);
}

}  // namespace

void Worker::run_carrier() noexcept {
  begin_thread("aioemu-carrier");
  AIOEMU_CHECK(lock_.lock());
  for (;;) {
    const std::uint32_t bell = carrier_bell_.load(std::memory_order_acquire);
    if (carry_first_ != nullptr) {
      --idle_carriers_;
      carry_next();
      ++idle_carriers_;
      continue;
    }
    if (stopping_) break;
    lock_.unlock();
    futex_wait(carrier_bell_, bell);
    AIOEMU_CHECK(lock_.lock());
  }
  lock_.unlock();
}

// With the lock held, which it gives up for the work itself.
void Worker::carry_next() noexcept {
  core::Request* const request = carry_first_;
  carry_first_ = request->queue_next;
  if (carry_first_ == nullptr) carry_last_ = nullptr;
  --queued_;
  completions_.starting(*request);
  lock_.unlock();
  const long res = carry_out(completions_, *request);
  AIOEMU_CHECK(lock_.lock());
  Outbox outbox;
  completions_.complete(*request, res, outbox);
  carrying_.fetch_sub(1, std::memory_order_release);
  outbox.wake(carrying_, kAll);
  lock_.unlock();
  outbox.flush();
  AIOEMU_CHECK(lock_.lock());
}

// ---- the poller ----

bool Worker::start_poller() noexcept {
  if (poller_running_) return true;
  epoll_ = static_cast<int>(raw_syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
  // Not an eventfd: qemu-user remembers by number which descriptors are eventfds, for all tables at
  // once, and would take the program's descriptor of that number for one.
  int ends[2] = {-1, -1};
  raw_syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
  poller_ear_ = ends[0];
  poller_bell_ = ends[1];
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  raw_syscall(SYS_epoll_ctl, epoll_, EPOLL_CTL_ADD, poller_ear_, &event);
  const auto entry = [](void* self) -> void* {
    static_cast<Worker*>(self)->run_poller();
    return nullptr;
  };
  lock_.unlock();
  poller_running_ = epoll_ >= 0 && poller_bell_ >= 0 && spawn(poller_, entry, this);
  AIOEMU_CHECK(lock_.lock());
  if (!poller_running_) {
    raw_syscall(SYS_close, epoll_);
    raw_syscall(SYS_close, poller_ear_);
    raw_syscall(SYS_close, poller_bell_);
  }
  return poller_running_;
}

void Worker::run_poller() noexcept {
  begin_thread("aioemu-poller");
  constexpr int kBatch = 64;
  epoll_event events[kBatch];
  for (bool stop = false; !stop;) {
    const long count = raw_syscall(SYS_epoll_pwait, epoll_, events, kBatch, -1, nullptr, 8L);
    for (long i = 0; i < count; ++i) {
      if (events[i].data.u64 == 0) {
        stop = true;
      } else {
        report(events[i].data.u64);
      }
    }
  }
}

void Worker::report(std::uint64_t id) noexcept {
  Outbox outbox;
  {
    const LockScope lock(lock_);
    HeldFile* const file = held_.find(id);
    if (file == nullptr || file->queue.empty()) return;
    const std::uint32_t state = state_of(*file);
    const bool no_news = file->fresh && state == (file->armed_state & kEvents);
    file->fresh = false;
    const Wakes wakes = wakes_of(*file, state, no_news);
    for (std::uint32_t i = 0; i < wakes.count; ++i) {
      completions_.wake_polls(*file, wakes.each[i], outbox);
    }
  }
  outbox.flush();
}

}  // namespace aioemu::host
