#include "testing/plan_drawing.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "base/check.h"
#include "fault/legality.h"
#include "fault/profiles.h"
#include "fault/vocabulary.h"

namespace aioemu::testing {

std::uint64_t Draws::below(std::uint64_t bound) {
  AIOEMU_CHECK(bound > 0);
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 32U;
  const auto pick = [this](std::uint64_t answers) -> std::uint64_t {
    return choices_.pick(
        {ChoiceKind::drawn, {asked_++, 0, 0}, static_cast<std::uint32_t>(answers), {}});
  };
  if (bound < kHalf) return pick(bound);
  const std::uint64_t high = pick(kHalf - 1);
  return ((high << 32U) + pick(kHalf - 1)) % bound;
}

std::uint64_t Draws::from(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t more = high - low;
  return low + below(more == fault::kNoEnd ? more : more + 1);
}

std::uint64_t Draws::near(std::uint64_t low, std::uint64_t high) {
  constexpr std::uint64_t kNear = 20;
  return maybe() ? from(low, high) : from(low, low + std::min(kNear, high - low));
}

namespace {

using fault::kNoEnd;

// What amounts are good for when they are to make a difference.
constexpr std::uint64_t kFewCalls = 50;
constexpr std::uint64_t kFewBytes = 65536;
constexpr std::uint64_t kShortTime = 10'000'000'000;  // ns

class PlanDrawing {
 public:
  // `sensible`: only what `owner` takes, and what is legal.
  PlanDrawing(ChoiceSource& choices, const fault::Capabilities& owner, bool sensible)
      : draw_(choices), owner_(owner), sensible_(sensible) {
    for (const fault::Site& site : fault::sites()) {
      if (!supports(owner, site)) continue;
      if (sensible && site.legality == fault::Legality::illegal) continue;
      sites_.push_back(&site);
    }
  }

  fault::FaultPlan plan() {
    fault::FaultPlan plan;
    if (draw_.maybe()) plan.seed = amount(0, kNoEnd, kNoEnd);
    if (!sensible_) settings(plan);
    if (draw_.maybe()) plan.order = order();
    const std::uint64_t rules = sites_.empty() ? 0 : draw_.below(6);
    for (std::uint64_t i = 0; i < rules; ++i) {
      fault::FaultRule made;
      if (draw_.maybe()) made.name = "rule-" + std::to_string(i);
      made.body = rule();
      plan.rules.push_back(made);
    }
    if (sensible_) return plan;
    for (const std::string_view name : fault::profile_names()) {
      if (draw_.below(10) == 9) plan.profiles.emplace_back(name);
    }
    return plan;
  }

  fault::RuleBody rule() {
    const fault::Site& site = *draw_.element(sites_);
    fault::RuleBody body;
    body.layer = site.layer;
    const bool about_requests = site.subject == fault::Subject::request;
    if (about_requests) body.ops = ops(site.ops);
    if (about_requests) body.match = match();
    if (site.arguments == fault::Arguments::error && legal_errors(site, body.ops).empty()) {
      body.ops = fault::kNoOps;
    }
    body.act = act(site, body.ops);
    body.schedule = schedule(site.subject, site.arguments == fault::Arguments::space);
    conditions(body, site.subject);
    body.goes_on = draw_.maybe();
    body.persist = static_cast<fault::Persist>(draw_.below(3));
    if (body.persist == fault::Persist::persistent) body.schedule.times = kNoEnd;
    return body;
  }

 private:
  // `useful` is the end of what makes sense.
  std::uint64_t amount(std::uint64_t low, std::uint64_t high, std::uint64_t useful) {
    return draw_.near(low, sensible_ ? std::max(low, std::min(high, useful)) : high);
  }

  void settings(fault::FaultPlan& plan) {
    if (draw_.maybe()) plan.aio_max_nr = amount(0, kNoEnd, kNoEnd);
    if (draw_.maybe()) plan.sector = 512U << draw_.below(4);
    if (draw_.maybe()) plan.block = 4096U << draw_.below(4);
    if (draw_.maybe()) plan.legal = static_cast<fault::LegalSet>(draw_.from(1, 7));
  }

