// FaultRule: one rule of a fault plan, as plain data.
//
// A rule names the layer at which it acts, the calls or requests it concerns (its matches), at
// which of those it fires (its schedule), and what happens then (its action).
// docs/plan-language.md is the language; plan.h reads and prints it; sites.h lists what can be
// done where.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "abi/aio_abi.h"
#include "base/errno.h"
#include "fault/fixed_text.h"

namespace aioemu::fault {

// Where a rule acts, in the order in which a request meets the layers.
enum class Layer : std::uint8_t {
  setup,       // one call of io_setup
  submit,      // one call of io_submit
  complete,    // one accepted request
  wait,        // one call of io_getevents or io_pgetevents, or one signal to an eventfd
  cancel,      // one call of io_cancel
  medium,      // one transfer between memory and the disk
  durability,  // what becomes of written bytes: fsync, space, power
  hostile,     // what no kernel does
};
inline constexpr std::size_t kLayers = 8;

// A set of operations: bit 1 << opcode.
using OpSet = std::uint32_t;
constexpr OpSet op_bit(abi::Opcode op) noexcept { return 1U << static_cast<unsigned>(op); }
inline constexpr OpSet kReadOps = op_bit(abi::Opcode::pread) | op_bit(abi::Opcode::preadv);
inline constexpr OpSet kWriteOps = op_bit(abi::Opcode::pwrite) | op_bit(abi::Opcode::pwritev);
inline constexpr OpSet kSyncOps = op_bit(abi::Opcode::fsync) | op_bit(abi::Opcode::fdsync);
inline constexpr OpSet kPollOps = op_bit(abi::Opcode::poll);
inline constexpr OpSet kAllOps = kReadOps | kWriteOps | kSyncOps | kPollOps;
// No `op=`: the rule concerns every operation for which its action is legal.
inline constexpr OpSet kNoOps = 0;

// What is compared with a number.
enum class Key : std::uint8_t {
  fd,
  nr,  // iocbs of the io_submit; events asked for at the other calls
  len,
  offset,
  batch_index,  // from 0
  min_nr,
  inflight,
  data,
  ctx,     // ordinal in its process, from 1 by first use
  thread,  // the same
};
inline constexpr std::size_t kKeys = 10;

enum class Relation : std::uint8_t {
  equal,
  not_equal,
  less,
  at_most,
  greater,
  at_least,
  between,  // low..high, both ends included; for `offset`: the request overlaps that range
};

// `key relation low`, or `key=low..high`.
struct Condition {
  Key key = Key::fd;
  Relation relation = Relation::equal;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};
inline constexpr std::size_t kMaxConditions = 8;
inline constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

enum class Direct : std::uint8_t { any, yes, no };

// Which calls or requests a rule concerns, beyond its operations and conditions.
struct Match {
  Direct direct = Direct::any;
  std::uint32_t flags = 0;  // all of these RequestFlag bits
  FixedText<254> path;      // a pattern (glob.h); empty for any file
  friend bool operator==(const Match&, const Match&) = default;
};

// `flags=`: the RWF_* bits as the kernel numbers them, and these of the iocb.
inline constexpr std::uint32_t kRequestFlagResfd = 1U << 30U;
inline constexpr std::uint32_t kRequestFlagIoprio = 1U << 31U;

// Which of the rule's eligible calls or requests, counted from 1, it fires at: all that is given
// must hold.
struct Schedule {
  // when=first[..last][+[step]]
  std::uint64_t first = 1;
  std::uint64_t last = kNoEnd;
  std::uint64_t step = 1;
  std::uint64_t times = kNoEnd;  // times=K: at most K in all
  std::uint64_t one_in = 1;      // one_in=N: each with the chance 1/N, drawn from the seed
  // probability=chance/of, in lowest terms.
  std::uint64_t chance = 1;
  std::uint64_t of = 1;
  // after=, for=: only while after <= time < after + duration, in ns from the run's first AIO call.
  std::uint64_t after = 0;
  std::uint64_t duration = kNoEnd;
  std::uint64_t budget = kNoEnd;  // budget=: once so many bytes have gone by
  FixedText<62> seq;              // seq=: 'w' works, 'x' fails; a capital last one goes on
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// persist=: does a rule that has fired once go on?
enum class Persist : std::uint8_t {
  unset,       // as the layer has it: faults of the medium stay, all others are over
  transient,   // each firing stands alone: the next attempt succeeds
  persistent,  // from the first firing on, all that is eligible is hit; the disk never forgets
};

enum class Action : std::uint8_t {
  // setup, submit, complete, wait
  error,
  // submit
  partial,
  block,
  complete_early,
  // complete
  short_to,       // `short N`: N bytes are moved
  short_by,       // `short -N`: N bytes fewer are moved
  short_sectors,  // `short sectors:N`
  delay,
  stall,
  hang,
  // wait
  early,
  eventfd_late,
  // cancel
  einval,
  inprogress_done,
  inprogress_canceled,
  // medium
  latent_sector_error,
  bit_rot,
  misdirected_write,
  misdirected_read,
  lost_write,
  stale_read,
  torn_write,
  // durability
  fsync_eio_clean,
  fsync_eio_dirty,
  fsync_eio_revert,
  fsync_eio_next,
  fsync_lie,
  enospc,
  power_cut,
  // hostile
  duplicate,
  spurious,
  res_too_large,
  wrong_data,
  ring_corrupt,
  event_before_data,
};

inline constexpr std::uint64_t kDefaultEventfdDelay = 5'000'000;  // ns

// torn_write keep=: which of the write's sectors reach the disk.
enum class Keep : std::uint8_t { first, last, random };

// An action with its arguments.
struct Act {
  Action action = Action::error;
  Keep keep = Keep::random;  // torn_write
  // An errno number, a count (of iocbs, events or sectors), bytes, or nanoseconds.
  std::uint64_t amount = 0;
  std::uint64_t upper = 0;   // delay T1..T2: T2; one time only: the same as `amount`
  std::uint64_t refill = 0;  // enospc: so many bytes become free again ...
  std::uint64_t after = 0;   // ... so many ns after the space was used up
  friend bool operator==(const Act&, const Act&) = default;
};

// All of a rule but its name: trivially copyable, so that it can live in shared memory. What
// deciding looks at first comes first.
struct RuleBody {
  Layer layer = Layer::submit;
  Persist persist = Persist::unset;
  bool goes_on = false;  // `continue`: later rules may act as well
  OpSet ops = kNoOps;
  std::uint32_t condition_count = 0;
  Act act;
  std::array<Condition, kMaxConditions> conditions{};
  Schedule schedule;
  Match match;
  friend bool operator==(const RuleBody&, const RuleBody&) = default;
};

// Where a rule was written. It is no part of what the rule means: all origins are equal.
struct Origin {
  std::string source;   // a file's name, "--fault"; empty when the rule was not read
  std::string profile;  // the profile that it comes from, if any
  int line = 1;
  friend bool operator==(const Origin&, const Origin&) { return true; }
};

// A plan has at most so many rules.
inline constexpr std::size_t kMaxRules = 1024;

struct FaultRule {
  std::string name;  // may be empty
  RuleBody body;
  Origin origin;
  friend bool operator==(const FaultRule&, const FaultRule&) = default;
};

}  // namespace aioemu::fault
