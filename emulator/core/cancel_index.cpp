#include "core/cancel_index.h"

#include "base/prng.h"

namespace aioemu::core {

std::uint32_t& CancelIndex::head_of(UserAddress obj) const noexcept {
  return heads_[Prng::mix(obj) & mask_];
}

// A chain is circular backwards: the first record's bucket_previous is the last one, which makes
// appending constant-time.
void CancelIndex::insert(RequestSlots& slots, Request& request) noexcept {
  std::uint32_t& head = head_of(request.obj);
  request.bucket_next = kNoRequest;
  if (head == 0) {
    head = request.index + 1;
    request.bucket_previous = request.index;
    return;
  }
  Request& first = slots.at(head - 1);
  slots.at(first.bucket_previous).bucket_next = request.index;
  request.bucket_previous = first.bucket_previous;
  first.bucket_previous = request.index;
}

void CancelIndex::remove(RequestSlots& slots, Request& request) noexcept {
  std::uint32_t& head = head_of(request.obj);
  const bool is_first = head == request.index + 1;
  if (request.bucket_next != kNoRequest) {
    slots.at(request.bucket_next).bucket_previous = request.bucket_previous;
  } else if (!is_first) {
    slots.at(head - 1).bucket_previous = request.bucket_previous;
  }
  if (is_first) {
    head = request.bucket_next == kNoRequest ? 0 : request.bucket_next + 1;
  } else {
    slots.at(request.bucket_previous).bucket_next = request.bucket_next;
  }
}

Request* CancelIndex::find(RequestSlots& slots, UserAddress obj) const noexcept {
  std::uint32_t next = head_of(obj);
  if (next == 0) return nullptr;
  for (std::uint32_t index = next - 1; index != kNoRequest;) {
    Request& request = slots.at(index);
    if (request.obj == obj) return &request;
    index = request.bucket_next;
  }
  return nullptr;
}

}  // namespace aioemu::core
