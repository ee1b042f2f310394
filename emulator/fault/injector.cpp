#include "fault/injector.h"

#include <algorithm>
#include <bit>
#include <map>

#include "base/check.h"
#include "base/prng.h"
#include "fault/glob.h"
#include "fault/legality.h"
#include "fault/vocabulary.h"

namespace aioemu::fault {

// What a question says, whatever it is about.
struct Injector::Facts {
  const AcceptedRequest& request;  // of a call: its identity, nr and moment
  std::uint64_t min_nr = 0;
  bool interruptible = false;
};

namespace {

// FNV-1a, then mixed: the same on every machine.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return Prng::mix(value);
}

std::uint64_t fold(std::uint64_t value, std::uint64_t part) noexcept {
  return Prng::mix(value + 0x9e3779b97f4a7c15ULL + part);
}

// Everything by which one call or request is told from another, in one number.
std::uint64_t fingerprint(const AcceptedRequest& request) noexcept {
  const Identity& identity = request.identity;
  std::uint64_t value = 0;
  for (const std::uint64_t part :
       {identity.process, identity.context, identity.submit, identity.index, request.length,
        static_cast<std::uint64_t>(request.offset),
        request.file != nullptr ? request.file->path : 0}) {
    value = fold(value, part);
  }
  return value;
}

bool holds(Relation relation, std::uint64_t value, const Condition& condition) noexcept {
  switch (relation) {
    case Relation::equal:
      return value == condition.low;
    case Relation::not_equal:
      return value != condition.low;
    case Relation::less:
      return value < condition.low;
    case Relation::at_most:
      return value <= condition.low;
    case Relation::greater:
      return value > condition.low;
    case Relation::at_least:
      return value >= condition.low;
    case Relation::between:
      return value >= condition.low && value <= condition.high;
  }
  return false;
}

// The bytes offset .. offset+length-1; an empty request overlaps what contains its offset.
bool overlaps(const AcceptedRequest& request, const Condition& range) noexcept {
  const auto first = static_cast<std::uint64_t>(request.offset);
  const std::uint64_t last = first + (request.length > 0 ? request.length - 1 : 0);
  return first <= range.high && last >= range.low;
}

std::uint64_t value_of(Key key, const AcceptedRequest& request, std::uint64_t min_nr) noexcept {
  switch (key) {
    case Key::fd:
      return static_cast<std::uint32_t>(request.fd);
    case Key::nr:
      return request.nr;
    case Key::len:
      return request.length;
    case Key::offset:
      return static_cast<std::uint64_t>(request.offset);
    case Key::batch_index:
      return request.identity.index;
    case Key::min_nr:
      return min_nr;
    case Key::inflight:
      return request.at.inflight;
    case Key::data:
      return request.data;
    case Key::ctx:
      return request.identity.context + 1;
    case Key::thread:
      return request.at.thread + 1;
  }
  return 0;
}

bool holds(const Condition& condition, const AcceptedRequest& request,
           std::uint64_t min_nr) noexcept {
  if (condition.key == Key::offset && condition.relation == Relation::between) {
    return overlaps(request, condition);
  }
  return holds(condition.relation, value_of(condition.key, request, min_nr), condition);
}

bool holds(const Match& match, const AcceptedRequest& request) noexcept {
  if (match.direct != Direct::any && (match.direct == Direct::yes) != request.direct) return false;
  return (request.flags & match.flags) == match.flags;
}

// Is the nth eligible call or request (from 1) one that `when=` names?
bool scheduled(const Schedule& schedule, std::uint64_t nth) noexcept {
  return nth >= schedule.first && nth <= schedule.last &&
         (nth - schedule.first) % schedule.step == 0;
}

// Does the nth fail? Behind the sequence all is well, unless its last letter is a capital.
bool in_sequence(std::string_view seq, std::uint64_t nth) noexcept {
  if (seq.empty()) return true;
  if (nth > seq.size()) return seq.back() == 'X';
  const char letter = seq[nth - 1];
  return letter == 'x' || letter == 'X';
}

// Counts one more firing unless that would exceed `times`.
bool claim(std::atomic<std::uint64_t>& fired, std::uint64_t times) noexcept {
  std::uint64_t before = fired.load(std::memory_order_relaxed);
  do {
    if (before >= times) return false;
  } while (!fired.compare_exchange_weak(before, before + 1, std::memory_order_relaxed));
  return true;
}

void bump(std::atomic<std::uint64_t>& count) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
}

