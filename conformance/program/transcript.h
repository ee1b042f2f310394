// Transcript: everything that a program could see while it ran.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conformance/program/program.h"

namespace conformance::program {

// io_event, which compares.
struct Event {
  std::uint64_t data = 0;
  std::uint64_t obj = 0;
  std::int64_t res = 0;
  std::int64_t res2 = 0;
  // clang-tidy 14 sees a null pointer in it.
  friend auto operator<=>(const Event&, const Event&) = default;  // NOLINT(modernize-use-nullptr)
};

// An event that reached a ring while a step ran.
struct Arrival {
  Event event;
  std::uint8_t context = 0;  // 0..3
  // The kernel completes the request apart from the call that causes it: fsync, O_DIRECT, what
  // was cancelled, and polls whose wake-up carries no mask.
  bool apart = false;
  friend auto operator<=>(const Arrival&, const Arrival&) = default;
};

struct RingView {
  bool there = false;  // set up and readable
  std::uint32_t head = 0;
  std::uint32_t tail = 0;
  friend bool operator==(const RingView&, const RingView&) = default;
};

// The call was not made, because it could do harm or would sleep for ever outside of AIO.
inline constexpr long kSkipped = -100000;

struct Step {
  long result = 0;
  bool interrupted = false;   // it slept, and a signal ended it
  std::uint32_t signals = 0;  // SIGPIPE that it got
  std::vector<Event> reaped;
  std::vector<Arrival> arrived;
  std::array<RingView, kContexts> rings{};
  std::uint64_t memory = 0;  // digest of buffer, iocbs and events
  friend bool operator==(const Step&, const Step&) = default;
};

// What the end of the program shows, after every poll has been cancelled.
struct Ending {
  std::vector<Arrival> arrived;                 // what the cancels gave
  std::array<long, kContexts> missing{};        // accepted requests without a completion
  std::array<std::uint32_t, kContexts> room{};  // slots that can be had when all is reaped
  std::vector<std::uint64_t> files;             // size, digest, counter: two words per file in use
  friend bool operator==(const Ending&, const Ending&) = default;
};

struct Transcript {
  std::string side;   // "emulator", "kernel"
  std::string fault;  // why there is no more: a crash, a hang; empty when it ran to its end
  std::vector<Step> steps;
  Ending ending;
};

// One line per step.
std::string print(const Transcript& transcript);
std::string print(const Step& step);
std::string print(const Ending& ending);
std::string describe_result(long result);
// Reads what print wrote. The string says what is wrong, with the line.
std::variant<Transcript, std::string> parse_transcript(std::string_view text);

}  // namespace conformance::program
