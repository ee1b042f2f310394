// The words of a trace: what its lines call things. docs/trace.md describes the format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/plan.h"
#include "observe/record.h"

namespace aioemu::observe {

// Changes when a reader of the old one would misunderstand; members may be added without.
inline constexpr std::uint32_t kTraceVersion = 1;
inline constexpr std::string_view kTraceFormat = "aioemu-trace";

// What lines say about records, one bit each.
enum class Field : std::uint32_t {
  request = 1U << 0U,  // op, fd, serial, offset, length, file, data
  result = 1U << 1U,
  rule = 1U << 2U,   // left out where no rule is concerned
  call = 1U << 3U,   // ctx, call
  index = 1U << 4U,  // the place in the batch
  place = 1U << 5U,  // layer, action: what a rule does
  serial = 1U << 6U,
  context = 1U << 7U,  // ctx
};
using FieldSet = std::uint32_t;

struct EventFormat {
  FieldSet fields = 0;
  std::string_view count;   // what the record's `count` is called; empty: it says nothing
  std::string_view amount;  // the same of `amount`
  [[nodiscard]] constexpr bool has(Field field) const noexcept {
    return (fields & static_cast<FieldSet>(field)) != 0;
  }
};
EventFormat format_of(Event event) noexcept;

// "fsync eio_clean"; "unknown" for what is no site.
std::string_view action_word(fault::Layer layer, fault::Action action) noexcept;
std::optional<fault::Action> action_named(fault::Layer layer, std::string_view word) noexcept;

// What the rules are called: their names, or their texts; where two would be called the same, the
// later ones get a number.
std::vector<std::string> rule_words(const fault::FaultPlan& plan);
// The same for one that joins `words`.
std::string rule_word(const fault::FaultRule& rule, std::span<const std::string> words);

// The first line.
struct TraceHeader {
  std::string aioemu;  // the version that wrote it
  std::string engine;  // "run" or "world"
  std::vector<std::string> command;
  std::uint64_t seed = 0;
  std::uint64_t aio_max_nr = 0;
  std::string plan;  // as print() gives it, profiles expanded
  std::vector<std::string> rules;
};

}  // namespace aioemu::observe