  fault::Order order() {
    std::vector<fault::Order::Kind> known;
    for (std::size_t i = 0; i < fault::order_words().size(); ++i) {
      if ((owner_.orders >> i & 1U) != 0) known.push_back(static_cast<fault::Order::Kind>(i));
    }
    fault::Order made;
    made.kind = draw_.element(known);
    if (made.kind != fault::Order::Kind::pct) return made;
    made.depth = amount(1, 100, 5);
    if (draw_.maybe()) made.steps = amount(1, 100000, 1000);
    return made;
  }

  // Some operations that the action can happen to, or none.
  fault::OpSet ops(fault::OpSet possible) {
    fault::OpSet made = 0;
    for (const abi::Opcode op :
         {abi::Opcode::pread, abi::Opcode::pwrite, abi::Opcode::fsync, abi::Opcode::fdsync,
          abi::Opcode::poll, abi::Opcode::preadv, abi::Opcode::pwritev}) {
      if (draw_.maybe()) made |= fault::op_bit(op);
    }
    made &= possible;
    return made == fault::kAllOps ? fault::kNoOps : made;
  }

  fault::Match match() {
    fault::Match made;
    if (owner_.paths && draw_.maybe()) AIOEMU_CHECK(made.path.assign(path()));
    if (owner_.direct) made.direct = static_cast<fault::Direct>(draw_.below(3));
    for (std::size_t i = 0; owner_.flags && i < fault::flag_words().size(); ++i) {
      if (draw_.below(sensible_ ? 32 : 4) == 3) made.flags |= fault::flag_of(i);
    }
    return made;
  }

  std::string path() {
    constexpr std::array<const char*, 14> kPieces = {"/",    "*",    "**", "?", "a", "data", ".",
                                                     "\\\\", "\\\"", " ",  ";", "#", "é",    "'"};
    constexpr std::uint64_t kMost = 40;
    std::string made;
    for (std::uint64_t left = draw_.near(0, kMost); left > 0; --left) {
      made += kPieces[static_cast<std::size_t>(draw_.below(kPieces.size()))];
    }
    return made;
  }

  void conditions(fault::RuleBody& body, fault::Subject subject) {
    std::vector<fault::Key> keys;
    for (std::size_t i = 0; i < fault::kKeys; ++i) {
      const bool known = (owner_.keys >> i & 1U) != 0;
      if (known && has_key(subject, static_cast<fault::Key>(i))) {
        keys.push_back(static_cast<fault::Key>(i));
      }
    }
    const std::uint64_t most = sensible_ ? 1 : fault::kMaxConditions;
    const auto count = static_cast<std::uint32_t>(keys.empty() ? 0 : draw_.from(0, most));
    body.condition_count = count;
    for (std::uint32_t i = 0; i < count; ++i) body.conditions[i] = condition(draw_.element(keys));
  }

  fault::Condition condition(fault::Key key) {
    using fault::Relation;
    fault::Condition made;
    made.key = key;
    made.relation = static_cast<Relation>(draw_.below(7));
    made.low = amount(0, kNoEnd, kFewBytes);
    if (made.relation == Relation::between) made.high = amount(made.low, kNoEnd, kFewBytes);
    return made;
  }

  fault::Schedule schedule(fault::Subject subject, bool spends_bytes) {
    fault::Schedule made;
    if (draw_.maybe()) when(made);
    if (draw_.maybe()) made.one_in = amount(1, 1000, 20);
    if (draw_.maybe()) ratio(made);
    if (draw_.maybe()) made.times = amount(1, 100, kFewCalls);
    if (owner_.time && draw_.maybe()) made.after = amount(0, kNoEnd - 1, kShortTime);
    if (owner_.time && draw_.maybe()) made.duration = amount(1, kNoEnd - 1, kShortTime);
    const bool may_budget = subject == fault::Subject::request && !spends_bytes;
    if (may_budget && draw_.maybe()) made.budget = amount(0, kNoEnd - 1, kFewBytes);
    if (draw_.maybe()) AIOEMU_CHECK(made.seq.assign(sequence()));
    return made;
  }

