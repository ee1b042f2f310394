// The values the core returns: what should happen now, as data.
#pragma once

#include <cstdint>

#include "base/errno.h"
#include "core/request.h"

namespace aioemu::core {

class Context;

// One call of io_getevents or io_pgetevents that could not return at once. Owned by the caller,
// who keeps it in place from getevents_begin until `done`; linked into its context meanwhile.
struct Wait {
  // For the caller.
  bool forever = false;          // no timeout; otherwise sleep for at most:
  std::uint64_t timeout_ns = 0;  // relative to the call; positive
  bool has_mask = false;         // io_pgetevents: wait with this signal mask
  std::uint64_t mask = 0;
  bool woken = false;  // set when a completion or io_destroy ends the sleep
  Wait* next_woken = nullptr;

  // The core's own.
  Context* context = nullptr;
  UserAddress events = 0;
  std::int64_t min_nr = 0;
  std::int64_t nr = 0;
  std::int64_t got = 0;
  bool queued = false;
  Wait* previous = nullptr;
  Wait* next = nullptr;
};

// What follows from one completed request. The order is part of the contract: the event is in the
// ring already; signal the eventfd (K92), then wake the waiters.
struct Completion {
  // The record as it was, and what became of it: to look at until the Kernel's next call.
  const Request* request = nullptr;
  std::int64_t res = 0;
  FileRef file = FileRef::none;     // not needed by this request any more
  FileRef eventfd = FileRef::none;  // add 1 to its counter and drop the reference; or none
  // Waiters to wake, most recent first (K111), by next_woken. A waiter may leave, and its Wait go,
  // as soon as it runs again: walk the chain under the lock that serves this Kernel.
  Wait* woken = nullptr;
  bool drained = false;  // a dying context may be finished: see Kernel::destroy_finish
};

// The outcome of one element of a batch.
struct Step {
  enum class Kind : std::uint8_t {
    finished,   // the batch is over: call submit_end
    transfer,   // accepted: move the bytes, then complete
    sync,       // accepted: fsync (or fdatasync), then complete
    poll,       // accepted: armed in its file's PollQueue; report wake-ups with poll_wake
    completed,  // accepted and complete already: a poll on a ready file (K82)
    ready,      // the same, if Submission::hands_out_ready_polls: complete it with completion.res
  };
  Kind kind = Kind::finished;
  Request* request = nullptr;  // transfer, sync, poll, ready
  Completion completion;       // completed, ready
};

// One io_submit between begin and end. Owned by the caller; its context lives at least as long.
struct Submission {
  Context* context = nullptr;
  UserAddress array = 0;
  std::int64_t nr = 0;        // after the clamp
  std::int64_t accepted = 0;  // elements that count
  int error = 0;              // why it stopped early, 0 otherwise
  bool over = false;
  bool hands_out_ready_polls = false;  // the owner's to set
  // The element being handled.
  UserAddress iocb_address = 0;
  // Undefined until an element has been fetched. In one cache line, for the loads that follow the
  // copy at once.
  alignas(64) abi::Iocb iocb;
};

// A poll that is due, out of its queue: no io_cancel finds it any more (K128).
struct DuePoll {
  Request* request = nullptr;  // null: no poll is concerned
  std::int64_t res = 0;        // complete it with this
};

// How a file became ready.
struct PollWake {
  std::uint32_t carried = 0;  // the mask the wake-up carries, 0 for none: then re-read the state
  std::uint32_t state = 0;    // the file's poll state now
};

// The first half of io_getevents: a result, or a Wait to sleep on.
struct WaitStatus {
  bool blocked = false;
  long result = 0;  // only when not blocked
  bool drained = false;
  static WaitStatus done(long result, bool drained = false) noexcept {
    return {false, result, drained};
  }
  static WaitStatus sleep() noexcept { return {true, 0, false}; }
};

enum class WakeReason : std::uint8_t { woken, timed_out, interrupted };

// The first half of io_destroy.
struct DestroyStart {
  long result = 0;
  Context* context = nullptr;  // null unless result is 0
  Wait* woken = nullptr;       // wake these before waiting
};

// io_cancel: the result, and the request whose event is now due.
struct CancelOutcome {
  long result = 0;
  Request* request = nullptr;  // complete it with 0, soon
};

}  // namespace aioemu::core
