// Engine: what World is inside. It carries out what the core's effects say.
//
// One thread runs everything. A call that would sleep on a kernel becomes a linked Call; after
// every operation of the program the engine settles: wake-ups reach their polls, woken waiters
// take their events, sleeping transfers try again, dying contexts finish. Only a program that
// sleeps itself moves time: run() then lets happen, in this order, what a worker would do, what the
// completion order holds, and the next timer or deadline. When there is nothing of the kind, the
// sleep is a certain hang.
#pragma once

#include <deque>
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
#include "sim/calls.h"
#include "sim/completion_policy.h"
#include "sim/file_table.h"
#include "sim/heap_memory.h"
#include "sim/signals.h"
#include "sim/sim_file.h"
#include "sim/sim_system.h"
#include "sim/virtual_clock.h"

namespace aioemu::sim {

// An address that no other living thread has.
inline const void* thread_mark() noexcept {
  static thread_local char mark __attribute__((tls_model("initial-exec"))) = 0;
  return &mark;
}

class Engine final : public Watcher {
 public:
  Engine(const WorldOptions& options, const core::KernelProfile& profile, fault::FaultPlan plan);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Around each operation of the program. `enter` refuses other threads.
  void enter() {
    if (owner_ != thread_mark()) claim(thread_mark());
    if (!worker_.empty()) let_worker_finish();
  }
  void leave() {
    if (unsettled_) settle();
  }

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
  Kind& adopt() {
    owned_.push_back(std::make_unique<Kind>());
    return static_cast<Kind&>(*owned_.back());
  }
  void disown(Call& call);

  // ---- completions ----
  bool complete_held(std::optional<Held> held, const long* result);
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

  [[nodiscard]] std::uint64_t fired(std::string_view rule) const;

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

  // Watcher.
  void changed(File& file, std::uint32_t carried) noexcept override;

 private:
  // ---- submit and transfers: engine_submit.cpp ----
  void decide_submit(SubmitCall& call);
  void run_submit(SubmitCall& call);
  void let_go_of(const SubmitCall& call);
  void run_elements(SubmitCall& call);
  bool start_transfer(SubmitCall& call, core::Request& request);
  void start_sync(SubmitCall& call, core::Request& request);
  void keep(core::Request& request);
  void hold(core::Request& request, const fault::CompleteDecision& fault, std::uint64_t issued);
  void fall_asleep(SubmitCall& call, core::Request& request, const Transfer& transfer,
                   const fault::CompleteDecision& fault);
  void end_sleeper(SubmitCall& call, long res);
  void retry(SubmitCall& call);
  void retry(TransferCall& call);
  fault::CompleteDecision decide(const SubmitCall& call, const core::Request& request);
  fault::Identity next_identity(const core::Context* context);
  void forget_identity(const core::Context* context);
  void take_back_unless_short(const fault::CompleteDecision& fault, long res);
  Transfer transfer_of(const core::Request& request, const File& file) noexcept;
  Attempt attempt(File& file, bool reading, Transfer& transfer);
  long natural_result(core::Request& request, const fault::CompleteDecision& fault,
                      std::uint64_t issued);
  long chosen_result(core::Request& request, long result, std::uint64_t issued);

  // ---- effects ----
  // `held`: this engine holds a reference to the request's file.
  void finish(core::Request& request, long res, bool held);
  void after(const core::Completion& completion, bool held);
  void deliver_wakes(core::Wait* woken);
  void report_changes();
  void report_change(File& file, std::uint32_t carried);

  // ---- the loop ----
  [[gnu::noinline]] void settle();
  bool settle_once();
  void resume(WaitCall& call, core::WakeReason reason);
  void conclude(WaitCall& call, const core::WaitStatus& status);
  void set_deadline(WaitCall& call);
  void apply_mask(const WaitCall& call, core::WaitStatus& status);
  void try_destroys();
  void retry_sleepers();
  void expire_deadlines();
  bool run_worker();
  bool release_batch();
  bool next_moment(std::int64_t limit);
  [[nodiscard]] std::int64_t next_due() const;
  [[noreturn]] void report_hang(Call& call);
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

  const fault::FaultPlan plan_;
  std::vector<fault::CompiledRule> rules_;
  std::vector<fault::RuleState> states_;
  fault::Injector injector_;
  struct Known {
    const core::Context* context;
    std::uint64_t ordinal;
    std::uint64_t submits;
  };
  std::vector<Known> known_;  // live contexts by first submit; only with a plan
  std::uint64_t next_ordinal_ = 0;

  SeededChoices seeded_;
  CompletionPolicy policy_;
  FileTable files_;
  core::Kernel kernel_;
  core::SegmentBuffer segments_;
  std::uint64_t trace_ = 0;
};

}  // namespace aioemu::sim