// What of a decision an action decides: with `continue`, each by another rule.
enum Part : unsigned { kResult = 1, kTiming = 2, kEarly = 4 };

Part part_of(Action action) noexcept {
  switch (action) {
    case Action::block:
    case Action::delay:
    case Action::stall:
    case Action::hang:
      return kTiming;
    case Action::complete_early:
      return kEarly;
    default:
      return kResult;
  }
}

// Can the action happen to this call or request at all? One that cannot is not eligible.
bool possible(const RuleBody& rule, const AcceptedRequest& request, std::uint64_t min_nr,
              bool interruptible) noexcept {
  switch (rule.act.action) {
    case Action::error:
      if (rule.layer == Layer::wait) return interruptible;
      return rule.layer != Layer::complete ||
             legal_for(static_cast<Errno>(rule.act.amount), request);
    case Action::partial:
      return rule.act.amount < request.nr;
    case Action::short_to:
      return rule.act.amount < request.length;
    case Action::short_by:
      return rule.act.amount <= request.length;
    case Action::early:
      return rule.act.amount < min_nr;
    default:
      return true;
  }
}

bool matches(const RuleBody& rule, const AcceptedRequest& request, std::uint64_t min_nr,
             bool interruptible) noexcept {
  for (std::uint32_t i = 0; i < rule.condition_count; ++i) {
    if (!holds(rule.conditions[i], request, min_nr)) return false;
  }
  return holds(rule.match, request) && possible(rule, request, min_nr, interruptible);
}

AcceptedRequest call(const Identity& identity, std::uint64_t nr, const Moment& at) noexcept {
  AcceptedRequest request;
  request.identity = identity;
  request.nr = nr;
  request.at = at;
  return request;
}

}  // namespace

std::vector<CompiledRule> compile(const FaultPlan& plan) {
  AIOEMU_CHECK(plan.profiles.empty());
  std::vector<CompiledRule> compiled;
  std::map<std::string, std::uint64_t> seen;
  for (const FaultRule& rule : plan.rules) {
    // Rules with the same text draw from different streams: the count tells them apart.
    const std::string text = print(FaultRule{{}, rule.body, {}});
    CompiledRule ready{rule.body, Prng::mix(hash(text) + seen[text]++)};
    Act& act = ready.body.act;
    if (act.action == Action::short_sectors) {
      const std::uint64_t sector = plan.sector.value_or(kDefaultSector);
      act.action = Action::short_to;
      act.amount = act.amount > kNoEnd / sector ? kNoEnd : act.amount * sector;
    }
    compiled.push_back(ready);
  }
  return compiled;
}

std::uint64_t fired(const FaultPlan& plan, std::span<const RuleState> states,
                    std::string_view word) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < plan.rules.size(); ++i) {
    const FaultRule& rule = plan.rules[i];
    const bool meant = title(rule) == word || word_of(rule.body.layer) == word;
    if (meant) count += states[i].fired.load(std::memory_order_relaxed);
  }
  return count;
}

Injector::Injector(std::span<const CompiledRule> rules, std::span<RuleState> states,
                   std::uint64_t seed) noexcept
    : rules_(rules), states_(states), seed_(seed) {
  AIOEMU_CHECK(rules.size() == states.size() && rules.size() <= kMaxRules);
  for (std::size_t i = 0; i < rules.size(); ++i) own_index_.add(i, rules[i].body);
}

Injector::Injector(std::span<const CompiledRule> rules, std::span<RuleState> states,
                   std::uint64_t seed, const RuleIndex& index) noexcept
    : rules_(rules), states_(states), seed_(seed), shared_index_(&index) {
  AIOEMU_CHECK(rules.size() == states.size() && rules.size() <= kMaxRules);
}

