// The one session of a process that is served without its knowledge: under the preload library or
// the drop-in libaio.
#pragma once

#include <atomic>

#include "host/session.h"

namespace aioemu::host {

extern std::atomic<Session*> known_process_session;
Session& make_process_session() noexcept;

// Made by the first call: the session that AIOEMU_SESSION names; otherwise a private one after
// AIOEMU_PLAN, AIOEMU_SEED and AIOEMU_AIO_MAX_NR. Never destroyed. Any thread. What these variables
// say is the same for the whole life of the process.
//
// A bad AIOEMU_PLAN or number ends the process at once, with the reason on standard error and
// status 125: nothing may run with half a plan.
inline Session& process_session() noexcept {
  Session* const session = known_process_session.load(std::memory_order_acquire);
  return session != nullptr ? *session : make_process_session();
}

}  // namespace aioemu::host
