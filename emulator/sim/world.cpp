// World: the calls, completions, time, signals. Descriptors are in world_files.cpp.

#include "aioemu/world.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "fault/capabilities.h"
#include "memory/fault_guard.h"
#include "sim/engine.h"

namespace aioemu {
namespace {

core::KernelProfile profile_of(const WorldOptions& options) {
  std::optional<core::KernelProfile> profile = core::profile_named(options.profile);
  if (!profile.has_value()) {
    std::string known;
    for (const core::KernelProfile& each : core::profiles()) known += " " + std::string(each.name);
    throw std::invalid_argument("no profile is called \"" + options.profile + "\"; known:" + known);
  }
  profile->possible_cpus = options.possible_cpus;
  return *profile;
}

fault::FaultPlan plan_of(const WorldOptions& options) {
  auto parsed = fault::parse(options.plan, "plan");
  if (auto* plan = std::get_if<fault::FaultPlan>(&parsed)) {
    if (options.seed != 0) plan->seed = options.seed;
    parsed = fault::prepare(*plan, fault::world_capabilities());
  }
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) {
    throw std::invalid_argument(fault::describe(*error));
  }
  return std::get<fault::FaultPlan>(std::move(parsed));
}

observe::OracleChoice oracles_of(const WorldOptions& options) {
  const auto parsed = observe::parse_oracles(options.oracles, observe::kWorldOracles);
  if (const auto* reason = std::get_if<std::string>(&parsed)) throw std::invalid_argument(*reason);
  return std::get<observe::OracleChoice>(parsed);
}

void check_disk(const WorldOptions& options, const fault::FaultPlan& plan) {
  const sim::DiskGeometry geometry = sim::geometry_of(options, plan);
  if (geometry.valid()) return;
  throw std::invalid_argument(
      "the disk's sector is " + std::to_string(geometry.sector) + " and its block is " +
      std::to_string(geometry.block) +
      ": both must be powers of two, the sector 16 or more, the block a sector or more and 65536 "
      "or less");
}

void prepare_memory(const WorldOptions& options) {
  if (options.memory == MemoryAccess::guarded && !memory::install_fault_guard()) {
    throw std::runtime_error("the handlers for guarded memory cannot be installed");
  }
}

core::UserAddress address_of(const void* pointer) {
  return reinterpret_cast<core::UserAddress>(pointer);
}

// One operation of the program: the thread is checked before, what follows from it settles after.
class Operation {
 public:
  explicit Operation(sim::Engine& engine) : engine_(engine) { engine_.enter(); }
  // A power cut of the plan is thrown here.
  ~Operation() noexcept(false) { engine_.leave(); }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

 private:
  sim::Engine& engine_;
};

// Sleeps if the call does.
long outcome(sim::Engine& engine, sim::Call& call) {
  engine.leave();
  if (!call.over) engine.run(call);
  return call.result;
}

}  // namespace

World::World(const WorldOptions& options) {
  fault::FaultPlan plan = plan_of(options);
  check_disk(options, plan);
  prepare_memory(options);
  engine_ = std::make_unique<sim::Engine>(options, profile_of(options), std::move(plan),
                                          oracles_of(options));
}

World::~World() = default;

// ---- the six calls ----

long World::io_setup(unsigned nr_events, aio_context_t* ctx) {
  const Operation operation(*engine_);
  return engine_->setup(nr_events, address_of(ctx));
}

long World::io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  engine_->enter();
  sim::SubmitCall call;
  call.caller = address_of(__builtin_return_address(0));
  engine_->submit(call, ctx, nr, address_of(iocbs));
  return outcome(*engine_, call);
}

long World::io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                         const timespec* timeout) {
  engine_->enter();
  sim::WaitCall call;
  call.caller = address_of(__builtin_return_address(0));
  engine_->wait(call, ctx, min_nr, nr, address_of(events), address_of(timeout), nullptr);
  return outcome(*engine_, call);
}

long World::io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                          const timespec* timeout, const void* usig) {
  engine_->enter();
  sim::WaitCall call;
  call.caller = address_of(__builtin_return_address(0));
  const core::UserAddress mask = address_of(usig);
  engine_->wait(call, ctx, min_nr, nr, address_of(events), address_of(timeout), &mask);
  return outcome(*engine_, call);
}

long World::io_cancel(aio_context_t ctx, iocb* request, io_event* /*never written, K127*/) {
  const Operation operation(*engine_);
  return engine_->cancel(ctx, address_of(request));
}

long World::io_destroy(aio_context_t ctx) {
  engine_->enter();
  // Owned by the engine, since nothing can take a destroy back (K132).
  auto& call = engine_->adopt<sim::DestroyCall>(0);
  engine_->destroy(call, ctx);
  const long result = outcome(*engine_, call);
  engine_->disown(call);
  return result;
}

