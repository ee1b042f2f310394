// A Backend on the machine itself: six calls of some implementation in this process, real
// descriptors, threads, signals and forks around them.
#pragma once

#include <memory>
#include <string>

#include "conformance/backend.h"
#include "conformance/backends/six_calls.h"

namespace conformance {

// Measures the Facts first, which makes one context for a moment. `kernel` is shown in reports.
// `library_reads_ring`: see Facts.
std::unique_ptr<Backend> make_real_backend(std::string name, std::unique_ptr<SixCalls> calls,
                                           std::string kernel, bool library_reads_ring);

// Whether io_getevents answers from the ring alone when it is empty and the timeout is zero
// (K144). False when in doubt.
bool answers_from_ring(SixCalls& calls);

// Empty when io_setup is there at all; else why not ("io_setup answers ENOSYS").
std::string why_unavailable(SixCalls& calls);

}  // namespace conformance
