// Injector: decides, call by call and request by request, whether a fault happens.
//
// It acts around the core: whoever embeds the core asks before a call is handled and after each
// request is accepted, and then does what the decision says. A decision depends only on the rules,
// the seed, what is asked about, and the rules' counters; never on a pointer, a thread's number or
// a clock of its own. Random rules draw from a stream of their own, keyed by the seed, the rule's
// text and the identity of the call or request, so that editing one rule does not shift the others.
//
// Which rule wins: rules are tried in order. One that matches is eligible; when its schedule agrees
// it fires, and the rules behind it are not looked at, unless it says `continue`. Then a later rule
// may still decide about something else: its result, its timing and its being early are three
// things, each decided by the first rule that fires for it.
//
// How a schedule is asked: first the time window (after=, for=) and the budget, which say whether
// the rule is eligible at all; then when= and seq= by the count of eligible ones; then chance;
// times= comes last.
//
// Threading: any number of threads and processes may ask at once; the counters are atomics, and
// there is nothing else to share. No allocation, no lock, no system call.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aioemu/choice.h"
#include "fault/plan.h"
#include "fault/questions.h"
#include "fault/rule.h"
#include "fault/rule_index.h"

namespace aioemu::fault {

// A rule made ready for deciding. Trivially copyable: may live in memory shared by processes.
struct CompiledRule {
  RuleBody body;             // short_sectors has become short_to
  std::uint64_t stream = 0;  // identifies the rule's random stream
};

// The rules of `plan`, in order. Its profiles must have been expanded (profiles.h).
std::vector<CompiledRule> compile(const FaultPlan& plan);

// What is counted for one rule over the whole run, all processes. Starts as zero bytes.
struct RuleState {
  std::atomic<std::uint64_t> eligible;    // it matched, and no earlier rule had fired
  std::atomic<std::uint64_t> fired;       // and it made a difference
  std::atomic<std::uint64_t> suppressed;  // it would have fired but for times=, or made none
  std::atomic<std::uint64_t> bytes;       // that have gone by, for a budget
  std::atomic<std::uint64_t>
      full_since;                      // enospc: 1 + the time when space ran out; 0: there is some
  std::atomic<std::uint64_t> refills;  // enospc
};

// How often the rules called `word` fired: one rule by its name or its text, or all of a layer.
std::uint64_t fired(const FaultPlan& plan, std::span<const RuleState> states,
                    std::string_view word);

class Injector {
 public:
  // No rules: nothing ever happens.
  Injector() = default;
  // `states` has one entry per rule; at most kMaxRules. Both outlive the injector.
  Injector(std::span<const CompiledRule> rules, std::span<RuleState> states,
           std::uint64_t seed) noexcept;
  // The rules that `index` names, now and later, out of the places in `rules`; all outlive it.
  Injector(std::span<const CompiledRule> rules, std::span<RuleState> states, std::uint64_t seed,
           const RuleIndex& index) noexcept;

  // Asks `choices` instead of drawing from the seed. For one thread; `choices` outlives the
  // injector. Null goes back to the seed.
  void draw_from(ChoiceSource* choices) noexcept { choices_ = choices; }

  // False: no rule of that layer exists, and there is no need to ask.
  [[nodiscard]] bool acts_on(Layer layer) const noexcept { return index().acts_on(layer); }
  // The operations about whose requests some rule of that layer decides: for all others there is no
  // need to ask either.
  [[nodiscard]] OpSet operations_of(Layer layer) const noexcept {
    return index().operations_of(layer);
  }
  // Does any rule look at paths? If not, there is no need for views of files.
  [[nodiscard]] bool wants_paths() const noexcept { return index().wants_paths(); }
  // Does any rule go by the time? If not, Moment::now need not be filled in.
  [[nodiscard]] bool wants_time() const noexcept { return index().wants_time(); }
  // May rules still join? Then the four above reckon with those as well.
  [[nodiscard]] bool open() const noexcept { return index().open(); }
  // Once per open file. No allocation.
  [[nodiscard]] FileView view_of(std::string_view path) const noexcept;
  // Have rules joined since that `view` was made? Those with path= do not see its file.
  [[nodiscard]] bool is_stale(const FileView& view) const noexcept {
    return view.rule_count != index().count();
  }

  [[nodiscard]] SetupDecision decide(const SetupCall& call) const noexcept;
  [[nodiscard]] SubmitDecision decide(const SubmitCall& call) const noexcept;
  [[nodiscard]] CompleteDecision decide(const AcceptedRequest& request) const noexcept;
  [[nodiscard]] EventfdDecision decide(const EventfdSignal& signal) const noexcept;
  [[nodiscard]] WaitDecision decide(const WaitCall& call) const noexcept;
  [[nodiscard]] CancelDecision decide(const CancelCall& call) const noexcept;
  [[nodiscard]] MediumDecision decide(const MediumAccess& access) const noexcept;
  [[nodiscard]] DurabilityDecision decide(const DurabilityEvent& event) const noexcept;
  [[nodiscard]] HostileDecision decide(const HostileChance& chance) const noexcept;

  // The natural result turned out so small that the fault of `rule` made no difference (a short
  // count at the end of a file): it does not count as fired.
  void take_back(int rule) const noexcept;

  [[nodiscard]] std::span<const CompiledRule> rules() const noexcept {
    return rules_.first(index().count());
  }
  [[nodiscard]] std::span<const RuleState> states() const noexcept {
    return states_.first(index().count());
  }

 private:
  struct Facts;
  // Questions to a rule's random stream, one number each.
  enum class Draw : std::uint8_t { one_in, probability, amount };

  [[nodiscard]] const RuleIndex& index() const noexcept {
    return shared_index_ != nullptr ? *shared_index_ : own_index_;
  }
  template <typename Decision, typename Apply>
  Decision first(const SharedRuleSet& candidates, const Facts& facts, Apply apply) const noexcept;
  bool fires(std::size_t rule, const Facts& facts) const noexcept;
  bool in_season(std::size_t rule, const Facts& facts) const noexcept;
  bool by_chance(std::size_t rule, const Facts& facts) const noexcept;
  bool yes(std::size_t rule, const Facts& facts, Draw draw, std::uint64_t chance,
           std::uint64_t of) const noexcept;
  std::uint64_t below(std::size_t rule, const Facts& facts, std::uint64_t bound) const noexcept;
  std::uint64_t random(std::size_t rule, const Facts& facts, Draw draw) const noexcept;
  std::uint64_t room(std::size_t rule, std::uint64_t wanted, std::uint64_t now) const noexcept;

  std::span<const CompiledRule> rules_;
  std::span<RuleState> states_;
  std::uint64_t seed_ = 0;
  ChoiceSource* choices_ = nullptr;
  const RuleIndex* shared_index_ = nullptr;
  RuleIndex own_index_;
};

}  // namespace aioemu::fault
