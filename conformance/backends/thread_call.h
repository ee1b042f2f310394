// A call that may sleep, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "conformance/backend.h"

namespace conformance {

// Starts `call` at once. A call that is still asleep when the PendingCall goes is interrupted; one
// that survives even that is left behind on its thread, and `*stuck` (owned by the backend, which
// outlives the call) gets a sentence about it: the backend is unusable from then on.
std::unique_ptr<PendingCall> start_on_thread(std::function<long()> call, std::string* stuck);

}  // namespace conformance
