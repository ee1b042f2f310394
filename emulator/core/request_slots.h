// RequestSlots: the records of a context's requests, at stable addresses, without allocation.
//
// A record is free, or in flight; which one is reused next is the one freed last, so that a
// program with few requests in flight stays within few cache lines. Records are built when first
// used: a context for 65,536 events touches no more memory than its program needs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/request.h"

namespace aioemu::core {

class RequestSlots {
 public:
  RequestSlots() = default;
  // `memory` holds `capacity` records and may be uninitialised.
  RequestSlots(void* memory, std::uint32_t capacity) noexcept
      : records_(static_cast<Request*>(memory)), capacity_(capacity) {}

  // A record in state in_flight. The caller has taken a slot, so there is always one.
  [[nodiscard]] Request& acquire() noexcept {
    ++in_use_;
    if (free_ == kNoRequest) return build();
    Request& request = records_[free_];
    free_ = request.free_next;
    request.state = RequestState::in_flight;
    return request;
  }

  void release(Request& request) noexcept {
    AIOEMU_CHECK(request.state != RequestState::free);
    request.state = RequestState::free;
    request.free_next = free_;
    free_ = request.index;
    --in_use_;
  }

  [[nodiscard]] Request& at(std::uint32_t index) noexcept { return records_[index]; }
  [[nodiscard]] std::uint32_t in_use() const noexcept { return in_use_; }

 private:
  Request& build() noexcept;

  Request* records_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t built_ = 0;
  std::uint32_t free_ = kNoRequest;
  std::uint32_t in_use_ = 0;
};

}  // namespace aioemu::core
