// HoldQueue: requests that stay in flight although they could complete.
//
// A rule delays, stalls or hangs a request; the plan's `order` holds back whatever would finish
// inside io_submit. Such a request is accepted like any other: all checks of io_submit have been
// passed, the worker has its file and its eventfd, its segments have been copied. Its bytes move
// when it completes, and not before; a worker moves them.
//
//   delay    its time comes, and it joins the line
//   stall    the same, and until then nothing of that file completes: what a program submits for
//            it waits too, and what was delayed waits longer
//   hang     it waits for ever. io_destroy waits for it, as it would for a broken device; the end
//            of the process does not
//   order    it waits in a pool until the program waits itself (io_getevents, io_destroy), or
//            until nothing has been submitted for a millisecond: a program may reap the ring by
//            itself, or listen to an eventfd
//
// Whoever is let go joins one line and is carried out when those before it have completed, so that
// the order of completion is the one that was decided on, not a race between workers.
//
// A poll is held when it has fired: its event comes later, and nobody can cancel it any more.
// Transfers on streams never wait here: io_submit itself carries them out, and a device that is
// late would make it block.
//
// Threading: the address space's lock, but for wait_for_line.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/ports.h"
#include "fault/plan.h"
#include "fault/questions.h"
#include "host/held_file.h"
#include "host/hold.h"
#include "host/outbox.h"
#include "host/release_order.h"
#include "host/worker.h"

namespace aioemu::host {

class HoldQueue {
 public:
  HoldQueue(core::KernelMemory& pages, Worker& worker, const fault::Order& order,
            std::uint64_t seed) noexcept
      : pages_(pages), worker_(worker), order_(order, seed) {}

  // The operations of which every request has to be offered, whether a rule is about it or not.
  // Changes as stalls come and go.
  [[nodiscard]] fault::OpSet concerned() const noexcept {
    if (stalls_ != nullptr) return fault::kAllOps;
    return order_.holds() ? fault::kReadOps | fault::kWriteOps | fault::kSyncOps : fault::kNoOps;
  }
  // Is this transfer or sync to be held, given what was decided about it?
  [[nodiscard]] bool wants(const fault::CompleteDecision& decision,
                           const ProbedFile& file) const noexcept;
  // And this poll, which has fired?
  [[nodiscard]] bool wants_poll(const fault::CompleteDecision& decision, std::uint64_t device,
                                std::uint64_t inode) const noexcept;

  // A record at request.owner_data, until gone() or discard(). Null when there is no memory.
  Hold* make(core::Request& request, std::uint64_t device, std::uint64_t inode) noexcept;
  void discard(Hold& hold) noexcept;
  // Begins to hold it as decided. The worker has the request's files.
  void place(Hold& hold, const fault::CompleteDecision& decision, const fault::Identity& identity,
             Outbox& outbox) noexcept;
  // The request is about to complete: its record goes, and the next in line is carried out.
  void gone(core::Request& request, Outbox& outbox) noexcept;

  // A timer of kind request, stall or order.
  void time_has_come(Timer& timer, Outbox& outbox) noexcept;
  // At the end of an io_submit: the millisecond begins anew.
  void note_submit(Outbox& outbox) noexcept;
  // Lets the pool go.
  void release(Outbox& outbox) noexcept;
  [[nodiscard]] bool ordered() const noexcept { return order_.holds(); }
  [[nodiscard]] bool line_empty() const noexcept {
    return in_line_.load(std::memory_order_relaxed) == 0;
  }
  // Sleeps until everything in the line has completed. Without the lock.
  void wait_for_line() noexcept;

  // The oldest transfer or sync of `context` that was submitted from `iocb` and has a record here;
  // or null.
  [[nodiscard]] Hold* find(const core::Context* context, core::UserAddress iocb) noexcept;
  // Takes a request out of whatever it waits in, for the caller to complete.
  void withdraw(Hold& hold, Outbox& outbox) noexcept;
  // The end is near: all but what hangs completes as soon as it can, and no stall is left.
  void hurry(Outbox& outbox) noexcept;
  // The oldest that is in flight for no other reason; or null.
  [[nodiscard]] Hold* oldest_waiting() noexcept;

 private:
  // A file of which nothing completes for a while.
  struct Stall : Timer {
    Stall() noexcept : Timer(Kind::stall) {}
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    Stall* next_stall = nullptr;
  };
  static constexpr std::uint64_t kPatience = 1'000'000;  // ns

  [[nodiscard]] Stall* stall_of(std::uint64_t device, std::uint64_t inode) const noexcept;
  std::uint64_t start_stall(const Hold& hold, std::uint64_t time, Outbox& outbox) noexcept;
  void end_stall(Stall& stall) noexcept;
  void wait_until(Hold& hold, std::uint64_t due, Outbox& outbox) noexcept;
  void let_go(Hold& hold, Outbox& outbox) noexcept;
  void start_next(Outbox& outbox) noexcept;
  void leave_line(Outbox& outbox) noexcept;
  void release_awaiting(Hold& hold, Outbox& outbox) noexcept;

  core::KernelMemory& pages_;
  Worker& worker_;
  ReleaseOrder order_;
  AllHolds all_;
  HoldList pool_;
  HoldList line_;                          // let go and not started
  bool line_moves_ = false;                // one of it is being carried out
  std::atomic<std::uint32_t> in_line_{0};  // let go and not completed
  Stall* stalls_ = nullptr;
  Timer patience_{Timer::Kind::order};
  std::uint64_t patience_ends_ = 0;
};

}  // namespace aioemu::host
