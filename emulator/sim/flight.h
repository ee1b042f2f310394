// Flight: what World knows about one accepted request besides the core's record of it.
//
// A request gets one when it outlives its step of io_submit, or when somebody wants to know: a
// fault plan, an observer. One that does neither is carried out without.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "abi/aio_abi.h"
#include "core/request.h"
#include "fault/questions.h"
#include "sim/transfer.h"

namespace aioemu::sim {

struct Flight {
  const core::Request* request = nullptr;    // null: the program's own read, write or fsync
  fault::AcceptedRequest question;           // empty unless there is a plan or an observer
  fault::CompleteDecision fault;             // what becomes of it
  int rule = fault::kNoRule;                 // that decided its result
  std::uint64_t issued = 0;                  // of a sync: its file's sync_mark() then
  long found = 0;                            // of a poll: what it has found
  bool held = false;                         // it has outlived its step
  bool started = false;                      // and its bytes have begun to move
  std::uint64_t caller = 0;                  // the program's code that submitted it
  std::unique_ptr<abi::Segment[]> segments;  // its own, when it has many
  std::vector<std::byte> before;             // of a read, when a hostile rule may ask for it
  std::optional<Transfer> transfer;          // on a stream: how far it has come
  Flight* next_free = nullptr;

  [[nodiscard]] bool late() const noexcept {
    return fault.timing != fault::CompleteDecision::Timing::natural;
  }
};

// The flight of a request, or null. Request::owner_data is World's for this.
inline Flight* flight_of(const core::Request& request) noexcept {
  return static_cast<Flight*>(request.owner_data);
}

// Flights are used again: nothing is allocated once there are enough.
class FlightPool {
 public:
  // The request's flight, made if it has none.
  Flight& of(core::Request& request) {
    if (request.owner_data == nullptr) request.owner_data = take();
    return *flight_of(request);
  }
  void give_back(Flight& flight) noexcept {
    flight.segments.reset();
    flight.transfer.reset();
    flight.next_free = free_;
    free_ = &flight;
  }

 private:
  Flight* take() {
    if (free_ == nullptr) return &all_.emplace_back();
    Flight* const flight = free_;
    free_ = flight->next_free;
    std::destroy_at(flight);
    return std::construct_at(flight);
  }

  std::deque<Flight> all_;
  Flight* free_ = nullptr;
};

}  // namespace aioemu::sim
