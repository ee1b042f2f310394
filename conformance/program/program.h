// Program: a short piece of code that uses kernel AIO, as plain data.
//
// A program is a list of statements. Each has a verb and a fixed row of fields, as verbs.cpp says,
// and every field is one 64-bit word whose meaning its kind gives. So a program can be compared,
// written as text (text.h), written as bytes (bytes.h), made up (generate.h), run (runner.h) and
// cut down (shrink.h) by code that knows the table and not the verbs.
//
// Nothing in a program depends on where it runs: files have names, memory is named by an area and
// an offset (arena.h), a context is the address that io_setup gave.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace conformance::program {

enum class Verb : std::uint8_t {
  iocb,        // fills in one of the sixteen iocbs
  iovec,       // fills in one of the eight segments
  poke,        // overwrites one 32-bit word of an iocb
  setup,       // io_setup
  destroy,     // io_destroy
  submit,      // io_submit
  getevents,   // io_getevents
  pgetevents,  // io_pgetevents
  cancel,      // io_cancel
  read,        // read(2) from a file, unless that would sleep
  write,       // write(2) to a file, unless that would sleep
  close,       // close(2)
  dup,         // dup2(2) onto one of the names made for that
  shutdown,    // shutdown(2)
  ring,        // writes one word of a ring's header
  protect,     // mprotect(2) of a ring or of the iocbs
};
inline constexpr std::size_t kVerbs = 16;

// Where an address lies. The numbers are part of the byte form.
enum class Area : std::uint8_t {
  null,    // 0; a small offset is an unmapped address too
  buffer,  // two pages of data, followed by a page that cannot be touched
  fence,   // that page
  rodata,  // a page that can only be read
  iocbs,   // sixteen iocbs at the start of a page, a fence behind the page
  iovecs,  // 1030 segments of which the first eight are filled in; the rest are empty
  list,    // the array of pointers that the latest submit made; ends where its page ends
  events,  // one page, a fence behind it
  time,    // the timespec of this statement
  sigset,  // {mask, size} of this statement
  mask,    // an empty signal mask
  handle,  // four variables for handles: where io_setup stores
  ring0,   // what the handle variables hold: contexts, stale handles or 0
  ring1,
  ring2,
  ring3,
  kernel,  // the kernel's half
  edge,    // the first byte that no program may use
};
inline constexpr std::size_t kAreas = 18;

// An address as a field holds it.
struct Place {
  Area area = Area::null;
  std::uint32_t offset = 0;
  friend bool operator==(const Place&, const Place&) = default;
};
constexpr std::uint64_t pack(Place place) {
  return std::uint64_t{static_cast<std::uint8_t>(place.area)} << 32 | place.offset;
}
constexpr Place unpack(std::uint64_t word) {
  return {static_cast<Area>(word >> 32 & 0xff), static_cast<std::uint32_t>(word)};
}
constexpr Place iocb_place(unsigned index) { return {Area::iocbs, index * 64}; }

// What a submit's list ends with, in place of an address.
inline constexpr std::uint64_t kNoPointer = ~std::uint64_t{0};
inline constexpr std::size_t kListed = 8;

inline constexpr std::size_t kMaxFields = 13;
inline constexpr std::size_t kMaxStatements = 64;
inline constexpr unsigned kIocbs = 16;
inline constexpr unsigned kSegments = 8;
inline constexpr unsigned kContexts = 4;
// ctx0 and ctx1 exist when a program starts; ctx2 and ctx3 are for its own io_setup.
inline constexpr unsigned kStanding = 2;
inline constexpr std::array<std::uint32_t, kStanding> kStandingEvents{1, 63};

struct Statement {
  Verb verb = Verb::submit;
  std::array<std::uint64_t, kMaxFields> field{};
  friend bool operator==(const Statement&, const Statement&) = default;
};

struct Program {
  // Where the empty rings of ctx0 and ctx1 stand at the start: head and tail.
  std::array<std::uint16_t, kStanding> start{};
  std::vector<Statement> statements;
  friend bool operator==(const Program&, const Program&) = default;
};

}  // namespace conformance::program
