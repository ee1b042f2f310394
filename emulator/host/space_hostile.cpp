// What no kernel does: `hostile` faults. Events twice or out of nowhere, with the wrong result or
// cookie, before their bytes; a ring whose header lies.
//
// All of it happens where a request completes, under the lock. What the core would never do by
// itself goes through its one back door (core/hostile.h).

#include <algorithm>
#include <array>
#include <new>

#include "base/prng.h"
#include "core/context.h"
#include "core/hostile.h"
#include "host/request_bytes.h"
#include "host/space.h"

namespace aioemu::host {

using fault::Action;
using fault::HostileDecision;
using fault::Layer;

bool Space::hostile_to(const core::Request& request) const noexcept {
  return (seat_.injector->operations_of(Layer::hostile) & fault::op_bit(request.op)) != 0;
}

// ---- bytes that come after their event ----

// Room for what the buffer holds before a read, if some rule may want that back.
void Space::prepare_hiding(core::Request& request) noexcept {
  RequestNote* const about = RequestNotes::of(request);
  if (about == nullptr || !request.reads() || !hostile_to(request) || !hides()) return;
  if (request.length == 0 || request.length > kMostHidden) return;
  about->before = static_cast<std::byte*>(pages_.allocate(request.length));
  about->before_bytes = about->before != nullptr ? request.length : 0;
}

// Does some rule let events come before their bytes? Rules may join at any time.
bool Space::hides() noexcept {
  const std::span<const fault::CompiledRule> rules = seat_.injector->rules();
  for (; looked_at_ < rules.size(); ++looked_at_) {
    if (rules[looked_at_].body.act.action == Action::event_before_data) hides_ = true;
  }
  return hides_;
}

void Space::discard_hidden(RequestNote& about) noexcept {
  pages_.release(about.before, about.before_bytes);
  about.before = nullptr;
}

// Without the lock.
long Space::transfer_noted(int fd, const core::Request& request, bool verified) noexcept {
  RequestNote* const about = RequestNotes::of(request);
  if (about != nullptr && about->before != nullptr) [[unlikely]] {
    const RequestBytes bytes(request, memory_);
    about->remembered = bytes.take(0, about->before, std::min(request.length, about->before_bytes));
  }
  return medium_.transfer(fd, request, verified);
}

// The bytes that a read has brought go away again, and come when the timer says so. False when
// there are none, or nobody knows what was there before.
bool Space::hide_data(const core::Request& request, RequestNote& about, std::int64_t res,
                      Outbox& outbox) noexcept {
  constexpr std::uint64_t kLate = 1'000'000;
  if (about.before == nullptr || !about.remembered || res <= 0) return false;
  const std::size_t room = request.segment_count * sizeof(abi::Segment);
  auto* const segments = static_cast<abi::Segment*>(pages_.allocate(room));
  void* const block = pages_.allocate(sizeof(LateData));
  if (segments == nullptr || block == nullptr) {
    pages_.release(segments, room);
    pages_.release(block, sizeof(LateData));
    return false;
  }
  std::copy_n(request.segments, request.segment_count, segments);
  auto* const late = new (block) LateData;
  late->request.op = request.op;
  late->request.segments = segments;
  late->request.segment_count = request.segment_count;
  late->bytes = about.before;
  late->room = about.before_bytes;
  late->count = std::min(static_cast<std::uint64_t>(res), late->room);
  about.before = nullptr;
  exchange(*late);
  late->next_data = late_data_;
  late_data_ = late;
  worker_.set_timer(*late, monotonic_ns() + kLate, outbox);
  return true;
}

// Swaps what is in the program's buffers for what is kept here.
void Space::exchange(const LateData& late) noexcept {
  std::array<std::byte, 512> piece;
  const RequestBytes bytes(late.request, memory_);
  for (std::uint64_t at = 0; at < late.count; at += piece.size()) {
    const std::uint64_t count = std::min<std::uint64_t>(piece.size(), late.count - at);
    if (!bytes.take(at, piece.data(), count)) return;
    bytes.put(at, late.bytes + at, count);
    std::copy_n(piece.data(), count, late.bytes + at);
  }
}

void Space::show_data(LateData& late) noexcept {
  LateData** link = &late_data_;
  while (*link != &late) link = &(*link)->next_data;
  *link = late.next_data;
  exchange(late);
  release_data(late);
}

void Space::release_data(LateData& late) noexcept {
  pages_.release(late.bytes, late.room);
  pages_.release(late.request.segments, late.request.segment_count * sizeof(abi::Segment));
  pages_.release(&late, sizeof(LateData));
}

// At the end of the address space: the buffers may be gone.
void Space::drop_data() noexcept {
  while (LateData* const late = late_data_) {
    late_data_ = late->next_data;
    release_data(*late);
  }
}

// ---- events ----

void Space::finish_noted(core::Request& request, std::int64_t res, Outbox& outbox,
                         bool eventfd_nonblocking) noexcept {
  RequestNote* const about = RequestNotes::of(request);
  if (!hostile_to(request)) {
    settle_noted(kernel_.complete(request, res), outbox, eventfd_nonblocking);
    return;
  }
  const HostileDecision decision = seat_.injector->decide(fault::HostileChance{about->question});
  if (decision.fires) res = hostile_result(request, *about, decision, res, outbox);
  if (about->before != nullptr) discard_hidden(*about);
  const abi::IoEvent event{request.data, request.obj, res, 0};
  core::Context& context = *request.context;
  settle_noted(kernel_.complete(request, res), outbox, eventfd_nonblocking);
  if (decision.fires) forge(context, decision, event, outbox);
}

// What is wrong with the event itself, or with when it comes.
std::int64_t Space::hostile_result(core::Request& request, RequestNote& about,
                                   const HostileDecision& decision, std::int64_t res,
                                   Outbox& outbox) noexcept {
  constexpr std::uint64_t kFew = 4096;
  const std::uint64_t random = Prng::mix(decision.random);
  if (decision.action == Action::event_before_data && !hide_data(request, about, res, outbox)) {
    take_back(decision.rule);
    return res;
  }
  if (decision.action == Action::res_too_large) {
    res = static_cast<std::int64_t>(about.question.length + 1 + random % kFew);
  } else if (decision.action == Action::wrong_data) {
    request.data ^= random | 1U;
  }
  about.culprit = decision.rule;
  telling_.accepted(request, &about);
  telling_.fault(request, about, decision.rule, static_cast<std::uint64_t>(res));
  return res;
}

// Events that nobody has a right to, and a header that lies.
void Space::forge(core::Context& context, const HostileDecision& decision, abi::IoEvent event,
                  Outbox& outbox) noexcept {
  const std::uint64_t random = Prng::mix(decision.random);
  if (decision.action == Action::ring_corrupt) {
    core::corrupt_ring(context, random);
    return;
  }
  if (decision.action == Action::spurious) {
    event = {random, Prng::mix(random), static_cast<std::int64_t>(random % 4096), 0};
  } else if (decision.action != Action::duplicate) {
    return;
  }
  const core::ForgedEvent forged = core::forge_event(context, event, kernel_.profile().wake_rule);
  if (!forged.delivered) take_back(decision.rule);
  if (forged.woken != nullptr) wake(forged.woken, outbox);
}

}  // namespace aioemu::host
