// Kernel: the kernel AIO of one address space, as a pure state machine.
//
// It has no threads, no clock, no locks and makes no system call. Questions go out through the
// ports (ports.h) and are answered at once. Everything that takes time is a value: a call returns
// what should happen (effects.h) and what happened later comes back as another call.
//
// Threading: none. A caller with several threads holds one lock around every member function; it
// must not hold it while it carries an effect out.
//
// Results: 0 or a count on success, -errno on failure, as the raw system calls return them. The
// ordered checks behind each errno are docs/semantics/.
#pragma once

#include <cstdint>

#include "core/effects.h"
#include "core/kernel_profile.h"
#include "core/poll_queue.h"
#include "core/ports.h"

namespace aioemu::core {

class Context;

class Kernel {
 public:
  Kernel(const KernelProfile& profile, Ports ports) noexcept;
  // Every context must have been destroyed or forgotten.
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // ---- io_setup ----
  // EFAULT, EINVAL, EAGAIN, ENOMEM in the order of K1-K7. On failure nothing is left behind.
  long setup(std::uint32_t nr_events, UserAddress ctxp) noexcept;

  // ---- io_submit ----
  // EINVAL (nr < 0, then a bad context): the submission is over with that error.
  void submit_begin(Submission& submission, UserAddress ctx, std::int64_t nr,
                    UserAddress iocbpp) noexcept;
  // Decodes the next element. Carry the step out before asking for the next one; a transfer or
  // sync may also be completed later. `buffer` receives segments beyond kInlineSegments.
  Step submit_next(Submission& submission, SegmentBuffer& buffer) noexcept;
  // Undoes the acceptance of the newest element of `submission`, as if the check for it had
  // failed with `error`: the batch ends there. The request must not have been completed, and is
  // gone; its eventfd has been given back by FileTable::drop_eventfd.
  void refuse(Submission& submission, Request& request, Errno error) noexcept;
  // Undoes it too, and puts aio_key back, so that submit_next decodes the same element again.
  void retry(Submission& submission, Request& request) noexcept;
  // Makes a batch that has just ended with an error decode its last element again, aio_key put
  // back: for an owner whose FileTable had only guessed. Only when submission.error is set.
  void retry_rejected(Submission& submission) noexcept;
  // The call's result. `drained` as in Completion.
  WaitStatus submit_end(Submission& submission) noexcept;

  // ---- completion ----
  // The request's one and only completion: puts {data, obj, res, 0} into the ring. `request` is
  // gone afterwards.
  Completion complete(Request& request, std::int64_t res) noexcept;
  // The file's state changed. Completes at most one poll (the newest that the wake-up concerns,
  // K88) and says so with a request count of 1 in `completed`; call again until it is 0.
  Completion poll_wake(PollQueue& queue, PollWake wake, int& completed) noexcept;
  // The same poll, for the caller to complete.
  DuePoll poll_due(PollQueue& queue, PollWake wake) noexcept;

  // ---- io_getevents, io_pgetevents ----
  // Checks in the order of K102 (K120 with `usig`). Blocked: sleep as `wait` says, then resume.
  WaitStatus getevents_begin(Wait& wait, UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                             UserAddress events, UserAddress timeout) noexcept;
  WaitStatus pgetevents_begin(Wait& wait, UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                              UserAddress events, UserAddress timeout, UserAddress usig) noexcept;
  // The sleep ended. Blocked again when a wake-up brought too few events (K109, K111); the
  // caller then sleeps for what is left of its time.
  WaitStatus getevents_resume(Wait& wait, WakeReason reason) noexcept;

  // ---- io_cancel ----
  // -EINPROGRESS with a request, or -EFAULT, -EINVAL (K125, K127).
  CancelOutcome cancel(UserAddress ctx, UserAddress iocb) noexcept;

  // ---- io_destroy ----
  // EINVAL, or the context is dying: invalid for everyone, unmapped, uncharged (K132).
  DestroyStart destroy_begin(UserAddress ctx) noexcept;
  // Once no thread is inside the context: cancels one pending poll per call (K133), like
  // CancelOutcome::request, until it returns null.
  Request* destroy_next_poll(Context& context) noexcept;
  // True when nothing is in flight and no thread is inside: the context's memory is gone, and
  // io_destroy returns 0. Otherwise try again after the next `drained`.
  bool destroy_finish(Context& context) noexcept;

  // ---- the address space ----
  // This Kernel's address space is a fork child's copy (K137): forgets every context without
  // completing, uncharging or unmapping anything. Waits and requests of the parent are void.
  void forget_all() noexcept;
  // The live context with the lowest id, for teardown at exit (K136), or 0.
  [[nodiscard]] UserAddress first_context() const noexcept;
  // The live context that a call with this handle would find, or null.
  [[nodiscard]] const Context* context_at(UserAddress handle) noexcept { return find(handle); }
  // Shows every live context to `look`, lowest id first.
  template <typename Look>
  void for_each_context(Look look) const noexcept {
    for (std::uint32_t id = 0; id < table_size_; ++id) {
      if (table_[id] != nullptr) look(static_cast<const Context&>(*table_[id]));
    }
  }

  // ---- looking in (tests, summaries) ----
  [[nodiscard]] const KernelProfile& profile() const noexcept { return profile_; }
  struct Counts {
    std::uint64_t contexts = 0;   // live
    std::uint64_t in_flight = 0;  // accepted, not completed, of live contexts
    std::uint64_t unreaped = 0;   // completed, event still in its ring
  };
  [[nodiscard]] Counts counts() const noexcept;

 private:
  Context* find(UserAddress handle) noexcept;
  Result<Context*> build(std::uint32_t nr_events) noexcept;
  void discard(Context& context) noexcept;
  bool publish(Context& context) noexcept;
  bool grow_table() noexcept;

  static Step stop(Submission& submission, int error) noexcept;
  Step use_slot(Submission& submission, SegmentBuffer& buffer) noexcept;
  Step decode(Submission& submission, SegmentBuffer& buffer) noexcept;
  Step start_or_drop(Submission& submission, Request& request, const FileFacts& file,
                     SegmentBuffer& buffer) noexcept;
  void fill(Request& request, const Submission& submission, const FileFacts& file,
            FileRef eventfd) noexcept;
  Step start(Submission& submission, Request& request, const FileFacts& file,
             SegmentBuffer& buffer) noexcept;
  Step start_poll(Submission& submission, Request& request) noexcept;
  Step ready_poll(Submission& submission, Request& request, std::uint32_t found) noexcept;
  void drop(Request& request) noexcept;
  void disarm(Request& request) noexcept;
  static bool leave(Context& context) noexcept;

  static void clear(Wait& wait) noexcept;
  bool read_timeout(Wait& wait, UserAddress timeout) noexcept;
  int read_mask(Wait& wait, UserAddress usig) noexcept;
  WaitStatus wait_for(Wait& wait, UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                      UserAddress events) noexcept;
  bool take_events(Wait& wait) noexcept;
  static WaitStatus finish_wait(Wait& wait) noexcept;

  const KernelProfile profile_;
  Ports ports_;
  Context** table_ = nullptr;
  std::uint32_t table_size_ = 0;
  std::uint64_t next_serial_ = 1;
};

}  // namespace aioemu::core
