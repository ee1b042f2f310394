#include "conformance/program/requests.h"

#include <linux/aio_abi.h>

namespace conformance::program {

void Requests::forget() {
  all_.clear();
  first_open_ = 0;
}

const Accepted* Requests::complete(const Arrival& arrival) {
  while (first_open_ < all_.size() && all_[first_open_].done) ++first_open_;
  // Of several that look the same in the event, a poll can still be waiting, the others cannot.
  Accepted* found = nullptr;
  for (std::size_t i = first_open_; i < all_.size(); ++i) {
    Accepted& one = all_[i];
    if (one.done || one.context != arrival.context || one.obj != arrival.event.obj) continue;
    if (one.data != arrival.event.data) continue;
    if (found == nullptr) found = &one;
    if (one.opcode == IOCB_CMD_POLL) continue;
    found = &one;
    break;
  }
  if (found != nullptr) found->done = true;
  return found;
}

long Requests::missing(unsigned context) const {
  long count = 0;
  for (std::size_t i = first_open_; i < all_.size(); ++i) {
    if (!all_[i].done && all_[i].context == context) ++count;
  }
  return count;
}

bool Requests::has_pending_poll() const {
  for (std::size_t i = first_open_; i < all_.size(); ++i) {
    if (!all_[i].done && all_[i].opcode == IOCB_CMD_POLL) return true;
  }
  return false;
}

std::vector<const Accepted*> Requests::pending_polls() const {
  std::vector<const Accepted*> polls;
  for (std::size_t i = first_open_; i < all_.size(); ++i) {
    if (!all_[i].done && all_[i].opcode == IOCB_CMD_POLL) polls.push_back(&all_[i]);
  }
  return polls;
}

}  // namespace conformance::program
