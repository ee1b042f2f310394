// Space: kernel AIO for one address space of a real process.
//
// It owns the core, holds one lock around it, and carries out what the core returns, always
// without the lock: transfers on the submitting thread, everything that outlives the call on the
// worker, sleeps on futexes.
//
// Signals. A handler may call in at any time. If its thread holds the lock at that moment, the
// handler's call cannot be served: io_submit answers -EAGAIN, io_getevents 0, the others -EAGAIN;
// each such call is counted. In the long parts of a call (transfers, sleeps) the lock is not held.
//
// No function allocates with malloc, throws, or touches errno.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/kernel.h"
#include "fault/injector.h"
#include "host/counters.h"
#include "host/descriptors.h"
#include "host/environment.h"
#include "host/file_views.h"
#include "host/held_file.h"
#include "host/hold_queue.h"
#include "host/identities.h"
#include "host/medium.h"
#include "host/outbox.h"
#include "host/owner_lock.h"
#include "host/request_note.h"
#include "host/telling.h"
#include "host/transfer.h"
#include "host/worker.h"
#include "memory/guarded_memory.h"
#include "memory/mapped_rings.h"

namespace aioemu::host {

// A thread asleep in io_getevents.
struct Sleeper : core::Wait {
  std::atomic<std::uint32_t> word{0};  // 1 when it is to look again
  HeldFile* bell = nullptr;            // with a signal mask: an eventfd to ring instead
  std::uint64_t mask_before = 0;       // the thread's own, while `signals_blocked`
  bool signals_blocked = false;
  std::uint64_t deadline = 0;  // monotonic nanoseconds, unless `forever`
  bool noted = false;          // `call` is filled in
  CallNote call;
  core::UserAddress handed_out = 0;  // where its events go
  int early_rule = fault::kNoRule;   // has it return with so few events:
  std::uint64_t early = 0;
};

class Space final : private Completions {
 public:
  // Null when there is no memory.
  static Space* create(const core::KernelProfile& profile, const Seat& seat) noexcept;
  // Destroys what contexts are left and ends the threads. No thread may be inside a call.
  static void destroy(Space* space) noexcept;

  // The six calls, as raw system calls: 0 or a count, or -errno. The two frequent ones raise a
  // counter of the caller's, if there is one, while they hold the lock: that is cheaper.
  long setup(std::uint32_t nr_events, core::UserAddress ctxp) noexcept;
  long submit(core::UserAddress ctx, std::int64_t nr, core::UserAddress iocbs,
              Count* calls = nullptr) noexcept;
  long getevents(core::UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                 core::UserAddress events, core::UserAddress timeout,
                 Count* calls = nullptr) noexcept;
  long pgetevents(core::UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                  core::UserAddress events, core::UserAddress timeout,
                  core::UserAddress usig) noexcept;
  long cancel(core::UserAddress ctx, core::UserAddress iocb) noexcept;
  long destroy_context(core::UserAddress ctx) noexcept;

  // Waits until no transfer and no fsync is in flight. Polls do not count, nor does what hangs by a
  // rule; what a rule delays is carried out at once.
  void finish_transfers() noexcept;
  // The process is about to end or to run another program: what the kernel would do about its
  // contexts then, as far as others can see it (K136). Transfers and syncs are finished, and the
  // eventfds of pending polls are signalled; no thread of this process notices anything.
  void finish_all() noexcept;
  // The address space is about to end: whoever looks on is told what is left in it. Only the first
  // time.
  void say_goodbye() noexcept;

 private:
  // One io_submit.
  struct Batch {
    core::Submission submission;
    CallNote call;        // the identity's index is that of the newest element
    std::int64_t nr = 0;  // as the program gave it
    fault::SubmitDecision decision;
    bool noted = false;             // `call` is filled in
    fault::CompleteDecision fault;  // about the newest element
    Interruption interruption;
    bool truthful = false;  // the next element is decoded a second time
    bool alone = false;     // no other thread has called in for a while
    bool trusted = false;   // the newest element reads from a descriptor that needs no proof
    int read_fd = -1;       // files that an element of this batch was read from
    int write_fd = -1;      // and written to: they will be the same for the next one
    bool eventfd_nonblocking = false;
    std::uint32_t early = 0;  // complete_early: requests that would not have completed yet,
    std::atomic<std::uint32_t> awaited{0};  // and those of them that still have not
  };
  // An eventfd that is signalled later than its request completed.
  struct LateSignal : Timer {
    LateSignal() noexcept : Timer(Kind::eventfd) {}
    HeldFile* eventfd = nullptr;
    observe::Record record;
    LateSignal* next_late = nullptr;
  };
  // Bytes of a read that come after its event.
  struct LateData : Timer {
    LateData() noexcept : Timer(Kind::data) {}
    core::Request request;  // op and segments alone
    std::byte* bytes = nullptr;
    std::uint64_t room = 0;
    std::uint64_t count = 0;
    LateData* next_data = nullptr;
  };
  static constexpr std::uint64_t kMostHidden = std::uint64_t{1} << 20U;
  // What an io_getevents asks for.
  struct WaitArguments {
    core::UserAddress ctx = 0;
    std::int64_t min_nr = 0;
    std::int64_t nr = 0;
    core::UserAddress timeout = 0;
    bool handlers_only = false;  // io_pgetevents
    core::UserAddress usig = 0;
  };
  // An io_cancel that a rule may decide about.
  struct Cancelling {
    CallNote call;
    core::Request* request = nullptr;
    fault::CancelDecision decision;
  };