  void when(fault::Schedule& made) {
    made.first = amount(1, 1000, kFewCalls);
    made.last = draw_.maybe() ? kNoEnd : amount(made.first, 2000, made.first + kFewCalls);
    made.step = amount(1, 50, 50);
  }

  void ratio(fault::Schedule& made) {
    const std::uint64_t of = draw_.near(2, 1000);
    const std::uint64_t chance = draw_.near(1, of - 1);
    const std::uint64_t common = std::gcd(of, chance);
    made.of = of / common;
    made.chance = chance / common;
  }

  std::string sequence() {
    std::string letters;
    for (std::uint64_t left = draw_.near(0, 60); left > 0; --left) {
      letters += draw_.maybe() ? 'x' : 'w';
    }
    if (draw_.maybe()) letters += draw_.maybe() ? 'X' : 'W';
    return letters;
  }

  static std::vector<int> legal_errors(const fault::Site& site, fault::OpSet ops) {
    constexpr int kErrors = 134;
    std::vector<int> legal;
    for (int number = 1; number < kErrors; ++number) {
      const Errno error{number};
      const std::string problem = site.subject == fault::Subject::request
                                      ? fault::problem_of_completion(error, ops)
                                      : fault::problem_of_call(error, site.layer);
      if (problem.empty() && errno_name(error) != "E?") legal.push_back(number);
    }
    return legal;
  }

  void bytes(fault::Act& act) {
    constexpr std::array kWays = {fault::Action::short_to, fault::Action::short_by,
                                  fault::Action::short_sectors};
    act.action = draw_.element(kWays);
    act.amount = amount(act.action == fault::Action::short_by ? 1 : 0, kNoEnd, kFewBytes);
  }

  fault::Act act(const fault::Site& site, fault::OpSet ops) {
    using fault::Arguments;
    fault::Act act;
    act.action = site.action;
    switch (site.arguments) {
      case Arguments::none:
        break;
      case Arguments::error:
        act.amount = static_cast<std::uint64_t>(draw_.element(legal_errors(site, ops)));
        break;
      case Arguments::count:
        act.amount = amount(1, kNoEnd, kFewCalls);
        break;
      case Arguments::bytes:
        bytes(act);
        break;
      case Arguments::duration:
      case Arguments::optional_duration:
        act.amount = amount(0, kNoEnd, kShortTime);
        break;
      case Arguments::durations:
        act.amount = amount(0, kNoEnd, kShortTime);
        act.upper = draw_.maybe() ? amount(act.amount, kNoEnd, kShortTime) : act.amount;
        break;
      case Arguments::sectors:
        act.keep = static_cast<fault::Keep>(draw_.below(3));
        if (act.keep != fault::Keep::random) act.amount = amount(1, kNoEnd, kFewCalls);
        break;
      case Arguments::space:
        act.amount = amount(0, kNoEnd, kFewBytes);
        if (owner_.time && draw_.maybe()) act.refill = amount(1, kNoEnd, kFewBytes);
        if (act.refill != 0) act.after = amount(0, kNoEnd, kShortTime);
        break;
    }
    return act;
  }

  Draws draw_;
  const fault::Capabilities& owner_;
  const bool sensible_;
  std::vector<const fault::Site*> sites_;
};

}  // namespace

fault::FaultPlan draw_text(ChoiceSource& choices) {
  return PlanDrawing(choices, fault::all_capabilities(), false).plan();
}

fault::RuleBody draw_rule(ChoiceSource& choices) {
  return PlanDrawing(choices, fault::all_capabilities(), false).rule();
}

fault::FaultPlan draw_plan_for(ChoiceSource& choices, const fault::Capabilities& owner) {
  fault::FaultPlan plan = PlanDrawing(choices, owner, true).plan();
  AIOEMU_CHECK(unsupported(plan, owner).empty());
  return plan;
}

}  // namespace aioemu::testing
