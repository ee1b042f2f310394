#include "aioemu/runtime.h"

#include <atomic>
#include <new>
#include <optional>
#include <stdexcept>
#include <variant>
#include <vector>

#include "fault/capabilities.h"
#include "fault/injector.h"
#include "fault/plan.h"
#include "host/machine.h"
#include "host/program_caller.h"
#include "host/spaces.h"
#include "memory/fault_guard.h"
#include "observe/findings.h"
#include "observe/oracles.h"

namespace aioemu {
namespace {

core::UserAddress address_of(const void* pointer) noexcept {
  return reinterpret_cast<core::UserAddress>(pointer);
}

core::KernelProfile profile_of(const RuntimeOptions& options) {
  std::optional<core::KernelProfile> profile = core::profile_named(options.profile);
  if (!profile.has_value()) {
    throw std::invalid_argument("no profile is called \"" + options.profile + "\"");
  }
  profile->possible_cpus =
      options.possible_cpus != 0 ? options.possible_cpus : host::possible_cpus();
  return *profile;
}

fault::FaultPlan plan_of(const RuntimeOptions& options) {
  std::variant<fault::FaultPlan, fault::PlanError> parsed = fault::parse(options.plan, "plan");
  if (auto* plan = std::get_if<fault::FaultPlan>(&parsed)) {
    if (options.seed != 0) plan->seed = options.seed;
    parsed = fault::prepare(*plan, fault::runtime_capabilities());
  }
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) {
    throw std::invalid_argument(fault::describe(*error));
  }
  return std::get<fault::FaultPlan>(std::move(parsed));
}

observe::OracleChoice oracles_of(const RuntimeOptions& options) {
  const auto parsed = observe::parse_oracles(options.oracles);
  if (const auto* reason = std::get_if<std::string>(&parsed)) throw std::invalid_argument(*reason);
  return std::get<observe::OracleChoice>(parsed);
}

// fs.aio-nr and fs.aio-max-nr of a Runtime that belongs to nobody.
class OwnSystem final : public core::System {
 public:
  explicit OwnSystem(std::uint64_t limit) noexcept : limit_(limit) {}
  [[nodiscard]] std::uint64_t aio_nr() const noexcept { return charged_.load(); }
  void set_limit(std::uint64_t limit) noexcept { limit_.store(limit); }

  std::uint64_t aio_max_nr() noexcept override { return limit_.load(); }
  // K14. Serialised by the address space's lock.
  bool charge(std::uint64_t nr) noexcept override {
    const std::uint64_t sum = charged_.load() + nr;
    if (sum > limit_.load() || sum < nr) return false;
    charged_.store(sum);
    return true;
  }
  void uncharge(std::uint64_t nr) noexcept override { charged_.fetch_sub(nr); }
  bool may_use_realtime_io() noexcept override { return host::may_use_realtime_io(); }

 private:
  std::atomic<std::uint64_t> charged_{0};
  std::atomic<std::uint64_t> limit_;
};

}  // namespace

