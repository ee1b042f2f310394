// Finding: what an oracle has seen, as a value of fixed size, and in words.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "observe/oracle.h"
#include "observe/record.h"

namespace aioemu::observe {

// What a rule did to a request.
struct Deed {
  std::uint64_t time = 0;
  std::uint64_t amount = 0;
  std::int32_t rule = fault::kNoRule;
  fault::Layer layer = fault::Layer::complete;
  fault::Action action = fault::Action::error;
};

// How far a request has come.
enum class Stage : std::uint8_t {
  refused,    // io_submit did not accept it
  held,       // in flight, its bytes have not moved
  started,    // its bytes are moving
  completed,  // its event is in the ring
};

// One request from its submit on.
struct Story {
  static constexpr std::size_t kDeeds = 3;

  Record request;  // as it was submitted: when, and where in the program
  std::array<Deed, kDeeds> deeds{};
  std::uint32_t deed_count = 0;  // of all, kept or not
  Stage stage = Stage::refused;
  std::uint32_t attempts = 1;  // refused: how often it was offered
  std::uint64_t end_time = 0;  // completed
  std::int64_t result = 0;     // completed: res; refused: -errno, or 0
  std::int32_t end_rule = fault::kNoRule;

  void add(const Record& fault) noexcept {
    if (deed_count < kDeeds) {
      deeds[deed_count] = {fault.time, fault.amount, fault.rule, fault.layer, fault.action};
    }
    ++deed_count;
  }
};

// What became of a buffer.
enum class Form : std::uint8_t { none, write_buffer_changed, read_buffer_written, unmapped };

struct Finding {
  Oracle oracle = Oracle::dropped_iocb;
  Form form = Form::none;  // buffer_ownership
  std::uint64_t low = 0;   // buffer_ownership: the bytes that differ lie in [low, high)
  std::uint64_t high = 0;
  Story story;
  // What showed it: the destroy (unreaped_events), the moment when the bytes move
  // (buffer_ownership), the other request (iocb_reused, overlap), the end (leaked_context).
  Record seen;
};
static_assert(std::is_trivially_copyable_v<Finding>);

// What numbers are called, for who prints. Each may be empty, and may answer with an empty text.
struct Names {
  std::function<std::string(std::int32_t)> rule;   // its name or text
  std::function<std::string(std::uint64_t)> code;  // an address: "writer+0x1b2c (flush)"
  std::function<std::string(std::uint64_t)> file;  // a path
};

// Several plain lines: what is wrong, where it happened, what to do about it.
std::vector<std::string> describe(const Finding& finding, const Names& names);
// One line about a request in flight: what, where it was submitted.
std::string describe(const Story& story, const Names& names);
// Why a request in flight has not completed: one line.
std::string why_in_flight(const Story& story, const Names& names);
// "1.5 ms"
std::string spoken_time(std::uint64_t ns);

}  // namespace aioemu::observe
