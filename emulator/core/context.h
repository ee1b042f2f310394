// Context: one kioctx. Live, then dying (io_destroy has begun), then gone.
//
// Must always hold: slots in flight + slots of completed, unreaped events + free slots = nr - 1.
#pragma once

#include <cstdint>

#include "core/cancel_index.h"
#include "core/completion_ring.h"
#include "core/effects.h"
#include "core/kernel_profile.h"
#include "core/ports.h"
#include "core/request_slots.h"
#include "core/slot_pool.h"

namespace aioemu::core {

// How big a context for `nr_events` is (K17).
struct ContextSize {
  std::uint32_t ring_nr = 0;
  std::size_t ring_bytes = 0;
  std::uint32_t buckets = 0;
  std::size_t block_bytes = 0;  // the Context and everything it points into but the ring
};
// `doubled` is the doubled request count; K3 and K4 have been checked.
[[nodiscard]] ContextSize context_size(std::uint32_t doubled,
                                       const KernelProfile& profile) noexcept;

class Context {
 public:
  // Built at the start of a zeroed block of size.block_bytes.
  Context(const ContextSize& size, const RingMapping& ring, std::uint32_t charged,
          const KernelProfile& profile) noexcept;

  // K40, K99: takes a slot, looking for reaped events when there seems to be none.
  [[nodiscard]] bool take_slot() noexcept {
    if (slots_.take()) return true;
    return reclaim() && slots_.take();
  }
  void give_slot() noexcept { slots_.give(1); }

  // A record for an element that has its slot.
  [[nodiscard]] Request& acquire() noexcept {
    Request& request = requests_.acquire();
    request.context = this;
    return request;
  }
  // The opposite of acquire, without an event: for elements that fail after all.
  void withdraw(Request& request) noexcept { requests_.release(request); }

  // K126: pending polls, by address and in order of submission.
  void arm(Request& request) noexcept;
  void disarm(Request& request) noexcept;
  [[nodiscard]] Request* armed(UserAddress obj) noexcept { return cancel_.find(requests_, obj); }
  [[nodiscard]] Request* oldest_armed() const noexcept { return active_first_; }

  // Puts the event into the ring, frees the record, and says which waiters that wakes.
  Wait* complete(Request& request, std::int64_t res, WakeRule rule) noexcept;

  // hostile.h: an event that belongs to no request, in a slot that was taken for it.
  Wait* forge(const abi::IoEvent& event, WakeRule rule) noexcept;

  // K142, K114.
  std::int64_t read_events(UserMemory& memory, UserAddress to, std::int64_t nr) noexcept {
    return ring_.read(memory, to, nr);
  }

  // K111: newest first.
  void enqueue(Wait& wait) noexcept;
  void dequeue(Wait& wait) noexcept;
  // K124.
  Wait* wake_all() noexcept;

  [[nodiscard]] std::uint32_t in_flight() const noexcept { return requests_.in_use(); }
  [[nodiscard]] std::uint32_t ring_nr() const noexcept { return ring_.nr(); }
  [[nodiscard]] std::uint32_t unreaped() const noexcept { return ring_.unreaped(); }

  RingMapping mapping;  // mapping.user moves with mremap (K30)
  std::size_t block_bytes = 0;
  std::uint32_t id = 0;
  std::uint32_t charged = 0;  // to aio-nr (K13)
  std::uint32_t users = 0;    // calls inside io_submit and io_getevents
  bool dying = false;

  void set_id(std::uint32_t value) noexcept {
    id = value;
    ring_.set_id(value);
  }

 private:
  bool reclaim() noexcept;
  Wait* deliver(const abi::IoEvent& event, WakeRule rule) noexcept;
  Wait* wake_enough(std::uint32_t available) noexcept;

  CompletionRing ring_;
  SlotPool slots_;
  std::uint32_t completed_ = 0;  // events whose slots have not come back
  RequestSlots requests_;
  CancelIndex cancel_;
  Request* active_first_ = nullptr;
  Request* active_last_ = nullptr;
  Wait* waits_ = nullptr;
};

}  // namespace aioemu::core
