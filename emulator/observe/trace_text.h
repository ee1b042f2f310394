// TraceText: an observer that keeps the trace as text, for owners in one process.
#pragma once

#include <string>

#include "observe/observer.h"
#include "observe/trace_writer.h"

namespace aioemu::observe {

// Unlike other observers it allocates: it is for a World, or for a test. One thread at a time.
class TraceText final : public Observer {
 public:
  explicit TraceText(const TraceHeader& header)
      : writer_(header.rules), text_(header_line(header)) {
    want(kAllEvents);
  }
  void see(const Record& record, std::span<const abi::Segment>) noexcept override {
    writer_.append(text_, record);
  }
  // The header's line, and one for each record so far.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  TraceWriter writer_;
  std::string text_;
};

}  // namespace aioemu::observe