  Space(const core::KernelProfile& profile, const Seat& seat) noexcept;
  ~Space() = default;

  bool run_element(Batch& batch) noexcept;
  long set_up(CallNote call, std::uint32_t nr_events, core::UserAddress ctxp) noexcept;
  [[nodiscard]] CallNote note_destroy(const core::Context& context) noexcept;
  void begin_noted(Batch& batch, std::int64_t nr) noexcept;
  void end_noted(const Batch& batch, long result) noexcept;
  void decide_submit(Batch& batch) noexcept;
  [[nodiscard]] RequestNote* note(Batch& batch, const core::Request& request,
                                  const ProbedFile& file) noexcept;
  void forget_note(core::Request& request) noexcept;
  void begin_wait(Sleeper& sleeper, core::UserAddress ctx, std::int64_t min_nr, std::int64_t nr,
                  core::UserAddress events) noexcept;
  [[nodiscard]] bool may_fail(const core::Request& request) const noexcept;
  [[nodiscard]] bool concerned(const core::Request& request) const noexcept {
    return (concerned_ops_ & fault::op_bit(request.op)) != 0;
  }
  void note_concern() noexcept {
    concerned_ops_ = seat_.injector->operations_of(fault::Layer::complete) | holds_.concerned();
  }
  bool intervene(Batch& batch, core::Request& request, const ProbedFile& file) noexcept;
  void take_back_unless_short(fault::CompleteDecision& fault, long res) noexcept;
  void start_transfer(Batch& batch, core::Request& request) noexcept;
  void start_direct(Batch& batch, core::Request& request, const ProbedFile& file) noexcept;
  void start_sync(Batch& batch, core::Request& request) noexcept;
  void start_poll(Batch& batch, core::Request& request) noexcept;
  // What a transfer came to.
  struct Carried {
    long res = 0;
    Verdict verdict;
  };
  [[nodiscard]] Carried carry_out(Batch& batch, core::Request& request, const ProbedFile& file,
                                  bool assumed) noexcept;
  [[gnu::noinline]] void transfer_many(Batch& batch, core::Request& request, const ProbedFile& file,
                                       bool assumed) noexcept;
  void transfer_here(Batch& batch, core::Request& request, const ProbedFile& file,
                     bool assumed) noexcept;
  void finish_transfer(Batch& batch, core::Request& request, bool assumed,
                       const Carried& carried) noexcept;
  void sync_inline(Batch& batch, core::Request& request) noexcept;
  bool delegate(Batch& batch, core::Request& request, const ProbedFile& file) noexcept;
  bool take_over(core::Request& request, const ProbedFile& file) noexcept;
  void do_now(Batch& batch, core::Request& request, const ProbedFile& file,
              const abi::Segment* decoded) noexcept;

