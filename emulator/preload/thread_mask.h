// Does the calling thread block SIGSEGV or SIGBUS? Then its copies of user memory must not fault,
// and the guarded memory has to be told.
#pragma once

#include <csignal>

namespace aioemu::preload {

// Before each emulated call: asks the kernel when the answer is not known. One system call per
// thread, and one after each change that concerns the two signals.
void learn_thread_mask() noexcept;

// The thread is about to change its mask with `set` (which may be null).
void forget_thread_mask(const sigset_t* set) noexcept;

}  // namespace aioemu::preload
