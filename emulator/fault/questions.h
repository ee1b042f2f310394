// What the injector is asked and what it answers, layer by layer.
//
// Whoever embeds the core describes a call or a request in numbers that a second run gives again,
// and does what the decision says. Plain values: a question lives as long as the call to decide().
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "abi/aio_abi.h"
#include "fault/rule.h"

namespace aioemu::fault {

// Where in the run something happens, the same each time the program does the same. All from 0.
struct Identity {
  std::uint64_t process = 0;  // ordinal of the address space, by first use
  std::uint64_t context = 0;  // ordinal of the context in its process
  std::uint64_t submit = 0;   // ordinal of the io_submit (the wait, the cancel) in its context
  std::uint64_t index = 0;    // of the iocb in its batch
};

// Are both about the same call, and of requests about the same batch?
constexpr bool same_batch(const Identity& one, const Identity& other) noexcept {
  return one.process == other.process && one.context == other.context && one.submit == other.submit;
}

inline constexpr int kNoRule = -1;

class RuleSet {
 public:
  static constexpr std::size_t kWords = kMaxRules / 64;

  constexpr void add(std::size_t rule) noexcept {
    words_[rule / 64] |= std::uint64_t{1} << (rule % 64);
  }
  [[nodiscard]] constexpr bool contains(std::size_t rule) const noexcept {
    return (words_[rule / 64] >> (rule % 64) & 1U) != 0;
  }
  [[nodiscard]] constexpr std::uint64_t word(std::size_t index) const noexcept {
    return words_[index];
  }

 private:
  std::array<std::uint64_t, kWords> words_{};
};

// What the rules say about one path: found once per open file, with Injector::view_of.
struct FileView {
  RuleSet rules;                 // those whose path= allows it
  std::uint64_t path = 0;        // a hash of the path
  std::uint32_t rule_count = 0;  // of which `rules` are some
};

// What all questions have in common.
struct Moment {
  std::uint64_t thread = 0;    // ordinal of the calling thread in its process, from 0
  std::uint64_t inflight = 0;  // requests of the context that are in flight
  std::uint64_t now = 0;       // ns since the run's first AIO call
};

// ---- setup ----

// One io_setup with right arguments; ask before it is handled.
struct SetupCall {
  Identity identity;         // `context` as it will be, index 0
  std::uint64_t events = 0;  // asked for
  Moment at{};
};

struct SetupDecision {
  int rule = kNoRule;
  int error = 0;  // positive: the call fails with this errno
};

// ---- submit ----

// One io_submit whose context is valid and whose nr is positive; ask before its first element.
struct SubmitCall {
  Identity identity;  // index 0
  std::uint64_t nr = 0;
  Moment at{};
};

struct SubmitDecision {
  int rule = kNoRule;  // that decided about error or accept
  int error = 0;       // positive: the call fails with this errno, and nothing is accepted
  std::uint64_t accept = kNoEnd;  // otherwise: stop after this many elements are accepted
  int block_rule = kNoRule;
  std::uint64_t block = 0;  // ns that the call takes longer
  int early_rule = kNoRule;
  bool complete_early = false;  // what it accepts completes before it returns
};

// ---- requests ----

// One request that is really accepted: every check of io_submit has been passed. Ask before its
// bytes move.
struct AcceptedRequest {
  Identity identity;
  abi::Opcode op = abi::Opcode::noop;
  std::int32_t fd = -1;
  std::uint64_t nr = 0;      // of the io_submit that carried it
  std::uint64_t length = 0;  // bytes asked for; 0 unless it is a transfer
  std::int64_t offset = 0;
  bool nowait = false;             // RWF_NOWAIT or O_NONBLOCK: it may end with EAGAIN
  bool stream = false;             // a pipe, a socket, a terminal: it may end with EINTR
  bool direct = false;             // O_DIRECT
  std::uint32_t flags = 0;         // RWF_*, kRequestFlagResfd, kRequestFlagIoprio
  std::uint64_t data = 0;          // aio_data
  const FileView* file = nullptr;  // null: a file without a path, which no path= allows
  Moment at{};
};

struct CompleteDecision {
  enum class Kind : std::uint8_t {
    none,         // as it comes
    error,        // complete with -error, move nothing
    short_count,  // move at most `bytes`, and complete with what was moved
  };
  // When the bytes move and the event comes.
  enum class Timing : std::uint8_t {
    natural,
    delay,  // `time` ns later
    stall,  // and with it every request of that file
    hang,   // never
  };
  Kind kind = Kind::none;
  Timing timing = Timing::natural;
  int rule = kNoRule;         // that decided about `kind`
  int timing_rule = kNoRule;  // that decided about `timing`
  int error = 0;
  std::uint64_t bytes = 0;  // less than the request's length
  std::uint64_t time = 0;
};

// A completed request whose eventfd is about to be signalled; its event is in the ring.
struct EventfdSignal {
  AcceptedRequest request;
};

struct EventfdDecision {
  int rule = kNoRule;
  std::uint64_t late = 0;  // ns
};

// ---- wait ----

// One io_getevents or io_pgetevents with right arguments.
struct WaitCall {
  Identity identity;  // index 0
  std::uint64_t min_nr = 0;
  std::uint64_t nr = 0;
  bool interruptible = false;  // nothing is in the ring, and a signal could end this wait
  Moment at{};
};

struct WaitDecision {
  int rule = kNoRule;
  int error = 0;                // positive: fail with this errno, reap nothing
  std::uint64_t most = kNoEnd;  // otherwise: return as soon as so many events are there
};

// ---- cancel ----

// One io_cancel that found `request` in flight.
struct CancelCall {
  AcceptedRequest request;
};

struct CancelDecision {
  enum class Kind : std::uint8_t { none, einval, inprogress_done, inprogress_canceled };
  Kind kind = Kind::none;
  int rule = kNoRule;
};

// ---- medium and durability: what a disk asks ----

// A transfer that moves at least one byte between memory and the disk.
struct MediumAccess {
  AcceptedRequest request;
};

struct MediumDecision {
  bool fires = false;
  int rule = kNoRule;
  Action action = Action::bit_rot;  // one of the medium's
  Keep keep = Keep::random;         // torn_write
  std::uint64_t sectors = 0;        // torn_write keep=first or last
  bool sticky = true;               // false (persist=transient): the next access is good again
  std::uint64_t random = 0;         // whatever else is left to chance is derived from this
};

// A request that reaches the disk: a transfer, an fsync, an fdsync.
struct DurabilityEvent {
  AcceptedRequest request;
  std::uint64_t allocates = 0;  // bytes of new space that a write wants
};

struct DurabilityDecision {
  bool fires = false;
  int rule = kNoRule;
  Action action = Action::enospc;  // one of durability's
  std::uint64_t room = 0;          // enospc: bytes for which there is space; 0 gives ENOSPC
  std::uint64_t random = 0;
};

// ---- hostile ----

// A request about to complete.
struct HostileChance {
  AcceptedRequest request;
};

struct HostileDecision {
  bool fires = false;
  int rule = kNoRule;
  Action action = Action::duplicate;  // one of the hostile layer's
  std::uint64_t random = 0;
};

}  // namespace aioemu::fault