  // ---- faults of calls and in time: space_faults.cpp, space_hold.cpp ----
  [[nodiscard]] int fault_of_setup(const CallNote& call, std::uint32_t nr_events,
                                   core::UserAddress ctxp) noexcept;
  [[nodiscard]] int prepare_wait(Sleeper& sleeper, WaitArguments& wanted,
                                 core::UserAddress events) noexcept;
  [[nodiscard]] int fault_of_wait(Sleeper& sleeper, WaitArguments& wanted) noexcept;
  [[nodiscard]] bool can_be_interrupted(const WaitArguments& wanted) noexcept;
  void let_held_go() noexcept;
  [[nodiscard]] core::Request* find_to_cancel(core::UserAddress ctx,
                                              core::UserAddress iocb) noexcept;
  void note_cancel(Cancelling& cancelling, const core::Request& request, long result) noexcept;
  void decide_cancel(Cancelling& cancelling, core::UserAddress ctx,
                     core::UserAddress iocb) noexcept;
  [[nodiscard]] bool cancel_differs(const Cancelling& cancelling) const noexcept;
  long cancel_as_decided(Cancelling& cancelling) noexcept;
  long cancel_by_worker(core::Request& request, std::int64_t res, long result) noexcept;
  void take_back(int rule) noexcept { seat_.injector->take_back(rule); }
  void hold(Batch& batch, core::Request& request, const ProbedFile& file) noexcept;
  void await(Batch& batch, Hold& hold) noexcept;
  void finish_faults(Batch& batch) noexcept;
  void finish_early(Batch& batch) noexcept;
  void decide_poll(core::Request& poll) noexcept;
  [[nodiscard]] bool take_over_eventfd(core::Request& request) noexcept;
  [[nodiscard]] bool hold_poll(core::Request& poll, std::int64_t res, std::uint64_t device,
                               std::uint64_t inode, Outbox& outbox) noexcept;
  void start_ready_poll(Batch& batch, core::Request& request, std::int64_t res) noexcept;
  [[nodiscard]] bool signal_late(core::FileRef eventfd, const core::Request& request,
                                 const RequestNote& note, Outbox& outbox) noexcept;
  void await_hand_over() noexcept;
  void time_has_come(Timer& timer, Outbox& outbox) noexcept override;
  void signal_now(LateSignal& late, Outbox& outbox) noexcept;
  void hurry() noexcept;
  void give_up_held() noexcept;
  void signal_late_ones(Outbox& outbox) noexcept;

  // ---- what no kernel does: space_hostile.cpp ----
  void prepare_hiding(core::Request& request) noexcept;
  [[nodiscard]] bool hides() noexcept;
  void discard_hidden(RequestNote& about) noexcept;
  long transfer_bytes(int fd, const core::Request& request, bool verified) noexcept;
  long transfer_noted(int fd, const core::Request& request, bool verified) noexcept;
  [[nodiscard]] bool hide_data(const core::Request& request, RequestNote& about, std::int64_t res,
                               Outbox& outbox) noexcept;
  void exchange(const LateData& late) noexcept;
  void show_data(LateData& late) noexcept;
  void release_data(LateData& late) noexcept;
  void drop_data() noexcept;
  [[nodiscard]] bool hostile_to(const core::Request& request) const noexcept;
  void finish(core::Request& request, std::int64_t res, Outbox& outbox,
              bool eventfd_nonblocking) noexcept;
  void finish_noted(core::Request& request, std::int64_t res, Outbox& outbox,
                    bool eventfd_nonblocking) noexcept;
  [[nodiscard]] std::int64_t hostile_result(core::Request& request, RequestNote& about,
                                            const fault::HostileDecision& decision,
                                            std::int64_t res, Outbox& outbox) noexcept;
  void forge(core::Context& context, const fault::HostileDecision& decision, abi::IoEvent event,
             Outbox& outbox) noexcept;

  bool hold_for(core::Request& request, const ProbedFile& file) noexcept;
  bool keep_segments(core::Request& request) noexcept;
  void free_segments(core::Request& request) noexcept;
  void give_back(core::Request& request, core::FileRef file, core::FileRef eventfd) noexcept;
  void withdraw(abi::Opcode op) noexcept;
  void fire_nowhere(Outbox& outbox) noexcept;
  bool request_hand_over(HeldFile& file, Outbox& outbox) noexcept;
  void complete_inline(Batch& batch, core::Request& request, std::int64_t res) noexcept;
  void flush(Outbox& outbox) noexcept;

  long wait_for_events(Sleeper& sleeper, core::WaitStatus status) noexcept;
  [[nodiscard]] core::WaitStatus sleep_until_done(Sleeper& sleeper) noexcept;
  [[nodiscard]] static core::WakeReason sleep(Sleeper& sleeper) noexcept;
  [[nodiscard]] static core::WakeReason sleep_masked(const Sleeper& sleeper, long bell) noexcept;
  [[nodiscard]] long hang_bell(Sleeper& sleeper) noexcept;
  void take_bell_down(Sleeper& sleeper, long fd) noexcept;

