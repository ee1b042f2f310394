#include "conformance/program/verbs.h"

#include <linux/aio_abi.h>

#include "conformance/program/files.h"

namespace conformance::program {
namespace {

constexpr std::uint64_t kBuffer = pack_data({Area::buffer, 0});
constexpr std::uint64_t kRw = static_cast<std::uint64_t>(FileName::rw);
constexpr std::uint64_t kDup0 = static_cast<std::uint64_t>(FileName::dup0);
constexpr std::uint64_t place(Area area) { return pack({area, 0}); }

// clang-format off
constexpr VerbRow kRows[kVerbs] = {
    {"iocb", 2, 13, {
        {"iocb", Kind::iocb, 0}, {"opcode", Kind::opcode, IOCB_CMD_PREAD}, {"fd", Kind::file, kRw},
        {"buf", Kind::data, kBuffer}, {"nbytes", Kind::number, 0}, {"offset", Kind::count, 0},
        {"rw_flags", Kind::word32, 0}, {"flags", Kind::word32, 0}, {"resfd", Kind::file, 0},
        {"data", Kind::number, 0}, {"reqprio", Kind::word16, 0}, {"reserved2", Kind::number, 0},
        {"key", Kind::word32, 0}}},
    {"iovec", 1, 3, {
        {"segment", Kind::segment, 0}, {"base", Kind::data, kBuffer}, {"len", Kind::number, 0}}},
    {"poke", 2, 3, {
        {"iocb", Kind::iocb, 0}, {"word", Kind::iocb_word, 0}, {"value", Kind::word32, 0}}},
    {"setup", 1, 3, {
        {"into", Kind::handle, pack({Area::handle, 16})}, {"nr", Kind::number, 1},
        {"zeroed", Kind::flag, 1}}},
    {"destroy", 1, 1, {{"ctx", Kind::context, place(Area::ring2)}}},
    {"submit", 1, 11, {
        {"ctx", Kind::context, place(Area::ring0)}, {"nr", Kind::count, 1},
        {"array", Kind::array, place(Area::list)},
        {"1", Kind::maybe, kNoPointer}, {"2", Kind::maybe, kNoPointer},
        {"3", Kind::maybe, kNoPointer}, {"4", Kind::maybe, kNoPointer},
        {"5", Kind::maybe, kNoPointer}, {"6", Kind::maybe, kNoPointer},
        {"7", Kind::maybe, kNoPointer}, {"8", Kind::maybe, kNoPointer}}},
    {"getevents", 1, 7, {
        {"ctx", Kind::context, place(Area::ring0)}, {"min", Kind::count, 0},
        {"nr", Kind::count, 1}, {"events", Kind::events, place(Area::events)},
        {"timeout", Kind::timeout, place(Area::time)}, {"sec", Kind::count, 0},
        {"nsec", Kind::count, 0}}},
    {"pgetevents", 1, 10, {
        {"ctx", Kind::context, place(Area::ring0)}, {"min", Kind::count, 0},
        {"nr", Kind::count, 1}, {"events", Kind::events, place(Area::events)},
        {"timeout", Kind::timeout, place(Area::time)}, {"sec", Kind::count, 0},
        {"nsec", Kind::count, 0}, {"usig", Kind::sigset, place(Area::null)},
        {"mask", Kind::mask, place(Area::mask)}, {"size", Kind::number, 8}}},
    {"cancel", 2, 3, {
        {"ctx", Kind::context, place(Area::ring0)}, {"iocb", Kind::pointer, pack(iocb_place(0))},
        {"result", Kind::events, place(Area::events)}}},
    {"read", 1, 2, {{"fd", Kind::file, kRw}, {"size", Kind::size, 8}}},
    {"write", 1, 2, {{"fd", Kind::file, kRw}, {"size", Kind::size, 8}}},
    {"close", 1, 1, {{"fd", Kind::file, kRw}}},
    {"dup", 2, 2, {{"fd", Kind::file, kRw}, {"onto", Kind::spare, kDup0}}},
    {"shutdown", 1, 2, {
        {"fd", Kind::file, static_cast<std::uint64_t>(FileName::sock_a)}, {"how", Kind::how, 0}}},
    {"ring", 1, 3, {
        {"ctx", Kind::target, 0}, {"word", Kind::ring_word, 2}, {"value", Kind::word32, 0}}},
    {"protect", 1, 2, {{"what", Kind::target, 0}, {"access", Kind::protection, 3}}},
};
// clang-format on

// Bytes of an area that an address may point at.
std::uint32_t size_of(Area area) {
  switch (area) {
    case Area::null:
    case Area::kernel:
      return 65536;
    case Area::buffer:
      return 8192;
    case Area::iovecs:
      return 16;
    case Area::list:
      return 2048;
    case Area::time:
    case Area::sigset:
    case Area::mask:
      return 1;
    case Area::handle:
      return 32;
    case Area::ring0:
    case Area::ring1:
    case Area::ring2:
    case Area::ring3:
      return 64;
    case Area::fence:
    case Area::rodata:
    case Area::iocbs:
    case Area::events:
    case Area::edge:
      return 4096;
  }
  return 1;
}

constexpr std::uint32_t bit(Area area) { return 1U << static_cast<unsigned>(area); }
constexpr std::uint32_t kUnreadable =
    bit(Area::null) | bit(Area::fence) | bit(Area::kernel) | bit(Area::edge);
constexpr std::uint32_t kRings =
    bit(Area::ring0) | bit(Area::ring1) | bit(Area::ring2) | bit(Area::ring3);

// The areas that a kind of place may name; the first that is no mistake comes second.
struct Allowed {
  std::uint32_t areas;
  Area otherwise;
};

Allowed allowed(Kind kind) {
  switch (kind) {
    case Kind::handle:
      return {kUnreadable | bit(Area::handle) | bit(Area::rodata), Area::handle};
    case Kind::context:
      return {kUnreadable | kRings | bit(Area::buffer) | bit(Area::rodata), Area::ring0};
    case Kind::pointer:
    case Kind::maybe:
      return {kUnreadable | bit(Area::iocbs) | bit(Area::buffer) | bit(Area::rodata), Area::iocbs};
    case Kind::array:
      return {kUnreadable | bit(Area::list) | bit(Area::rodata), Area::list};
    case Kind::events:
      return {kUnreadable | bit(Area::events) | bit(Area::rodata), Area::events};
    case Kind::timeout:
      return {kUnreadable | bit(Area::time), Area::time};
    case Kind::sigset:
      return {kUnreadable | bit(Area::sigset), Area::sigset};
    case Kind::mask:
      return {kUnreadable | bit(Area::mask), Area::mask};
    default:
      return {kUnreadable | bit(Area::buffer) | bit(Area::rodata) | bit(Area::iovecs),
              Area::buffer};
  }
}

constexpr std::uint32_t kStraddling = 4096 - 32;  // an iocb that runs into the fence

std::uint64_t canonical_place(Kind kind, std::uint64_t word) {
  Place place = unpack(word);
  const Allowed rule = allowed(kind);
  const auto number = static_cast<std::uint64_t>(word >> 32 & 0xff);
  if (number >= kAreas || (rule.areas & bit(place.area)) == 0) place.area = rule.otherwise;
  place.offset %= size_of(place.area);
  if (place.area == Area::iocbs) {
    place.offset = place.offset < kIocbs * 64 ? place.offset / 64 * 64 : kStraddling;
  }
  if (place.area == Area::handle) place.offset = place.offset / 8 * 8;
  return pack(place);
}

std::uint64_t canonical_data(std::uint64_t word) {
  if ((word & kIsPlace) == 0) return word;
  return kIsPlace | canonical_place(Kind::data, word & ~kIsPlace);
}

std::uint64_t canonical_iocb_word(std::uint64_t word) {
  word %= 16;
  return word == 5 || word == 15 ? word - 1 : word;
}

constexpr std::uint64_t kProtections[] = {0, 1, 3};

}  // namespace

const VerbRow& row_of(Verb verb) { return kRows[static_cast<std::size_t>(verb)]; }

int field_index(Verb verb, std::string_view name) {
  const VerbRow& row = row_of(verb);
  for (unsigned i = 0; i < row.count; ++i) {
    if (name == row.fields[i].name) return static_cast<int>(i);
  }
  return -1;
}

Statement statement(Verb verb) {
  Statement made;
  made.verb = verb;
  const VerbRow& row = row_of(verb);
  for (unsigned i = 0; i < row.count; ++i) made.field[i] = row.fields[i].fallback;
  return made;
}

std::uint64_t canonical(Kind kind, std::uint64_t word) {
  switch (kind) {
    case Kind::number:
    case Kind::count:
      return word;
    case Kind::word32:
      return word & 0xffffffff;
    case Kind::word16:
    case Kind::opcode:
      return word & 0xffff;
    case Kind::iocb:
      return word % kIocbs;
    case Kind::segment:
      return word % kSegments;
    case Kind::iocb_word:
      return canonical_iocb_word(word);
    case Kind::file:
      return word % kFiles;
    case Kind::spare:
      return kDup0 + word % 2;
    case Kind::ring_word:
      return word % 8;
    case Kind::size:
      return word % 65537;
    case Kind::how:
      return word % 4;
    case Kind::flag:
      return word % 2;
    case Kind::protection:
      return kProtections[word % 3 == 0 ? (word == 3 ? 2 : 0) : word % 3];
    case Kind::target:
      return word % 3;
    case Kind::data:
      return canonical_data(word);
    case Kind::maybe:
      return word == kNoPointer ? word : canonical_place(kind, word);
    default:
      return canonical_place(kind, word);
  }
}

Program canonical(Program program) {
  // The smallest rings that nr 1 and nr 63 give.
  program.start[0] = static_cast<std::uint16_t>(program.start[0] % 127);
  program.start[1] = static_cast<std::uint16_t>(program.start[1] % 255);
  if (program.statements.size() > kMaxStatements) program.statements.resize(kMaxStatements);
  for (Statement& one : program.statements) {
    one.verb = static_cast<Verb>(static_cast<std::size_t>(one.verb) % kVerbs);
    const VerbRow& row = row_of(one.verb);
    for (unsigned i = 0; i < kMaxFields; ++i) {
      one.field[i] = i < row.count ? canonical(row.fields[i].kind, one.field[i]) : 0;
    }
    if (one.verb != Verb::submit) continue;
    // A list ends at its first missing entry.
    bool ended = false;
    for (unsigned i = at::kFirst; i < row.count; ++i) {
      ended = ended || one.field[i] == kNoPointer;
      if (ended) one.field[i] = kNoPointer;
    }
  }
  return program;
}

}  // namespace conformance::program
