// Lifelines: what a trace says about each request, from submit to reap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "observe/trace_reader.h"

namespace aioemu::observe {

struct Lifeline {
  Record request;  // its acceptance
  std::optional<std::uint64_t> started;
  std::optional<std::uint64_t> completed;
  std::optional<std::uint64_t> reaped;
  std::int64_t result = 0;          // once completed
  std::vector<std::size_t> faults;  // records of the trace that are about it

  [[nodiscard]] std::uint64_t process() const noexcept { return request.who.process; }
  [[nodiscard]] std::uint64_t context() const noexcept { return request.who.context; }
  [[nodiscard]] std::uint64_t begin() const noexcept { return request.time; }
  // The last thing that is known of it.
  [[nodiscard]] std::uint64_t end() const noexcept;
};

// In order of acceptance. A request whose acceptance is missing from the trace has none.
std::vector<Lifeline> lifelines_of(const Trace& trace);

// "pwrite 4096 at 8192 of data.db", "fsync of /tmp/f".
std::string description_of(const Record& request, const Trace& trace);
// "EIO", "4096", "in flight".
std::string outcome_of(const Lifeline& line);
// "a: errno EIO": the rule and what it did.
std::string fault_text(const Record& fault, const Trace& trace);

}  // namespace aioemu::observe
