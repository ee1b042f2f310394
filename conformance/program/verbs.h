// The table of the language: for each verb its fields, for each field its kind.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "conformance/program/program.h"

namespace conformance::program {

// What a field's word means, and which words are canonical.
enum class Kind : std::uint8_t {
  number,      // any 64 bits
  word32,      // any 32 bits
  word16,      // any 16 bits
  count,       // signed; as `number`, written with its sign
  opcode,      // 16 bits, with names for those that exist
  iocb,        // 0..15
  segment,     // 0..7
  iocb_word,   // 0..15 without those that hold descriptors (5 and 15)
  file,        // a FileName
  spare,       // dup0 or dup1
  handle,      // ctx0..ctx3, as what io_setup stores into: a Place
  context,     // a Place
  data,        // a Place that may be a data buffer or a poll mask: a Place, or a plain number
  pointer,     // a Place that is an iocb
  maybe,       // the same, or kNoPointer
  array,       // a Place that is the list of a submit
  events,      // a Place that takes events
  timeout,     // null, time, or an address that cannot be read
  sigset,      // null, sigset, or an address that cannot be read
  mask,        // null, mask, or an address that cannot be read
  ring_word,   // 0..7: a word of the ring's header
  size,        // 0..65536: bytes of a read or a write
  how,         // 0..2: SHUT_RD, SHUT_WR, SHUT_RDWR; 3: no such thing
  flag,        // 0 or 1
  protection,  // 0 none, 1 read, 3 read and write
  target,      // ctx0, ctx1 or the iocbs
};

struct Field {
  const char* name;
  Kind kind;
  std::uint64_t fallback;  // what a field that is not mentioned holds
};

struct VerbRow {
  const char* name;
  unsigned bare;   // so many fields are written without their name
  unsigned count;  // fields in use; the others hold 0
  Field fields[kMaxFields];
};

const VerbRow& row_of(Verb verb);
// -1 when there is no such field.
int field_index(Verb verb, std::string_view name);
// A statement whose fields hold what they hold when they are not mentioned.
Statement statement(Verb verb);

// The canonical word that `word` stands for. Total; canonical words stay as they are.
std::uint64_t canonical(Kind kind, std::uint64_t word);
// Every field canonical, at most kMaxStatements statements.
Program canonical(Program program);

// A data field holds a Place when this bit is set, else the number itself.
inline constexpr std::uint64_t kIsPlace = std::uint64_t{1} << 63;
constexpr std::uint64_t pack_data(Place place) { return kIsPlace | pack(place); }

// Field positions that the runner and the generator name.
namespace at {
enum Iocb : unsigned {
  kIocb,
  kOpcode,
  kFile,
  kBuffer,
  kBytes,
  kOffset,
  kRwFlags,
  kFlags,
  kResfd,
  kData,
  kPrio,
  kReserved,
  kKey
};
enum Iovec : unsigned { kSegment, kBase, kLength };
enum Poke : unsigned { kPoked, kWord, kPokeValue };
enum Setup : unsigned { kInto, kEvents, kSetupZero };
enum Submit : unsigned { kContext, kNr, kArray, kFirst };
enum Getevents : unsigned {
  kWaitContext,
  kMin,
  kMax,
  kEventArray,
  kTimeout,
  kSeconds,
  kNanoseconds,
  kSigset,
  kMask,
  kMaskSize
};
enum Cancel : unsigned { kCancelContext, kCancelled, kResult };
enum FileOp : unsigned { kOn, kSize };
enum Dup : unsigned { kFrom, kTo };
enum RingStore : unsigned { kRing, kRingWord, kRingValue };
enum Protect : unsigned { kTarget, kProtection };
}  // namespace at

}  // namespace conformance::program
