// Injector: decides, call by call and request by request, whether a fault happens.
//
// It acts around the core: whoever embeds the core asks before an io_submit is handled and after
// each request is accepted, and then does what the decision says. A decision depends only on the
// rules, the seed, what is asked about, and the rules' counters; never on a pointer, a thread or a
// clock. Random rules draw from a stream of their own, keyed by the seed, the rule's text and the
// identity of the call or request, so that editing one rule does not shift the others.
//
// Threading: any number of threads and processes may ask at once; the counters are atomics, and
// there is nothing else to share. No allocation, no lock, no system call.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "fault/plan.h"
#include "fault/rule.h"

namespace aioemu::fault {

// A rule made ready for deciding. Trivially copyable: may live in memory shared by processes.
struct CompiledRule {
  RuleBody body;
  std::uint64_t stream = 0;  // identifies the rule's random stream
};

// The rules of `plan`, in order.
std::vector<CompiledRule> compile(const FaultPlan& plan);

// What is counted for one rule over the whole run, all processes. Starts as zero bytes.
struct RuleState {
  std::atomic<std::uint64_t> eligible;  // it matched, and no earlier rule had fired
  std::atomic<std::uint64_t> fired;
};

// Where in the run something happens, the same each time the program does the same. All from 0.
struct Identity {
  std::uint64_t process = 0;  // ordinal of the address space, by first use
  std::uint64_t context = 0;  // ordinal of the context in its process
  std::uint64_t submit = 0;   // ordinal of the io_submit in its context
  std::uint64_t index = 0;    // of the iocb in its batch
};

inline constexpr int kNoRule = -1;

// One io_submit whose context is valid and whose nr is positive; ask before its first element.
struct SubmitCall {
  Identity identity;  // index 0
  std::uint64_t nr = 0;
};

struct SubmitDecision {
  int rule = kNoRule;  // index of the rule that fired
  int error = 0;       // positive: the call fails with this errno, and nothing is accepted
  std::uint64_t accept = kNoEnd;  // otherwise: stop after this many elements are accepted
};

// One request that is really accepted: every check of io_submit has been passed. Ask before its
// bytes move.
struct AcceptedRequest {
  Identity identity;
  abi::Opcode op = abi::Opcode::noop;
  std::int32_t fd = -1;
  std::uint64_t nr = 0;      // of the io_submit that carried it
  std::uint64_t length = 0;  // bytes asked for; 0 unless it is a transfer
  std::int64_t offset = 0;
  bool nowait = false;  // RWF_NOWAIT or O_NONBLOCK: it may end with EAGAIN
  bool stream = false;  // a pipe, a socket, a terminal: it may end with EINTR
};

struct CompleteDecision {
  enum class Kind : std::uint8_t {
    none,         // as it comes
    error,        // complete with -error, move nothing
    short_count,  // move at most `bytes`, and complete with what was moved
  };
  Kind kind = Kind::none;
  int rule = kNoRule;
  int error = 0;
  std::uint64_t bytes = 0;  // less than the request's length
};

class Injector {
 public:
  // No rules: nothing ever happens.
  Injector() = default;
  // `states` has one entry per rule. Both outlive the injector.
  Injector(std::span<const CompiledRule> rules, std::span<RuleState> states,
           std::uint64_t seed) noexcept;

  // False: no rule of that layer exists, and there is no need to ask.
  [[nodiscard]] bool acts_on(Layer layer) const noexcept {
    return layer == Layer::submit ? on_submit_ : on_complete_;
  }
  [[nodiscard]] SubmitDecision decide(const SubmitCall& call) const noexcept;
  [[nodiscard]] CompleteDecision decide(const AcceptedRequest& request) const noexcept;
  // The natural result turned out so small that the fault of `rule` made no difference (a short
  // count at the end of a file): it does not count as fired.
  void take_back(int rule) const noexcept;

  [[nodiscard]] std::span<const CompiledRule> rules() const noexcept { return rules_; }

 private:
  bool fires(std::size_t rule, const Identity& identity) const noexcept;

  std::span<const CompiledRule> rules_;
  std::span<RuleState> states_;
  std::uint64_t seed_ = 0;
  bool on_submit_ = false;
  bool on_complete_ = false;
};

}  // namespace aioemu::fault
