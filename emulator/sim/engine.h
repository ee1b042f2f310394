// Engine: what World is inside. It carries out what the core's effects say.
//
// One thread runs everything. A call that would sleep on a kernel becomes a linked Call; after
// every operation of the program the engine settles: wake-ups reach their polls, woken waiters
// take their events, sleeping transfers try again, dying contexts finish. Only a program that
// sleeps itself moves time: run() then lets happen, in this order, what a worker would do, what the
// completion order holds, and the next timer, deadline or end of a delay. When there is nothing of
// the kind, the sleep is a certain hang.
//
// Faults of a plan act here, around the core: see the files named below. Whoever looks on
// (observe/observer.h) is told what happens. With neither a plan nor an observer the engine is not
// `attended_`, and what follows for a request is one test of that; the functions behind that test
// stay out of line.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aioemu/choice.h"
#include "aioemu/world.h"
#include "core/kernel.h"
#include "fault/injector.h"
#include "fault/plan.h"
#include "memory/direct_memory.h"
#include "memory/guarded_memory.h"
#include "memory/mapped_rings.h"
#include "observe/fan.h"
#include "observe/findings.h"
#include "observe/observer.h"
#include "observe/oracles.h"
#include "observe/trace_text.h"
#include "sim/calls.h"
#include "sim/completion_policy.h"
#include "sim/file_table.h"
#include "sim/flight.h"
#include "sim/heap_memory.h"
#include "sim/hold_queue.h"
#include "sim/signals.h"
#include "sim/sim_file.h"
#include "sim/sim_system.h"
#include "sim/story.h"
#include "sim/virtual_clock.h"

namespace aioemu::sim {

// An address that no other living thread has.
inline const void* thread_mark() noexcept {
  static thread_local char mark __attribute__((tls_model("initial-exec"))) = 0;
  return &mark;
}

// The disk's units: the plan's, or else those of the options.
DiskGeometry geometry_of(const WorldOptions& options, const fault::FaultPlan& plan);

class Engine final : public Watcher {
 public:
  Engine(const WorldOptions& options, const core::KernelProfile& profile, fault::FaultPlan plan,
         const observe::OracleChoice& oracles);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Around each operation of the program. `enter` refuses other threads; `leave` throws PowerCut
  // when the plan has cut the power meanwhile.
  void enter() {
    if (owner_ != thread_mark()) claim(thread_mark());
    if (!worker_.empty()) let_worker_finish();
  }
  void leave() {
    if (unsettled_) settle_for_now();
  }

  // Tells `observer` from now on; null: nobody. It outlives the engine.
  void observe(observe::Observer* observer);
  // What the oracles have seen; and, with `finish`, what the program still owes.
  [[nodiscard]] std::vector<OracleFinding> findings() const;
  std::vector<OracleFinding> finish();

  // ---- calls: over at once, or asleep and linked ----
  void submit(SubmitCall& call, core::UserAddress ctx, long nr, core::UserAddress iocbs);
  void wait(WaitCall& call, core::UserAddress ctx, long min_nr, long nr, core::UserAddress events,
            core::UserAddress timeout, const core::UserAddress* usig);
  void destroy(DestroyCall& call, core::UserAddress ctx);
  // `call.segment` and `call.transfer` have been filled in.
  void transfer(TransferCall& call);
  // Sleeps until `call` is over. CertainHang.
  [[gnu::noinline]] void run(Call& call);
  // A signal reaches a sleeping call.
  void interrupt(Call& call);
  // SIGSTOP and SIGCONT, as a sleeping call sees them (K118, K119).
  void stop_and_continue(Call& call);
  // Owns a split call until it is finished.
  template <typename Kind>
  Kind& adopt(std::uint32_t thread) {
    owned_.push_back(std::make_unique<Kind>());
    owned_.back()->thread = thread;
    return static_cast<Kind&>(*owned_.back());
  }
  // The ordinal of a thread that has not been seen before; the plain calls' is 0.
  std::uint32_t new_thread() noexcept { return ++threads_; }
  void disown(Call& call);

  // ---- completions ----
  // The held request of that serial, or the oldest; naturally, or with a chosen result. False when
  // there is none.
  bool complete_chosen(std::uint64_t serial, const long* result);
  bool complete_oldest();
  bool breathe();
  void advance(std::int64_t ns);
  [[nodiscard]] std::vector<InFlight> in_flight() const;

  long cancel(core::UserAddress ctx, core::UserAddress iocb);
  long setup(std::uint32_t nr_events, core::UserAddress ctxp);
  void become_fork_child();

