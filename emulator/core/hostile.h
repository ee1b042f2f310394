// The back door of `hostile` faults: events that no request has earned, and a ring whose header
// lies. The only way in; nothing else in the core knows of faults.
#pragma once

#include <cstdint>

#include "abi/aio_abi.h"
#include "core/effects.h"
#include "core/kernel_profile.h"

namespace aioemu::core {

class Context;

struct ForgedEvent {
  bool delivered = false;  // false: the ring has no room that is not promised to somebody
  Wait* woken = nullptr;   // as in Completion
};

// Puts `event` into the ring. It takes a free slot, so that no true event can be without room.
ForgedEvent forge_event(Context& context, const abi::IoEvent& event, WakeRule rule) noexcept;

// Overwrites one word of what the program sees of the header: head, tail, size or magic, with
// something that follows from `random`. What the kernel itself trusts stays as it is.
void corrupt_ring(Context& context, std::uint64_t random) noexcept;

}  // namespace aioemu::core
