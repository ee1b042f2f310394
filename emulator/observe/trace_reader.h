// read_trace: the text of a trace, as values again.
//
// Lines and members that this version does not know are passed over, so that an older reader can
// make something of a newer trace of the same version; what it does know must make sense.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "observe/record.h"
#include "observe/trace_format.h"

namespace aioemu::observe {

struct TraceMark {
  std::uint64_t time = 0;
  std::string text;
  std::size_t before = 0;  // the record before which it was made
};

struct Trace {
  TraceHeader header;           // with the rules that came later
  std::vector<Record> records;  // `file` is the number that the trace gave it; no iocb, no caller
  std::map<std::uint64_t, std::string> files;
  std::vector<TraceMark> marks;
  std::uint64_t lost = 0;  // records that are missing
};

// Or why not: "line 3: no event is called 'helt'".
std::variant<Trace, std::string> read_trace(std::string_view text);

}  // namespace aioemu::observe
