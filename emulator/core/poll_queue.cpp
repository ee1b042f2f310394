#include "core/poll_queue.h"

namespace aioemu::core {

void PollQueue::push(Request& request) noexcept {
  request.queue_previous = nullptr;
  request.queue_next = first_;
  if (first_ != nullptr) first_->queue_previous = &request;
  first_ = &request;
}

void PollQueue::remove(Request& request) noexcept {
  (request.queue_previous != nullptr ? request.queue_previous->queue_next : first_) =
      request.queue_next;
  if (request.queue_next != nullptr) request.queue_next->queue_previous = request.queue_previous;
  request.queue_previous = nullptr;
  request.queue_next = nullptr;
}

}  // namespace aioemu::core
