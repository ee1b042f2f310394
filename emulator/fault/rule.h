// FaultRule: one rule of a fault plan, as plain data.
//
// A rule names the layer at which it acts, the calls or requests it concerns (its conditions), at
// which of those it fires (its schedule), and what happens then (its action). docs/run.md is the
// language; plan.h reads and prints it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "abi/aio_abi.h"
#include "base/errno.h"

namespace aioemu::fault {

// Where a rule acts. `submit` is one call of io_submit; `complete` is one accepted request.
enum class Layer : std::uint8_t { submit, complete };

// A set of operations: bit 1 << opcode.
using OpSet = std::uint32_t;
constexpr OpSet op_bit(abi::Opcode op) noexcept { return 1U << static_cast<unsigned>(op); }
inline constexpr OpSet kReadOps = op_bit(abi::Opcode::pread) | op_bit(abi::Opcode::preadv);
inline constexpr OpSet kWriteOps = op_bit(abi::Opcode::pwrite) | op_bit(abi::Opcode::pwritev);
inline constexpr OpSet kSyncOps = op_bit(abi::Opcode::fsync) | op_bit(abi::Opcode::fdsync);
inline constexpr OpSet kPollOps = op_bit(abi::Opcode::poll);
// No `op=`: the rule concerns every operation for which its action is legal.
inline constexpr OpSet kNoOps = 0;

enum class Key : std::uint8_t { fd, nr, len, offset };

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

// Which of the rule's eligible calls or requests, counted from 1, it fires at: all conditions
// must hold.
struct Schedule {
  // when=first[..last][+[step]]
  std::uint64_t first = 1;
  std::uint64_t last = kNoEnd;
  std::uint64_t step = 1;
  std::uint64_t times = kNoEnd;  // times=K: at most K in all
  std::uint64_t one_in = 1;      // one_in=N: each with the chance 1/N, drawn from the seed
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

enum class Action : std::uint8_t {
  error,     // `errno E`
  partial,   // submit, `partial K`: the first K iocbs are accepted, the rest is not looked at
  short_to,  // complete, `short N`: N bytes are moved
  short_by,  // complete, `short -N`: N bytes fewer are moved
};

// All of a rule but its name: trivially copyable, so that it can live in shared memory.
struct RuleBody {
  Layer layer = Layer::submit;
  OpSet ops = kNoOps;
  std::uint32_t condition_count = 0;
  std::array<Condition, kMaxConditions> conditions{};
  Schedule schedule;
  Action action = Action::error;
  std::uint64_t amount = 0;  // an errno number, a count of iocbs, or bytes
  friend bool operator==(const RuleBody&, const RuleBody&) = default;
};

struct FaultRule {
  std::string name;  // may be empty
  RuleBody body;
  friend bool operator==(const FaultRule&, const FaultRule&) = default;
};

}  // namespace aioemu::fault