FileView Injector::view_of(std::string_view path) const noexcept {
  FileView view;
  view.path = hash(path);
  const std::size_t count = index().count();
  view.rule_count = static_cast<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view pattern = rules_[i].body.match.path.view();
    if (pattern.empty() || path_matches(pattern, path)) view.rules.add(i);
  }
  return view;
}

// ---- a rule's stream ----

std::uint64_t Injector::random(std::size_t rule, const Facts& facts, Draw draw) const noexcept {
  const std::uint64_t stream = Prng::mix(seed_ ^ rules_[rule].stream);
  return fold(stream + static_cast<std::uint64_t>(draw), fingerprint(facts.request));
}

bool Injector::yes(std::size_t rule, const Facts& facts, Draw draw, std::uint64_t chance,
                   std::uint64_t of) const noexcept {
  if (chance == of) return true;
  if (choices_ == nullptr) return random(rule, facts, draw) % of < chance;
  const Choice question{
      ChoiceKind::rule_fires,
      {rules_[rule].stream, fingerprint(facts.request), static_cast<std::uint64_t>(draw)},
      2,
      {chance, of}};
  return choices_->pick(question) == 1;
}

std::uint64_t Injector::below(std::size_t rule, const Facts& facts,
                              std::uint64_t bound) const noexcept {
  if (choices_ == nullptr) return random(rule, facts, Draw::amount) % bound;
  constexpr std::uint64_t kMost = 0xffffffffU;
  const Choice question{
      ChoiceKind::fault_amount,
      {rules_[rule].stream, fingerprint(facts.request), static_cast<std::uint64_t>(Draw::amount)},
      static_cast<std::uint32_t>(std::min(bound, kMost)),
      {}};
  const std::uint64_t answer = choices_->pick(question);
  return bound <= kMost ? answer : bound / kMost * answer;
}

// ---- schedules ----

// The time and the budget: outside of them a rule does not count anything.
bool Injector::in_season(std::size_t rule, const Facts& facts) const noexcept {
  const Schedule& schedule = rules_[rule].body.schedule;
  const std::uint64_t now = facts.request.at.now;
  if (now < schedule.after || now - schedule.after >= schedule.duration) return false;
  if (schedule.budget == kNoEnd) return true;
  const std::uint64_t length = facts.request.length;
  const std::uint64_t before = states_[rule].bytes.fetch_add(length, std::memory_order_relaxed);
  return before > schedule.budget || length > schedule.budget - before;
}

bool Injector::by_chance(std::size_t rule, const Facts& facts) const noexcept {
  const Schedule& schedule = rules_[rule].body.schedule;
  return yes(rule, facts, Draw::one_in, 1, schedule.one_in) &&
         yes(rule, facts, Draw::probability, schedule.chance, schedule.of);
}

bool Injector::fires(std::size_t rule, const Facts& facts) const noexcept {
  if (!in_season(rule, facts)) return false;
  const RuleBody& body = rules_[rule].body;
  RuleState& state = states_[rule];
  const std::uint64_t nth = state.eligible.fetch_add(1, std::memory_order_relaxed) + 1;
  const bool goes_on = body.persist == Persist::persistent && body.layer != Layer::medium &&
                       state.fired.load(std::memory_order_relaxed) > 0;
  if (!goes_on) {
    if (!scheduled(body.schedule, nth) || !in_sequence(body.schedule.seq.view(), nth)) return false;
    if (!by_chance(rule, facts)) return false;
  }
  if (claim(state.fired, body.schedule.times)) return true;
  bump(state.suppressed);
  return false;
}

// ---- decisions ----