  void settle(const core::Completion& completion, Outbox& outbox,
              bool eventfd_nonblocking) noexcept;
  void settle_noted(core::Completion completion, Outbox& outbox, bool eventfd_nonblocking) noexcept;
  void conclude(core::Completion& completion, RequestNote& note, Outbox& outbox) noexcept;
  void release_files(const core::Completion& completion, Outbox& outbox,
                     bool eventfd_nonblocking) noexcept;
  void wake(core::Wait* woken, Outbox& outbox) noexcept;
  void note_drained(Outbox& outbox) noexcept;
  void complete(core::Request& request, std::int64_t res, Outbox& outbox) noexcept override;
  void starting(const core::Request& request) noexcept override { telling_.started(request); }
  long transfer(int fd, const core::Request& request) noexcept override {
    return transfer_bytes(fd, request, false);
  }
  void wake_polls(HeldFile& file, core::PollWake wake, Outbox& outbox) noexcept override;
  [[nodiscard]] bool enter(Count* calls) noexcept;
  void tally_accepted(abi::Opcode op) noexcept;
  void tally_completed(const core::Request& request, std::int64_t res) noexcept;
  long reentered(long result) noexcept;
  [[nodiscard]] std::uint32_t worker_point() noexcept;
  void signal_polls(HeldFile& file, Outbox& outbox) noexcept;

  OwnerLock lock_;
  Seat seat_;
  Counters own_counters_{};
  fault::Injector no_faults_;
  memory::GuardedMemory memory_;
  memory::MappedRings pages_;
  HeldFiles held_{pages_};
  Descriptors files_{held_};
  core::Kernel kernel_;
  Worker worker_{lock_, held_, *this};
  HoldQueue holds_;
  LateSignal* late_ = nullptr;
  LateData* late_data_ = nullptr;
  bool hides_ = false;           // some rule lets events come before their bytes
  std::size_t looked_at_ = 0;    // so many rules have been asked for that
  bool hand_over_owed_ = false;  // the calling io_submit must not return before the desk has a file
  Identities identities_;
  RequestNotes notes_{pages_};
  Telling telling_;
  FileViews views_;
  Medium medium_;
  fault::OpSet ruled_ops_ = fault::kNoOps;      // some rule asks about requests of these
  fault::OpSet noted_ops_ = fault::kNoOps;      // requests of these get a note
  fault::OpSet concerned_ops_ = fault::kNoOps;  // and these may be failed or held
  core::SegmentBuffer segments_;
  std::uint64_t last_thread_ = 0;  // that entered, and how often in a row
  std::uint32_t streak_ = 0;
  std::uint32_t destroyers_ = 0;
  std::atomic<std::uint32_t> drained_{0};  // changes when a dying context may be finished
};

// Takes the lock for io_submit or io_getevents; false when this thread has it already.
inline bool Space::enter(Count* calls) noexcept {
  if (!lock_.lock()) {
    if (calls != nullptr) Counters::add(*calls);
    return false;
  }
  if (calls != nullptr) Counters::bump(*calls);
  const std::uint64_t self = thread_identity();
  streak_ = self == last_thread_ ? streak_ + 1 : 0;
  last_thread_ = self;
  return true;
}

// Puts the request's event into the ring, and whatever a rule adds to that.
inline void Space::finish(core::Request& request, std::int64_t res, Outbox& outbox,
                          bool eventfd_nonblocking) noexcept {
  if (request.owner_note != nullptr) [[unlikely]] {
    finish_noted(request, res, outbox, eventfd_nonblocking);
  } else {
    settle(kernel_.complete(request, res), outbox, eventfd_nonblocking);
  }
}

// Without a note, a request's bytes meet neither faults nor anybody who looks on; but what some
// rule has done to its file.
inline long Space::transfer_bytes(int fd, const core::Request& request, bool verified) noexcept {
  if (!medium_.concerns(request.op) && request.owner_note == nullptr) [[likely]] {
    return transfer_at_offset(fd, request, verified);
  }
  return transfer_noted(fd, request, verified);
}

inline void Space::settle(const core::Completion& completion, Outbox& outbox,
                          bool eventfd_nonblocking) noexcept {
  if (completion.eventfd != core::FileRef::none || Reference::held(completion.file) != nullptr) {
    release_files(completion, outbox, eventfd_nonblocking);
  }
  if (completion.woken != nullptr) wake(completion.woken, outbox);
  if (completion.drained) note_drained(outbox);
}

inline void Space::tally_accepted(abi::Opcode op) noexcept {
  Counters::bump(seat_.counters->accepted[static_cast<std::size_t>(op)]);
}

inline void Space::tally_completed(const core::Request& request, std::int64_t res) noexcept {
  Counters& counters = *seat_.counters;
  Counters::bump(counters.completed[static_cast<std::size_t>(request.op)]);
  if (res < 0) {
    Counters::bump(counters.failed);
  } else if (request.reads()) {
    Counters::bump(counters.bytes_read, static_cast<std::uint64_t>(res));
  } else if (request.writes()) {
    Counters::bump(counters.bytes_written, static_cast<std::uint64_t>(res));
  }
}

}  // namespace aioemu::host