  // ---- the disk: engine_disk.cpp ----
  // A file of `size` zero bytes that has no name and no descriptor yet. `space`: where its blocks
  // come from, if that has an end.
  std::shared_ptr<Inode> make_inode(std::uint64_t size, DiskSpace* space);
  PowerCutReport power_cut();
  // fsync by the program itself.
  long sync(File& file, int fd);
  // What the rules say about the file's name, if any of them asks.
  void name(File& file, std::string_view path);

  [[nodiscard]] std::uint64_t fired(std::string_view rule) const;
  // ---- rules that join and leave: engine_rules.cpp; as World has them ----
  AddedRules add_rules(std::string_view text);
  void remove_rules(const AddedRules& rules);
  [[nodiscard]] std::uint64_t fired(const AddedRules& rules) const;

  // ---- parts that World uses directly ----
  core::UserMemory& memory() noexcept { return memory_; }
  FileTable& files() noexcept { return files_; }
  VirtualClock& clock() noexcept { return clock_; }
  Signals& signals() noexcept { return signals_; }
  SimSystem& system() noexcept { return system_; }
  CompletionPolicy& policy() noexcept { return policy_; }
  Volume& volume() noexcept { return volume_; }
  const WorldOptions& options() const noexcept { return options_; }
  const core::KernelProfile& profile() const noexcept { return kernel_.profile(); }
  std::map<std::string, std::shared_ptr<Inode>, std::less<>>& names() noexcept { return names_; }
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return trace_; }
  [[nodiscard]] std::string trace() const;

  // Watcher.
  void changed(File& file, std::uint32_t carried) noexcept override;

 private:
  using Timing = fault::CompleteDecision::Timing;
  enum class Series : std::uint8_t { submit, wait };
  // Of the program's own I/O, in an Identity.
  static constexpr std::uint64_t kNoContext = ~std::uint64_t{0};

  // ---- submit and transfers: engine_submit.cpp ----
  void run_submit(SubmitCall& call);
  void let_go_of(const SubmitCall& call);
  void let_go_of(core::FileRef file);
  void run_elements(SubmitCall& call);
  void leave_submit(SubmitCall& call);
  bool start_transfer(SubmitCall& call, core::Request& request);
  void start_sync(SubmitCall& call, core::Request& request);
  void start_poll(SubmitCall& call, core::Request& request);
  [[gnu::noinline]] void start_ready_poll(SubmitCall& call, core::Request& request, long found);
  [[gnu::noinline]] void fall_asleep(SubmitCall& call, core::Request& request,
                                     const Transfer& transfer);
  void end_sleeper(SubmitCall& call, long res);
  void retry(SubmitCall& call);
  void retry(TransferCall& call);
  void end_transfer(TransferCall& call, long result);
  Transfer transfer_of(const core::Request& request, const File& file) noexcept;
  Attempt attempt(File& file, bool reading, Transfer& transfer);

  // ---- requests that outlive their step: engine_hold.cpp ----
  [[gnu::noinline]] void keep(core::Request& request);
  [[nodiscard, gnu::noinline]] bool is_held(const core::Request& request, const File& file) const;
  [[gnu::noinline]] void hold(const SubmitCall& call, core::Request& request);
  void schedule(core::Request& request);
  void stall(core::FileRef file, std::int64_t until);
  [[nodiscard]] std::int64_t stalled_until(core::FileRef file) const;
  [[nodiscard]] std::int64_t moment_after(std::uint64_t ns) const;
  [[gnu::noinline]] void finish_poll(core::Request& request, long found);
  void complete_held(core::Request& request, const long* chosen);
  // Null when the transfer cannot go on yet.
  std::optional<long> natural_result(core::Request& request);
  long chosen_result(core::Request& request, long result);
  void complete_batch(const SubmitCall& call);
  [[gnu::noinline]] void release_due();
  void retry_held();
  void later(std::int64_t due, std::function<void(bool)> what);
  void drop_held();

