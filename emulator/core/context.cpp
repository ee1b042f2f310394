#include "core/context.h"

#include <bit>

namespace aioemu::core {
namespace {

constexpr std::size_t kAlign = 64;
constexpr std::size_t align_up(std::size_t bytes) { return (bytes + kAlign - 1) & ~(kAlign - 1); }

}  // namespace

// K17. Pages are counted in 64 bits: the largest legal request needs 256 MiB.
ContextSize context_size(std::uint32_t doubled, const KernelProfile& profile) noexcept {
  const std::uint64_t page = profile.page_size;
  const std::uint64_t want = std::uint64_t{doubled} + 2;
  const std::uint64_t bytes = sizeof(abi::RingHeader) + sizeof(abi::IoEvent) * want;
  const std::uint64_t pages = (bytes + page - 1) / page;
  ContextSize size;
  size.ring_bytes = pages * page;
  size.ring_nr = static_cast<std::uint32_t>((size.ring_bytes - sizeof(abi::RingHeader)) /
                                            sizeof(abi::IoEvent));
  size.buckets = std::bit_ceil(size.ring_nr / 2 + 1);
  size.block_bytes = align_up(sizeof(Context)) + align_up(sizeof(Request) * size.ring_nr) +
                     sizeof(std::uint32_t) * size.buckets;
  return size;
}

Context::Context(const ContextSize& size, const RingMapping& ring, std::uint32_t charged_nr,
                 const KernelProfile& profile) noexcept
    : mapping(ring),
      block_bytes(size.block_bytes),
      charged(charged_nr),
      ring_(ring.kernel, size.ring_nr),
      slots_(size.ring_nr - 1, profile.possible_cpus) {
  std::byte* const records = reinterpret_cast<std::byte*>(this) + align_up(sizeof(Context));
  std::byte* const buckets = records + align_up(sizeof(Request) * size.ring_nr);
  requests_ = RequestSlots(records, size.ring_nr - 1);
  cancel_ = CancelIndex(reinterpret_cast<std::uint32_t*>(buckets), size.buckets);
}

// K99: completed events that have left the ring, by whoever moved the head, free their slots.
bool Context::reclaim() noexcept {
  const std::uint32_t unreaped = ring_.unreaped();
  if (unreaped >= completed_) return false;
  const std::uint32_t freed = completed_ - unreaped;
  completed_ -= freed;
  slots_.give(freed);
  return true;
}

void Context::arm(Request& request) noexcept {
  cancel_.insert(requests_, request);
  request.active_next = nullptr;
  request.active_previous = active_last_;
  (active_last_ != nullptr ? active_last_->active_next : active_first_) = &request;
  active_last_ = &request;
}

void Context::disarm(Request& request) noexcept {
  cancel_.remove(requests_, request);
  (request.active_previous != nullptr ? request.active_previous->active_next : active_first_) =
      request.active_next;
  (request.active_next != nullptr ? request.active_next->active_previous : active_last_) =
      request.active_previous;
}

inline Wait* Context::deliver(const abi::IoEvent& event, WakeRule rule) noexcept {
  ring_.push(event);
  if (++completed_ > 1) reclaim();
  if (waits_ == nullptr) return nullptr;
  if (rule == WakeRule::every_completion) return wake_all();
  return wake_enough(ring_.available());
}

Wait* Context::complete(Request& request, std::int64_t res, WakeRule rule) noexcept {
  const auto event = abi::IoEvent{request.data, request.obj, res, 0};
  requests_.release(request);
  return deliver(event, rule);
}

Wait* Context::forge(const abi::IoEvent& event, WakeRule rule) noexcept {
  return deliver(event, rule);
}

void Context::enqueue(Wait& wait) noexcept {
  wait.woken = false;
  wait.queued = true;
  wait.previous = nullptr;
  wait.next = waits_;
  if (waits_ != nullptr) waits_->previous = &wait;
  waits_ = &wait;
}

void Context::dequeue(Wait& wait) noexcept {
  if (!wait.queued) return;
  (wait.previous != nullptr ? wait.previous->next : waits_) = wait.next;
  if (wait.next != nullptr) wait.next->previous = wait.previous;
  wait.queued = false;
}

// K109: only those that would get all they still need.
Wait* Context::wake_enough(std::uint32_t available) noexcept {
  Wait* woken = nullptr;
  Wait** last = &woken;
  for (Wait* wait = waits_; wait != nullptr;) {
    Wait* const next = wait->next;
    if (std::int64_t{available} >= wait->min_nr - wait->got) {
      dequeue(*wait);
      wait->woken = true;
      wait->next_woken = nullptr;
      *last = wait;
      last = &wait->next_woken;
    }
    wait = next;
  }
  return woken;
}

Wait* Context::wake_all() noexcept {
  Wait* const woken = waits_;
  for (Wait* wait = waits_; wait != nullptr; wait = wait->next) {
    wait->queued = false;
    wait->woken = true;
    wait->next_woken = wait->next;
  }
  waits_ = nullptr;
  return woken;
}

}  // namespace aioemu::core