// Tries the candidates in order. `apply` puts a rule that fires into the decision; false: it makes
// no difference here.
template <typename Decision, typename Apply>
Decision Injector::first(const SharedRuleSet& candidates, const Facts& facts,
                         Apply apply) const noexcept {
  const AcceptedRequest& request = facts.request;
  const RuleIndex& rules = index();
  Decision decision;
  unsigned decided = 0;
  if (rules.paused()) return decision;
  const std::size_t count = rules.count();
  for (std::size_t word = 0; word * 64 < count; ++word) {
    std::uint64_t bits = candidates.word(word);
    if (bits == 0) continue;
    std::uint64_t allowed = rules.pathless().word(word);
    if (request.file != nullptr) allowed |= request.file->rules.word(word);
    bits &= allowed;
    for (; bits != 0; bits &= bits - 1) {
      const std::size_t rule = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      const RuleBody& body = rules_[rule].body;
      const unsigned part = part_of(body.act.action);
      if ((decided & part) != 0) continue;
      if (!matches(body, request, facts.min_nr, facts.interruptible)) continue;
      if (!fires(rule, facts)) continue;
      if (!apply(decision, static_cast<int>(rule), body.act)) {
        states_[rule].fired.fetch_sub(1, std::memory_order_relaxed);
        continue;
      }
      decided |= part;
      if (!body.goes_on) return decision;
    }
  }
  return decision;
}

SetupDecision Injector::decide(const SetupCall& asked) const noexcept {
  const AcceptedRequest request = call(asked.identity, asked.events, asked.at);
  return first<SetupDecision>(index().calls(Layer::setup), Facts{request},
                              [](SetupDecision& decision, int rule, const Act& act) {
                                decision = {rule, static_cast<int>(act.amount)};
                                return true;
                              });
}

SubmitDecision Injector::decide(const SubmitCall& asked) const noexcept {
  const AcceptedRequest request = call(asked.identity, asked.nr, asked.at);
  return first<SubmitDecision>(index().calls(Layer::submit), Facts{request},
                               [](SubmitDecision& decision, int rule, const Act& act) {
                                 if (act.action == Action::block) {
                                   decision.block_rule = rule;
                                   decision.block = act.amount;
                                 } else if (act.action == Action::complete_early) {
                                   decision.early_rule = rule;
                                   decision.complete_early = true;
                                 } else if (act.action == Action::error) {
                                   decision.rule = rule;
                                   decision.error = static_cast<int>(act.amount);
                                 } else {
                                   decision.rule = rule;
                                   decision.accept = act.amount;
                                 }
                                 return true;
                               });
}

CompleteDecision Injector::decide(const AcceptedRequest& request) const noexcept {
  const Facts facts{request};
  const auto apply = [&](CompleteDecision& decision, int rule, const Act& act) {
    using Timing = CompleteDecision::Timing;
    switch (act.action) {
      case Action::error:
        decision.kind = CompleteDecision::Kind::error;
        decision.error = static_cast<int>(act.amount);
        break;
      case Action::short_to:
      case Action::short_by:
        decision.kind = CompleteDecision::Kind::short_count;
        decision.bytes = act.action == Action::short_to ? act.amount : request.length - act.amount;
        break;
      case Action::hang:
        decision.timing = Timing::hang;
        break;
      default:
        decision.timing = act.action == Action::delay ? Timing::delay : Timing::stall;
        decision.time = act.amount;
        if (act.upper > act.amount) {
          const std::uint64_t more = act.upper - act.amount;
          decision.time +=
              below(static_cast<std::size_t>(rule), facts, more == kNoEnd ? more : more + 1);
        }
    }
    (part_of(act.action) == kResult ? decision.rule : decision.timing_rule) = rule;
    return true;
  };
  return first<CompleteDecision>(index().requests(Layer::complete, request.op), facts, apply);
}

EventfdDecision Injector::decide(const EventfdSignal& signal) const noexcept {
  const AcceptedRequest& request = signal.request;
  return first<EventfdDecision>(index().requests(Layer::wait, request.op), Facts{request},
                                [](EventfdDecision& decision, int rule, const Act& act) {
                                  decision = {rule, act.amount};
                                  return true;
                                });
}

