// Record: one thing that happened in an address space's AIO, as a plain value.
//
// Whoever embeds the core (sim, host) tells what happens, in the order in which it happens. What
// looks on (the oracles, the trace) sees nothing else, so what they say about World and about a
// real process means the same. No field is a pointer to follow: addresses are the program's own,
// and serve to tell things apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "abi/aio_abi.h"
#include "fault/questions.h"
#include "fault/rule.h"

namespace aioemu::observe {

// What happened. Behind each, the fields that it fills in besides `time`, `thread`, `who` and
// `caller`. "A request" stands for: op, fd, serial, length, offset, data, iocb, file.
// The numbers are part of the trace format: new ones go to the end.
enum class Event : std::uint8_t {
  began = 0,         // the first AIO call of this address space
  setup = 1,         // io_setup returned: count (events asked for), result
  submit = 2,        // io_submit found its context, and nr > 0: count (nr)
  refused = 3,       // an iocb of that batch was not accepted: a request without serial; result:
                     // -errno for the one at which the batch ended, 0 for those behind it; rule
  accepted = 4,      // a request
  held = 5,          // it outlives its step, in flight, and its bytes have not moved: a request,
                     // with its segments
  started = 6,       // the bytes of a held request are about to move: a request, with its segments
  completed = 7,     // its event is in the ring: a request, result; rule: the one that decided it
  signalled = 8,     // its eventfd has been signalled: a request
  submitted = 9,     // io_submit returns: count (nr), result
  wait = 10,         // io_getevents found its context: count (nr), amount (min_nr)
  reaped = 11,       // it hands out an event: data, iocb, result
  waited = 12,       // it returns: result
  cancel = 13,       // io_cancel found a request in flight: a request, result; rule
  destroy = 14,      // io_destroy found its context: count (in flight), amount (events unreaped)
  destroyed = 15,    // it returns: result
  synchronous = 16,  // World: the program's own read, write or fsync: op, fd, length, offset, file,
                     // result
  fault = 17,  // a rule made a difference: rule, layer, action, amount (errno, bytes, ns ...);
               // a request, if it is about one
  mark = 18,   // somebody outside says so: amount
  left = 19,   // the address space ends, one for each live context: as destroy
  ended = 20,  // it has ended
};
inline constexpr std::size_t kEvents = 21;

// The word for it in traces: as above. "unknown" for a number that is none.
std::string_view word_of(Event event) noexcept;
std::optional<Event> event_named(std::string_view word) noexcept;

// "pread"; empty for a number that no request has.
std::string_view word_of(abi::Opcode op) noexcept;
std::optional<abi::Opcode> opcode_named(std::string_view word) noexcept;

struct Record {
  std::uint64_t time = 0;  // ns since the run's first AIO call; virtual in World
  Event event = Event::began;
  abi::Opcode op = abi::Opcode::noop;
  fault::Layer layer = fault::Layer::submit;
  fault::Action action = fault::Action::error;
  std::int32_t rule = fault::kNoRule;
  std::int32_t fd = -1;
  std::uint32_t thread = 0;  // ordinal of the thread in its process, from 0
  fault::Identity who{};     // the call, and of a request its place in its batch
  std::uint64_t serial = 0;  // of a request: 1, 2, ... in order of acceptance in its process
  std::int64_t result = 0;
  std::uint64_t count = 0;
  std::uint64_t amount = 0;
  std::uint64_t length = 0;
  std::int64_t offset = 0;
  std::uint64_t data = 0;    // aio_data
  std::uint64_t iocb = 0;    // the program's address of it
  std::uint64_t file = 0;    // tells files apart in this run, and is the same for the same file
  std::uint64_t caller = 0;  // the program's code that called, or 0
};
static_assert(std::is_trivially_copyable_v<Record>);

}  // namespace aioemu::observe