// ---- split calls ----

World::Pending World::begin_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  const Operation operation(*engine_);
  auto& call = engine_->adopt<sim::SubmitCall>(engine_->new_thread());
  call.caller = address_of(__builtin_return_address(0));
  engine_->submit(call, ctx, nr, address_of(iocbs));
  return {*engine_, call};
}

World::Pending World::begin_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                      const timespec* timeout) {
  const Operation operation(*engine_);
  auto& call = engine_->adopt<sim::WaitCall>(engine_->new_thread());
  engine_->wait(call, ctx, min_nr, nr, address_of(events), address_of(timeout), nullptr);
  return {*engine_, call};
}

World::Pending World::begin_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                                       const timespec* timeout, const void* usig) {
  const Operation operation(*engine_);
  auto& call = engine_->adopt<sim::WaitCall>(engine_->new_thread());
  const core::UserAddress mask = address_of(usig);
  engine_->wait(call, ctx, min_nr, nr, address_of(events), address_of(timeout), &mask);
  return {*engine_, call};
}

World::Pending World::begin_destroy(aio_context_t ctx) {
  const Operation operation(*engine_);
  auto& call = engine_->adopt<sim::DestroyCall>(engine_->new_thread());
  engine_->destroy(call, ctx);
  return {*engine_, call};
}

// A handle is good for one result; asking again is a bug of the test that would read freed memory.
sim::Call& World::Pending::call() const {
  if (call_ != nullptr) return *call_;
  std::fputs("aioemu: a World::Pending was used after its finish(), which used it up\n", stderr);
  std::abort();
}

bool World::Pending::blocked() const {
  sim::Call& asked = call();
  const Operation operation(*engine_);
  engine_->leave();
  return !asked.over;
}

void World::Pending::interrupt(int signal) {
  sim::Call& asked = call();
  const Operation operation(*engine_);
  engine_->signals().handle(signal);
  engine_->interrupt(asked);
}

void World::Pending::stop_and_continue() {
  sim::Call& asked = call();
  const Operation operation(*engine_);
  engine_->stop_and_continue(asked);
}

long World::Pending::finish() {
  sim::Call& asked = call();
  engine_->enter();
  const long result = outcome(*engine_, asked);
  engine_->disown(asked);
  call_ = nullptr;
  return result;
}

// ---- completions ----

std::vector<InFlight> World::in_flight() const { return engine_->in_flight(); }

bool World::complete_next() {
  const Operation operation(*engine_);
  return engine_->complete_oldest();
}

bool World::complete(std::uint64_t id) {
  const Operation operation(*engine_);
  return engine_->complete_chosen(id, nullptr);
}

bool World::complete(std::uint64_t id, long result) {
  const Operation operation(*engine_);
  return engine_->complete_chosen(id, &result);
}

// ---- time ----

std::int64_t World::now() const { return engine_->clock().now(); }

void World::advance(std::int64_t ns) {
  const Operation operation(*engine_);
  engine_->advance(ns);
}

bool World::breathe() {
  const Operation operation(*engine_);
  return engine_->breathe();
}

// ---- signals ----

void World::block_signal(int signal, bool block) {
  const Operation operation(*engine_);
  engine_->signals().block(signal, block);
}

void World::raise_signal(int signal) {
  const Operation operation(*engine_);
  engine_->signals().raise(signal);
}

int World::signals_handled(int signal) const { return engine_->signals().handled(signal); }

// ---- the system ----

std::uint64_t World::aio_nr() const { return engine_->system().aio_nr(); }
std::uint64_t World::aio_max_nr() const { return engine_->system().aio_max_nr(); }
void World::set_aio_max_nr(std::uint64_t value) { engine_->system().set_aio_max_nr(value); }

void World::become_fork_child() {
  const Operation operation(*engine_);
  engine_->become_fork_child();
}

std::uint64_t World::fired(std::string_view rule) const { return engine_->fired(rule); }
std::string World::trace() const { return engine_->trace(); }
AddedRules World::add_rules(std::string_view rules) { return engine_->add_rules(rules); }
void World::remove_rules(const AddedRules& rules) { engine_->remove_rules(rules); }
std::uint64_t World::fired(const AddedRules& rules) const { return engine_->fired(rules); }
std::vector<OracleFinding> World::findings() const { return engine_->findings(); }

std::vector<OracleFinding> World::finish() {
  const Operation operation(*engine_);
  return engine_->finish();
}

void World::observe(observe::Observer* observer) { engine_->observe(observer); }
std::uint64_t World::trace_hash() const { return engine_->trace_hash(); }

}  // namespace aioemu