// The environment of a Runtime that belongs to nobody.
class Runtime::Home final : public host::Environment {
 public:
  Home(const RuntimeOptions& options, const core::KernelProfile& profile, fault::FaultPlan plan)
      : choice_(oracles_of(options)),
        board_(choice_.none() ? nullptr : observe::make_board()),
        system_(limit_of(options, profile, plan)),
        plan_(std::move(plan)),
        rules_(fault::compile(plan_)),
        states_(rules_.size()),
        seed_(options.seed != 0 ? options.seed : plan_.seed.value_or(0)),
        injector_(rules_, states_, seed_),
        spaces_(host::Spaces::create(profile, *this)) {
    if (spaces_ == nullptr) throw std::bad_alloc();
  }
  ~Home() { host::Spaces::destroy(spaces_); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  host::Seat take_seat() noexcept override {
    new (&counters_) host::Counters{};
    return {&system_,
            &injector_,
            &counters_,
            next_process_++,
            look_on(),
            &began_,
            plan_.order.value_or(fault::Order{}),
            seed_,
            static_cast<std::uint32_t>(plan_.sector.value_or(fault::kDefaultSector))};
  }
  [[nodiscard]] host::Spaces& spaces() noexcept { return *spaces_; }
  [[nodiscard]] OwnSystem& system() noexcept { return system_; }
  [[nodiscard]] const host::Counters& counters() const noexcept { return counters_; }

  [[nodiscard]] std::uint64_t fired(std::string_view rule) const {
    return fault::fired(plan_, states_, rule);
  }
  [[nodiscard]] std::vector<OracleFinding> findings() const {
    if (board_ == nullptr) return {};
    return observe::spoken(observe::read(*board_, false), observe::own_names(plan_));
  }

 private:
  // For a new address space: a fork child begins with nothing found and nothing owed.
  observe::Observer* look_on() noexcept {
    if (board_ == nullptr) return nullptr;
    if (board_->watched != 0) observe::clear(*board_);
    oracles_ = observe::Oracles(*board_, choice_);
    return &oracles_;
  }
  static std::uint64_t limit_of(const RuntimeOptions& options, const core::KernelProfile& profile,
                                const fault::FaultPlan& plan) {
    if (options.aio_max_nr != 0) return options.aio_max_nr;
    return plan.aio_max_nr.value_or(profile.aio_max_nr);
  }

  const observe::OracleChoice choice_;
  const observe::OwnBoard board_;  // null: no oracle looks on
  observe::Oracles oracles_;
  OwnSystem system_;
  fault::FaultPlan plan_;
  std::vector<fault::CompiledRule> rules_;
  std::vector<fault::RuleState> states_;
  const std::uint64_t seed_;
  fault::Injector injector_;
  host::Counters counters_{};
  std::uint64_t next_process_ = 0;
  std::atomic<std::uint64_t> began_{0};
  host::Spaces* spaces_;
};

Runtime::Runtime(const RuntimeOptions& options)
    : home_(std::make_unique<Home>(options, profile_of(options), plan_of(options))) {}

Runtime::~Runtime() = default;

long Runtime::io_setup(unsigned nr_events, aio_context_t* ctx) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  return space == nullptr ? -ENOMEM : space->setup(nr_events, address_of(ctx));
}

long Runtime::io_destroy(aio_context_t ctx) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  return space == nullptr ? -EINVAL : space->destroy_context(ctx);
}

long Runtime::io_submit(aio_context_t ctx, long nr, iocb** iocbs) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  return space == nullptr ? -EINVAL : space->submit(ctx, nr, address_of(iocbs));
}

long Runtime::io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                           const timespec* timeout) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  if (space == nullptr) return -EINVAL;
  return space->getevents(ctx, min_nr, nr, address_of(events), address_of(timeout));
}

long Runtime::io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                            const timespec* timeout, const void* usig) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  if (space == nullptr) return -EINVAL;
  return space->pgetevents(ctx, min_nr, nr, address_of(events), address_of(timeout),
                           address_of(usig));
}

// K127: `result` is neither read nor written.
long Runtime::io_cancel(aio_context_t ctx, iocb* request, io_event*) noexcept {
  host::note_caller(__builtin_return_address(0));
  host::Space* const space = home_->spaces().here();
  return space == nullptr ? -EINVAL : space->cancel(ctx, address_of(request));
}

void Runtime::finish_all() noexcept {
  if (host::Space* const space = home_->spaces().existing()) space->finish_transfers();
}

void Runtime::thread_blocks_faults(bool blocks) noexcept {
  memory::set_thread_blocks_faults(blocks);
}

std::uint64_t Runtime::aio_nr() const noexcept { return home_->system().aio_nr(); }
std::uint64_t Runtime::aio_max_nr() const noexcept { return home_->system().aio_max_nr(); }
void Runtime::set_aio_max_nr(std::uint64_t value) noexcept { home_->system().set_limit(value); }
std::uint64_t Runtime::fired(std::string_view rule) const { return home_->fired(rule); }

Runtime::Statistics Runtime::statistics() const noexcept {
  const host::Counters& counters = home_->counters();
  Statistics result;
  for (const host::Count& count : counters.accepted) result.accepted += count.load();
  for (const host::Count& count : counters.completed) result.completed += count.load();
  result.failed = counters.failed.load();
  result.reaped = counters.reaped.load();
  result.waiting = counters.waiting.load();
  result.reentered = counters.reentered.load();
  return result;
}

std::vector<OracleFinding> Runtime::findings() const { return home_->findings(); }

std::vector<OracleFinding> Runtime::finish() {
  if (host::Space* const space = home_->spaces().existing()) space->say_goodbye();
  return home_->findings();
}

}  // namespace aioemu
