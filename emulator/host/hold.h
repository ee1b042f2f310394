// Hold: what is remembered about a request that is in flight for longer than it would be by itself,
// because a rule or the plan's order says so; or whose submit waits for it.
//
// It hangs at Request::owner_data until the request completes.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/request.h"
#include "fault/questions.h"
#include "host/timers.h"

namespace aioemu::host {

struct Hold : Timer {
  enum class State : std::uint8_t {
    carried,  // not held: with the worker, as without us
    timed,    // until its time has come
    pooled,   // until the program waits
    hung,     // for ever
    queued,   // let go, behind others
    started,  // its bytes move
  };
  Hold() noexcept : Timer(Kind::request) {}

  core::Request* request = nullptr;
  State state = State::carried;
  bool decided = false;      // its result is known: no byte moves
  std::int64_t result = 0;   // then: -errno, or what a poll found
  std::uint64_t device = 0;  // its file
  std::uint64_t inode = 0;
  std::uint64_t priority = 0;
  std::atomic<std::uint32_t>* awaited = nullptr;  // counts down when it completes
  Hold* previous_hold = nullptr;                  // among all of them, oldest first
  Hold* next_hold = nullptr;
  Hold* previous_in_line = nullptr;
  Hold* next_in_line = nullptr;

  // Is it in flight for no other reason than that it is held?
  [[nodiscard]] bool waits() const noexcept {
    return state != State::carried && state != State::started;
  }
  [[nodiscard]] static Hold* of(const core::Request& request) noexcept {
    return static_cast<Hold*>(request.owner_data);
  }
};

// A list of holds through two of their links, first in first out.
template <Hold* Hold::*Previous, Hold* Hold::*Next>
class HoldLinks {
 public:
  void push(Hold& hold) noexcept {
    hold.*Previous = last_;
    hold.*Next = nullptr;
    (last_ != nullptr ? last_->*Next : first_) = &hold;
    last_ = &hold;
  }
  void remove(Hold& hold) noexcept {
    (hold.*Previous != nullptr ? (hold.*Previous)->*Next : first_) = hold.*Next;
    (hold.*Next != nullptr ? (hold.*Next)->*Previous : last_) = hold.*Previous;
    hold.*Previous = hold.*Next = nullptr;
  }
  [[nodiscard]] Hold* first() const noexcept { return first_; }
  [[nodiscard]] Hold* last() const noexcept { return last_; }
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

 private:
  Hold* first_ = nullptr;
  Hold* last_ = nullptr;
};
using HoldList = HoldLinks<&Hold::previous_in_line, &Hold::next_in_line>;
using AllHolds = HoldLinks<&Hold::previous_hold, &Hold::next_hold>;

}  // namespace aioemu::host
