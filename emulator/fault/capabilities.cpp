#include "fault/capabilities.h"

#include <array>

#include "fault/profiles.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

constexpr std::uint32_t bit(Key key) noexcept { return 1U << static_cast<unsigned>(key); }

constexpr std::uint64_t kEverySite = ~std::uint64_t{0};
constexpr std::uint32_t kEveryKey = (1U << kKeys) - 1;
constexpr std::uint32_t kEveryOrder = 0x1f;

std::uint64_t site_bit(Layer layer, Action action) noexcept {
  return std::uint64_t{1} << number_of(site_of(layer, action));
}

// What both engines do.
Capabilities common(std::string_view owner) noexcept {
  Capabilities made;
  made.owner = owner;
  made.sites = site_bit(Layer::submit, Action::error) | site_bit(Layer::submit, Action::partial) |
               site_bit(Layer::complete, Action::error) |
               site_bit(Layer::complete, Action::short_to);
  made.keys = bit(Key::fd) | bit(Key::nr) | bit(Key::len) | bit(Key::offset) |
              bit(Key::batch_index) | bit(Key::ctx);
  return made;
}

// What happens to calls and requests in a real process.
Capabilities in_a_process(std::string_view owner) noexcept {
  Capabilities made = common(owner);
  for (const Layer layer : {Layer::setup, Layer::submit, Layer::complete, Layer::wait,
                            Layer::cancel, Layer::medium, Layer::hostile}) {
    for (const Site& site : sites()) {
      if (site.layer == layer) made.sites |= std::uint64_t{1} << number_of(site);
    }
  }
  made.sites |= site_bit(Layer::durability, Action::enospc);
  made.keys |= bit(Key::inflight) | bit(Key::data) | bit(Key::thread) | bit(Key::min_nr);
  made.paths = made.direct = made.flags = made.time = true;
  made.orders = kEveryOrder;
  return made;
}

std::string cannot(const Capabilities& owner, const std::string& what) {
  return std::string(owner.owner) + " does not carry out " + what + " in this version";
}

std::string gap_in_match(const RuleBody& rule, const Capabilities& owner) {
  for (std::uint32_t i = 0; i < rule.condition_count; ++i) {
    const Key key = rule.conditions[i].key;
    if ((owner.keys & bit(key)) == 0) return "'" + std::string(word_of(key)) + "'";
  }
  if (!rule.match.path.empty() && !owner.paths) return "'path'";
  if (rule.match.direct != Direct::any && !owner.direct) return "'direct'";
  if (rule.match.flags != 0 && !owner.flags) return "'flags'";
  const bool timed = rule.schedule.after != 0 || rule.schedule.duration != kNoEnd;
  if (timed && !owner.time) return "'after' and 'for'";
  if (rule.act.refill != 0 && !owner.time) return "'refill'";
  return "";
}

// An error about the plan as a whole.
PlanError plan_error(std::string message, std::string excerpt) {
  PlanError error;
  error.source = "plan";
  error.message = std::move(message);
  error.excerpt = std::move(excerpt);
  return error;
}

void check_settings(const FaultPlan& plan, const Capabilities& owner,
                    std::vector<PlanError>& errors) {
  if (plan.order && (owner.orders >> static_cast<unsigned>(plan.order->kind) & 1U) == 0) {
    const std::string_view word = order_words()[static_cast<std::size_t>(plan.order->kind)];
    errors.push_back(plan_error(cannot(owner, "'order " + std::string(word) + "'"),
                                "order " + std::string(word)));
  }
  const std::uint64_t sector = plan.sector.value_or(kDefaultSector);
  const std::uint64_t block = plan.block.value_or(kDefaultBlock);
  if (sector > block) {
    errors.push_back(
        plan_error("a block is made of sectors: it cannot be smaller than one",
                   "set sector=" + std::to_string(sector) + " block=" + std::to_string(block)));
  }
  // Short counts by sectors are the injector's own business.
  if (plan.block && !owner.disk) {
    errors.push_back(
        plan_error(cannot(owner, "'set block'"), "set block=" + std::to_string(*plan.block)));
  }
  if (plan.rules.size() > owner.rules) {
    errors.push_back(plan_error("a plan has at most " + std::to_string(owner.rules) + " rules",
                                std::to_string(plan.rules.size()) + " rules"));
  }
}

}  // namespace

const Capabilities& world_capabilities() noexcept {
  static const Capabilities kWorld{"World", kEverySite,  kEveryKey, true, true,     true,
                                   true,    kEveryOrder, true,      true, kMaxRules};
  return kWorld;
}

const Capabilities& runtime_capabilities() noexcept {
  static const Capabilities kRuntime = in_a_process("Runtime");
  return kRuntime;
}

const Capabilities& run_capabilities() noexcept {
  static const Capabilities kRun = in_a_process("aioemu run");
  return kRun;
}

const Capabilities& all_capabilities() noexcept {
  static const Capabilities kAll{"the language", kEverySite,  kEveryKey, true, true,     true,
                                 true,           kEveryOrder, true,      true, kMaxRules};
  return kAll;
}

bool supports(const Capabilities& owner, const Site& site) noexcept {
  return (owner.sites >> number_of(site) & 1U) != 0;
}

std::string gap(const RuleBody& rule, const Capabilities& owner) {
  const Site& site = site_of(rule);
  if (supports(owner, site)) return gap_in_match(rule, owner);
  return "'" + std::string(word_of(rule.layer)) + " " + title(site) + "'";
}

std::string problem_of(const RuleBody& rule, const Capabilities& owner) {
  const std::string what = gap(rule, owner);
  const Site& site = site_of(rule);
  if (what.empty()) return "";
  if (site.where != Where::world_only || owner.world) return cannot(owner, what);
  return what +
         " acts in World only: the program's plain pwrite and fsync are not seen here, and " +
         "would make the verdict false";
}

std::vector<PlanError> unsupported(const FaultPlan& plan, const Capabilities& owner) {
  std::vector<PlanError> errors = illegal(plan);
  for (const FaultRule& rule : plan.rules) {
    std::string problem = problem_of(rule.body, owner);
    if (!problem.empty()) errors.push_back(error_about(rule, std::move(problem)));
  }
  check_settings(plan, owner, errors);
  return errors;
}

std::variant<FaultPlan, PlanError> prepare(const FaultPlan& plan, const Capabilities& owner) {
  auto expanded = expand(plan, owner);
  if (std::holds_alternative<PlanError>(expanded)) return expanded;
  std::vector<PlanError> errors = unsupported(std::get<FaultPlan>(expanded), owner);
  if (!errors.empty()) return errors.front();
  return expanded;
}

std::variant<FaultPlan, PlanError> parse_for(const Capabilities& owner, std::string_view text,
                                             std::string_view source) {
  auto parsed = parse(text, source);
  if (std::holds_alternative<PlanError>(parsed)) return parsed;
  return prepare(std::get<FaultPlan>(parsed), owner);
}

}  // namespace aioemu::fault
