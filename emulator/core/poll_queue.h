// PollQueue: the polls that wait for one file, newest first (K88).
#pragma once

#include "core/request.h"

namespace aioemu::core {

// Belongs to the owner of the file and must outlive every poll armed on it. Intrusive; a request
// is in at most one queue.
class PollQueue {
 public:
  [[nodiscard]] Request* newest() const noexcept { return first_; }
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  void push(Request& request) noexcept;
  void remove(Request& request) noexcept;

 private:
  Request* first_ = nullptr;
};

}  // namespace aioemu::core
