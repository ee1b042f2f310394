// Telling: puts what happens in an address space into records, for whoever looks on.
//
// Each function asks first whether somebody wants that record. Without an observer all of it is the
// test of one pointer.
//
// Threading: the address space's lock.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/effects.h"
#include "core/ports.h"
#include "fault/injector.h"
#include "host/environment.h"
#include "host/request_note.h"
#include "host/thread_ordinals.h"
#include "observe/observer.h"

namespace aioemu::host {

// One call of the program's, as far as records are about it.
struct CallNote {
  fault::Identity who;
  std::uint64_t caller = 0;
  std::uint32_t thread = 0;
};

class Telling {
 public:
  Telling(const Seat& seat, const fault::Injector& injector, core::UserMemory& memory) noexcept;

  // Does anybody look on, or does any rule ask about calls and requests, or an order? If not,
  // identities and threads need not be counted.
  [[nodiscard]] bool attentive() const noexcept { return attentive_; }
  [[nodiscard]] bool wants(observe::Event event) const noexcept {
    return observer_ != nullptr && observer_->wants(event);
  }
  [[nodiscard]] bool observed() const noexcept { return observer_ != nullptr; }

  // The call that the calling thread is in; its identity is left to the caller. At the call's
  // entry.
  [[nodiscard]] CallNote call() noexcept;
  // Nanoseconds since the run's first AIO call.
  [[nodiscard]] std::uint64_t now() const noexcept;
  // What questions about this call have in common.
  [[nodiscard]] fault::Moment moment(const CallNote& call, std::uint64_t inflight) const noexcept {
    return {call.thread, inflight, times_matter_ ? now() : 0};
  }

  // ---- the address space ----
  void began() noexcept;
  // Once, however often the end is announced.
  void left(const core::Context& context, const fault::Identity& who) noexcept;
  void ended() noexcept;

  // ---- calls: when they found what they ask for, and when they return ----
  void setup(const CallNote& call, std::uint32_t nr_events, long result) noexcept;
  void submit(const CallNote& call, std::int64_t nr) noexcept;
  // What the batch left behind, and the call's result. `nr` as the program gave it; `rule` cut the
  // batch, or none did.
  void submitted(const CallNote& call, const core::Submission& batch, std::int64_t nr, long result,
                 int rule) noexcept;
  void wait(const CallNote& call, std::int64_t min_nr, std::int64_t nr) noexcept;
  // The events at `events`, and the call's result.
  void waited(const CallNote& call, core::UserAddress events, long result) noexcept;
  void cancel(const CallNote& call, const core::Request& request, long result, int rule) noexcept;
  void destroy(const CallNote& call, const core::Context& context) noexcept;
  void destroyed(const CallNote& call, long result) noexcept;

  // ---- requests that have a note; nothing about others ----
  void accepted(const core::Request& request, RequestNote* note) noexcept;
  void held(const core::Request& request) noexcept { moved(observe::Event::held, request); }
  void started(const core::Request& request) noexcept { moved(observe::Event::started, request); }
  void completed(const core::Request& request, const RequestNote& note, std::int64_t res,
                 int rule) noexcept;
  void signalled(const core::Request& request, const RequestNote& note) noexcept;
  // The same in two steps, for a signal that comes when the request is gone.
  [[nodiscard]] static observe::Record signal_of(const core::Request& request,
                                                 const RequestNote& note) noexcept;
  void signalled_late(observe::Record& record) noexcept;

  // ---- faults: `rule` made a difference of `amount` ----
  void fault(const CallNote& call, int rule, std::uint64_t amount) noexcept;
  void fault(const core::Request& request, const RequestNote& note, int rule,
             std::uint64_t amount) noexcept;

 private:
  [[nodiscard]] static observe::Record about(observe::Event event, const CallNote& call) noexcept;
  [[nodiscard]] static observe::Record about(observe::Event event, const core::Request& request,
                                             const RequestNote& note) noexcept;
  void see(observe::Record& record, std::span<const abi::Segment> segments = {}) noexcept;
  void say_fault(observe::Record& record, int rule, std::uint64_t amount) noexcept;
  void moved(observe::Event event, const core::Request& request) noexcept;

  observe::Observer* const observer_;
  const fault::Injector& injector_;
  core::UserMemory& memory_;
  std::atomic<std::uint64_t>* began_;  // the run's first AIO call, by the monotonic clock
  std::atomic<std::uint64_t> own_beginning_{0};
  const std::uint64_t process_;
  const bool attentive_;
  const bool times_matter_;
  bool over_ = false;
  ThreadOrdinals threads_;
};

}  // namespace aioemu::host
