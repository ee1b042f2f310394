// Worker: the threads that do what outlives an io_submit.
//
// The desk, started with the first context, takes over files that delayed requests need, signals
// their eventfds, completes cancelled polls and keeps the timers. It never does anything that can
// take long, since io_submit waits for it. Carriers, started by the desk when there is work, do
// fsync and direct transfers; where there can be none, the desk does it after all. The poller,
// started at the first poll, waits in epoll.
//
// All of them share one descriptor table that is not the program's: it begins empty, and holds
// copies of the program's files only while requests need them. The program's own table is never
// touched, and a file's last close is late by at most the time a request needs it. All signals are
// blocked, except the C library's own.
//
// Where the system has no pidfd_getfd the threads share the program's table, and the copies are
// visible there (close-on-exec).
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "core/effects.h"
#include "host/held_file.h"
#include "host/outbox.h"
#include "host/owner_lock.h"
#include "host/timers.h"

namespace aioemu::host {

// What the worker needs from the address space it serves.
class Completions {
 public:
  // With the lock held: the request's bytes are about to move.
  virtual void starting(const core::Request& request) noexcept = 0;
  // Without the lock: moves the bytes of a transfer on a file with an offset.
  virtual long transfer(int fd, const core::Request& request) noexcept = 0;
  // With the lock held: completes `request`, and says in `outbox` what follows.
  virtual void complete(core::Request& request, std::int64_t res, Outbox& outbox) noexcept = 0;
  // With the lock held: the file's state changed.
  virtual void wake_polls(HeldFile& file, core::PollWake wake, Outbox& outbox) noexcept = 0;
  // With the lock held: the time of `timer` has come; it is not set any more.
  virtual void time_has_come(Timer& timer, Outbox& outbox) noexcept = 0;

 protected:
  ~Completions() = default;
};

// One io_cancel that found its request.
struct CancelJob {
  core::Request* request = nullptr;
  std::int64_t res = 0;  // what a cancelled request ends with
  bool fired = false;    // a poll's file was ready: the event says so, and nothing was cancelled
  CancelJob* next = nullptr;
};

// Threading: start and stop as they say; everything else with the address space's lock held.
class Worker {
 public:
  Worker(OwnerLock& lock, HeldFiles& held, Completions& completions) noexcept
      : lock_(lock), held_(held), completions_(completions) {}

  // Starts the desk unless it runs; returns when it is ready. Without the lock. False when there
  // can be no thread.
  [[nodiscard]] bool start() noexcept;
  // Ends all threads. Without the lock; nothing may be in flight on a carrier.
  void stop() noexcept;
  [[nodiscard]] bool running() const noexcept { return running_.load(std::memory_order_acquire); }
  // The thread whose descriptor table the held files are in.
  [[nodiscard]] int tid() const noexcept { return tid_; }

  // Asks the desk to take `file` over; the reference that goes with the job is the caller's gift.
  void take(HeldFile& file, Outbox& outbox) noexcept;
  // Asks for `file` to be watched as soon as it is taken.
  void watch(HeldFile& file, Outbox& outbox) noexcept;
  // Asks the desk to add 1 to an eventfd; the reference is the caller's gift.
  void signal(HeldFile& eventfd, Outbox& outbox) noexcept;
  // Asks the desk to complete a cancelled request. `job` stays in place until the desk is past this
  // point (wait_for).
  void cancel(CancelJob& job, Outbox& outbox) noexcept;
  // Asks for a sync or a transfer on its held file.
  void carry(core::Request& request, Outbox& outbox) noexcept;
  // Has the desk tell when the time has come (monotonic nanoseconds). `timer` must not be set.
  void set_timer(Timer& timer, std::uint64_t due, Outbox& outbox) noexcept;
  void clear_timer(Timer& timer) noexcept { timers_.remove(timer); }
  // Gives up a reference.
  void drop(HeldFile& file, Outbox& outbox) noexcept;

  // A point in the desk's work: everything that was asked of it until now. The hand-over of files
  // is complete when `wait_for` returns. wait_for is called without the lock.
  [[nodiscard]] std::uint32_t posted() const noexcept { return posted_; }
  void wait_for(std::uint32_t point) noexcept;
  // Sleeps until no carrier has anything to do. Without the lock.
  void wait_for_carriers() noexcept;

 private:
  static constexpr std::uint32_t kMostCarriers = 8;

  void post(Outbox& outbox) noexcept;
  [[nodiscard]] bool start_desk() noexcept;
  void run_desk() noexcept;
  void run_carrier() noexcept;
  void run_poller() noexcept;
  void work_off() noexcept;
  void take_all() noexcept;
  void take_now(HeldFile& file) noexcept;
  void watch_now(HeldFile& file) noexcept;
  void signal_now(HeldFile& file) noexcept;
  void release_now(HeldFile& file) noexcept;
  void cancel_now(CancelJob& job) noexcept;
  bool serve_timer() noexcept;
  void sleep_at_desk(std::uint32_t bell) noexcept;
  void start_carrier() noexcept;
  void carry_next() noexcept;
  [[nodiscard]] bool start_poller() noexcept;
  void end_helpers() noexcept;
  [[nodiscard]] int get_file(const HeldFile& file) const noexcept;
  void report(std::uint64_t id) noexcept;
  [[nodiscard]] static bool spawn(pthread_t& thread, void* (*entry)(void*), void* self) noexcept;

  OwnerLock& lock_;
  HeldFiles& held_;
  Completions& completions_;

  std::atomic<bool> running_{false};
  OwnerLock starting_;
  pthread_t desk_{};
  std::atomic<std::uint32_t> ready_{0};
  int tid_ = 0;
  bool private_table_ = false;
  int pidfd_ = -1;
  int pid_ = 0;

  // Work for the desk.
  HeldList<&HeldFile::next_take> takes_;
  HeldList<&HeldFile::next_signal> signals_;
  HeldList<&HeldFile::next_take> releases_;
  CancelJob* cancels_ = nullptr;
  CancelJob* cancels_last_ = nullptr;
  Timers timers_;
  bool stopping_ = false;
  std::atomic<std::uint32_t> bell_{0};  // changes whenever there is work
  std::uint32_t posted_ = 0;
  std::atomic<std::uint32_t> done_{0};
  std::atomic<std::uint32_t> done_waiters_{0};

  // Work for the carriers: a list through Request::queue_next, which only polls need otherwise.
  core::Request* carry_first_ = nullptr;
  core::Request* carry_last_ = nullptr;
  std::uint32_t carriers_ = 0;
  std::uint32_t idle_carriers_ = 0;
  std::uint32_t queued_ = 0;
  pthread_t carrier_threads_[kMostCarriers]{};
  std::atomic<std::uint32_t> carrier_bell_{0};
  std::atomic<std::uint32_t> carrying_{0};  // requests queued or being carried out

  // The poller.
  bool poller_running_ = false;
  pthread_t poller_{};
  int epoll_ = -1;
  int poller_bell_ = -1;  // a pipe: written to when the poller is to end
  int poller_ear_ = -1;
};

}  // namespace aioemu::host
