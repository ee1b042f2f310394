// A Backend on the machine itself: six calls of some implementation in this process, real
// descriptors, threads, signals and forks around them.
#pragma once

#include <memory>
#include <string>

#include "conformance/backend.h"
#include "conformance/backends/six_calls.h"

namespace conformance {

// Measures the Facts first, which makes one context for a moment. `kernel` is shown in reports.
std::unique_ptr<Backend> make_real_backend(std::string name, std::unique_ptr<SixCalls> calls,
                                           std::string kernel);

// Empty when io_setup is there at all; else why not ("io_setup answers ENOSYS").
std::string why_unavailable(SixCalls& calls);

}  // namespace conformance