  // ---- what the plan says about calls and requests: engine_faults.cpp ----
  struct Known {
    const core::Context* context = nullptr;
    std::uint64_t ordinal = 0;
    std::array<std::uint64_t, 2> calls{};  // by Series
  };
  void begin_run();
  [[nodiscard]] std::uint64_t run_time() const;
  Known& known(const core::Context& context);
  fault::Identity next_identity(const core::Context& context, Series series);
  [[nodiscard]] fault::Moment moment(const Call& call, const core::Context* context) const;
  int decide_setup(const fault::Identity& who, std::uint32_t nr_events, core::UserAddress ctxp);
  [[gnu::noinline]] void begin_submit(SubmitCall& call, long nr);
  [[gnu::noinline]] bool lingers(SubmitCall& call);
  [[gnu::noinline]] void end_block(SubmitCall& call);
  // Does somebody want to know of each transfer, or only of those that are held?
  [[nodiscard]] bool asks_about_each() const noexcept {
    constexpr std::uint32_t kEach = observe::event_bit(observe::Event::accepted) |
                                    observe::event_bit(observe::Event::completed);
    return !rules_.empty() || (observer_ != nullptr && (observer_->wanted() & kEach) != 0);
  }
  [[gnu::noinline]] void accept(const SubmitCall& call, core::Request& request);
  [[gnu::noinline]] bool begin_wait(WaitCall& call, core::UserAddress ctx, long& min_nr, long& nr,
                                    core::UserAddress timeout, const core::UserAddress* usig);
  [[nodiscard]] bool interruptible(const core::Context& context, core::UserAddress timeout,
                                   const core::UserAddress* usig);
  [[gnu::noinline]] long setup_attended(std::uint32_t nr_events, core::UserAddress ctxp);
  void begin_destroy(DestroyCall& call, core::UserAddress ctx);
  core::Request* in_flight_at(const core::Context& context, core::UserAddress iocb);
  long cancel_attended(core::UserAddress ctx, core::UserAddress iocb);
  long cancel_as_kernel(core::UserAddress ctx, core::UserAddress iocb);
  long cancel_as_decided(const fault::CancelDecision& decision, core::Request& request,
                         core::UserAddress ctx, core::UserAddress iocb);
  void settle_fault(core::Request& request, long res);
  void remember_buffer(core::Request& request);
  long hostile_result(core::Request& request, const fault::HostileDecision& decision, long res);
  bool hide_data(const core::Request& request, long res);
  void forge(core::Context& context, const fault::HostileDecision& decision,
             const observe::Record& completed);

  // ---- telling: engine_records.cpp ----
  [[nodiscard]] bool is_told() const noexcept {
    return observer_ != nullptr && !closing_ && !power_failed_;
  }
  [[nodiscard]] bool wanted(observe::Event event) const noexcept {
    return is_told() && observer_->wants(event);
  }
  [[nodiscard]] bool wants_of_waits() const noexcept {
    constexpr std::uint32_t kOfWaits = observe::event_bit(observe::Event::wait) |
                                       observe::event_bit(observe::Event::reaped) |
                                       observe::event_bit(observe::Event::waited);
    return observer_ != nullptr && (observer_->wanted() & kOfWaits) != 0;
  }
  [[nodiscard]] observe::Record record_of(observe::Event event, const Call& call) const;
  [[nodiscard]] observe::Record record_of(observe::Event event, const core::Request& request) const;
  [[nodiscard]] observe::Record record_of(const Flight& flight, const File& file) const;
  void tell(const observe::Record& record) { observer_->see(record, {}); }
  void tell_moving(observe::Event event, const core::Request& request);
  void tell_fault(int rule, std::uint64_t amount, const observe::Record& about);
  void tell_fault(int rule, std::uint64_t amount, const core::Request& request);
  [[gnu::noinline]] void tell_submitted(const SubmitCall& call);
  void tell_refused(const SubmitCall& call);
  [[gnu::noinline]] void tell_waited(const WaitCall& call);
  void tell_context(observe::Event event, const Call& call, const core::Context& context);
  void tell_end();
  void tell_hang(const Call& call);
  void tell_synchronous(const Flight& flight, const File& file, long result);

  // ---- what the plan says about the disk: engine_medium.cpp ----
  [[gnu::noinline]] Attempt attempt_on_disk(MemoryFile& file, bool reading, Transfer& transfer);
  Attempt attempt_on_medium(MemoryFile& file, bool reading, Transfer& transfer);
  bool limit_by_plan(MemoryFile& file, bool reading, Transfer& transfer,
                     const MemoryFile::Extent& extent);
  void cut_power_now(MemoryFile* written, Transfer& transfer);
  bool decide_sync(MemoryFile& file, Flight& flight);
  fault::AcceptedRequest question_about(const File& file, const Call& call, abi::Opcode op, int fd);
  void forget_memory();
  long sync_file(File& file, std::uint64_t issued, Flight* flight);
  [[noreturn]] void end_of_power();

  // ---- effects ----
  // `held`: this engine holds a reference to the request's file.
  void finish(core::Request& request, long res, bool held);
  [[gnu::noinline]] void finish_attended(core::Request& request, long res, bool held);
  void after(const core::Completion& completion, bool held);
  void wake(const core::Completion& completion);
  void signal(core::FileRef eventfd);
  void signal(core::FileRef eventfd, const Flight& flight, const observe::Record& completed);
  void deliver_wakes(core::Wait* woken);
  void report_changes();
  void report_change(File& file, std::uint32_t carried);