WaitDecision Injector::decide(const WaitCall& asked) const noexcept {
  const AcceptedRequest request = call(asked.identity, asked.nr, asked.at);
  return first<WaitDecision>(index().calls(Layer::wait),
                             Facts{request, asked.min_nr, asked.interruptible},
                             [](WaitDecision& decision, int rule, const Act& act) {
                               decision.rule = rule;
                               if (act.action == Action::error) {
                                 decision.error = static_cast<int>(act.amount);
                               } else {
                                 decision.most = act.amount;
                               }
                               return true;
                             });
}

CancelDecision Injector::decide(const CancelCall& asked) const noexcept {
  using Kind = CancelDecision::Kind;
  return first<CancelDecision>(
      index().requests(Layer::cancel, asked.request.op), Facts{asked.request},
      [](CancelDecision& decision, int rule, const Act& act) {
        decision.rule = rule;
        decision.kind = act.action == Action::einval            ? Kind::einval
                        : act.action == Action::inprogress_done ? Kind::inprogress_done
                                                                : Kind::inprogress_canceled;
        return true;
      });
}

MediumDecision Injector::decide(const MediumAccess& access) const noexcept {
  const Facts facts{access.request};
  const auto apply = [&](MediumDecision& decision, int rule, const Act& act) {
    const auto number = static_cast<std::size_t>(rule);
    decision = {true,
                rule,
                act.action,
                act.keep,
                act.amount,
                rules_[number].body.persist != Persist::transient,
                below(number, facts, kNoEnd)};
    return true;
  };
  return first<MediumDecision>(index().requests(Layer::medium, access.request.op), facts, apply);
}

// Takes `wanted` bytes from what is left of an enospc rule's budget; less than that where less is
// left.
std::uint64_t Injector::room(std::size_t rule, std::uint64_t wanted,
                             std::uint64_t now) const noexcept {
  const Act& act = rules_[rule].body.act;
  RuleState& state = states_[rule];
  std::uint64_t since = state.full_since.load();
  if (since != 0 && act.refill != 0 && now >= since - 1 && now - (since - 1) >= act.after &&
      state.full_since.compare_exchange_strong(since, 0)) {
    bump(state.refills);
  }
  const std::uint64_t limit = act.amount + state.refills.load() * act.refill;
  std::uint64_t used = state.bytes.load();
  std::uint64_t granted = 0;
  do {
    granted = std::min(wanted, limit - std::min(limit, used));
  } while (!state.bytes.compare_exchange_weak(used, used + granted));
  std::uint64_t had_room = 0;
  if (granted < wanted) state.full_since.compare_exchange_strong(had_room, now + 1);
  return granted;
}

DurabilityDecision Injector::decide(const DurabilityEvent& event) const noexcept {
  const Facts facts{event.request};
  const auto apply = [&](DurabilityDecision& decision, int rule, const Act& act) {
    const auto number = static_cast<std::size_t>(rule);
    DurabilityDecision made{true, rule, act.action, 0, 0};
    if (act.action == Action::enospc) {
      made.room = room(number, event.allocates, event.request.at.now);
      if (made.room == event.allocates) return false;
    } else {
      made.random = below(number, facts, kNoEnd);
    }
    decision = made;
    return true;
  };
  return first<DurabilityDecision>(index().requests(Layer::durability, event.request.op), facts,
                                   apply);
}

HostileDecision Injector::decide(const HostileChance& chance) const noexcept {
  const Facts facts{chance.request};
  const auto apply = [&](HostileDecision& decision, int rule, const Act& act) {
    decision = {true, rule, act.action, below(static_cast<std::size_t>(rule), facts, kNoEnd)};
    return true;
  };
  return first<HostileDecision>(index().requests(Layer::hostile, chance.request.op), facts, apply);
}

void Injector::take_back(int rule) const noexcept {
  if (rule == kNoRule) return;
  RuleState& state = states_[static_cast<std::size_t>(rule)];
  state.fired.fetch_sub(1, std::memory_order_relaxed);
  bump(state.suppressed);
}

}  // namespace aioemu::fault
