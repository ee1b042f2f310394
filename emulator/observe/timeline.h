// Timelines: a trace as a picture.
#pragma once

#include <cstddef>
#include <string>

#include "observe/trace_reader.h"

namespace aioemu::observe {

// Chrome's trace-event JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing open. Each
// context is a group of tracks: one for the calls of each thread, and as many for requests as were
// under way at once. A request is a span from submit to reap, divided where it started and where it
// completed. Faults and marks are points.
std::string chrome_timeline(const Trace& trace);

struct TextTimeline {
  std::size_t width = 80;  // columns
  std::size_t rows = 40;   // requests of a context that are shown, at most
};
// The same for a terminal, one line per request. When there are more than fit, those that a fault
// met or that failed are shown first.
std::string text_timeline(const Trace& trace, const TextTimeline& size);

}  // namespace aioemu::observe