  // ---- the loop ----
  [[gnu::noinline]] void settle();
  [[gnu::noinline]] void settle_for_now();
  bool settle_once();
  [[gnu::noinline]] void look_again();
  void resume(WaitCall& call, core::WakeReason reason);
  void conclude(WaitCall& call, const core::WaitStatus& status);
  void set_deadline(WaitCall& call);
  void apply_mask(const WaitCall& call, core::WaitStatus& status);
  void try_destroys();
  void retry_sleepers();
  void expire_deadlines();
  void advance_to(std::int64_t moment);
  bool run_worker();
  bool release_batch();
  bool next_moment(std::int64_t limit);
  [[nodiscard]] std::int64_t next_due() const;
  [[noreturn]] void report_hang(Call& call);
  [[nodiscard]] HangReasons reasons() const;
  void claim(const void* thread);
  void let_worker_finish();
  void abandon(Call& call);
  void link(Call& call);
  void unlink(Call& call);
  void end(Call& call, long result);
  void tear_down();
  void write_what_is_in_flight();
  void restart_descriptors();
  PowerCutReport cut_disks();

  const WorldOptions options_;
  const void* owner_ = nullptr;  // the thread, by its mark

  memory::DirectMemory direct_;
  memory::GuardedMemory guarded_;
  core::UserMemory& memory_;
  HeapMemory heap_;
  memory::MappedRings mapped_;
  SimSystem system_;
  Signals signals_;
  VirtualClock clock_;
  Volume volume_{clock_};
  std::map<std::string, std::shared_ptr<Inode>, std::less<>> names_;
  std::vector<std::weak_ptr<Inode>> inodes_;  // in order of making

  // What has happened and not been acted on. `unsettled_` says that there may be something.
  struct Change {
    File* file;
    std::uint32_t carried;
  };
  bool unsettled_ = false;
  bool closing_ = false;
  bool changed_ = false;  // some file's state: sleeping transfers may go on
  bool drained_ = false;  // a dying context may be finished
  std::deque<Change> changes_;
  std::deque<WaitCall*> woken_;
  const SubmitCall* submitting_ = nullptr;  // whose elements are being carried out
  struct LetGo {
    const SubmitCall* call;
    File* file;
  };
  std::vector<LetGo> let_go_;  // references that go when their call returns
  struct Due {
    core::Request* request;
    long res;
  };
  std::deque<Due> worker_;  // fsyncs and cancelled polls: complete at the next operation (K79)
  Call* first_asleep_ = nullptr;  // oldest first
  Call* last_asleep_ = nullptr;
  std::vector<std::unique_ptr<Call>> owned_;

  fault::FaultPlan plan_;
  const std::uint64_t seed_of_rules_;
  std::vector<fault::CompiledRule> rules_;
  std::vector<fault::RuleState> states_;
  fault::Injector injector_;
  std::unique_ptr<fault::RuleIndex> rule_index_;               // once rules have joined
  std::map<std::string, fault::FileView, std::less<>> views_;  // by name

  bool attended_ = false;
  std::unique_ptr<observe::TraceText> trace_text_;  // null: nobody keeps a trace
  const observe::OwnBoard board_;                   // null: no oracle looks on
  observe::Oracles oracles_;
  observe::Fan both_;  // the oracles, and whoever else looks on
  observe::Observer* observer_ = nullptr;
  bool end_told_ = false;
  bool begun_ = false;
  std::int64_t beginning_ = 0;  // when the first AIO call came
  std::uint64_t process_ = 0;   // ordinal of the address space
  std::uint32_t threads_ = 0;
  std::vector<Known> known_;  // live contexts by id; only when attended
  std::uint64_t next_ordinal_ = 0;
  std::uint64_t synchronous_ = 0;  // of the program's own I/O

  FlightPool flights_;
  HoldQueue holds_;
  struct Stall {
    std::uint64_t file;  // its identity()
    std::int64_t until;
  };
  std::vector<Stall> stalls_;
  struct Later {
    std::int64_t due;
    std::function<void(bool)> what;  // false: it will not happen any more
  };
  std::vector<Later> later_;  // soonest first
  bool power_failed_ = false;
  bool cutting_ = false;
  PowerCutReport cut_;

  SeededChoices seeded_;
  CompletionPolicy policy_;
  FileTable files_;
  core::Kernel kernel_;
  core::SegmentBuffer segments_;
  std::uint64_t trace_ = 0;
};

}  // namespace aioemu::sim
