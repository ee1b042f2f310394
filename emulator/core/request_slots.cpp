#include "core/request_slots.h"

#include <new>

namespace aioemu::core {

Request& RequestSlots::build() noexcept {
  AIOEMU_CHECK(built_ < capacity_);
  Request& request = *new (records_ + built_) Request;
  request.index = built_++;
  request.state = RequestState::in_flight;
  return request;
}

}  // namespace aioemu::core
