// TraceWriter: records as the lines of a trace. Addresses stay out of it: what a run's trace says
// is the same in each run that did the same.
//
// Threading: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "observe/record.h"
#include "observe/trace_format.h"

namespace aioemu::observe {

// The first line, with its newline.
std::string header_line(const TraceHeader& header);

class TraceWriter {
 public:
  using NameOf = std::function<std::string(std::uint64_t file)>;
  // `name_of` gives the path of a file by its number in records; empty when it is not known.
  explicit TraceWriter(const std::vector<std::string>& rules, NameOf name_of = {});

  // Adds the line of `record` to `out`, and before it the line of a file that was not met before.
  void append(std::string& out, const Record& record);
  // Lines that are about no record.
  void append_mark(std::string& out, std::uint64_t time, std::string_view text) const;
  void append_lost(std::string& out, std::uint64_t count) const;
  // A rule that has joined the plan: the next number is its.
  void append_rule(std::string& out, const std::string& word, std::string_view text);

 private:
  struct Unreaped {
    std::uint64_t iocb;
    std::uint64_t serial;
  };
  using ContextKey = std::uint64_t;

  void append_request(std::string& out, const Record& record);
  void append_place(std::string& out, const Record& record) const;
  void append_rule_of(std::string& out, const Record& record) const;
  std::uint64_t number_of_file(std::string& out, std::uint64_t file);
  std::uint64_t serial_of(const Record& reaped);
  void follow(const Record& record);

  std::vector<std::string> rules_;  // quoted
  NameOf name_of_;
  std::uint64_t last_file_ = 0;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> files_;
  ContextKey last_context_ = 0;
  std::deque<Unreaped>* last_unreaped_ = nullptr;
  std::map<ContextKey, std::deque<Unreaped>> unreaped_;
};

}  // namespace aioemu::observe
