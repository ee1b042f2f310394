// Observer: the port through which an owner of the core tells what happens.
//
// An owner asks `wants` first, so that what nobody looks at costs one test of a bit. A request goes
// by in this order: accepted; held and started, unless it completes inside its step; completed;
// signalled; reaped. A fault's record comes before the record of what it led to.
//
// Threading: the owner's lock is held, or it has one thread. Neither function allocates, blocks,
// throws, or calls back into the owner.
#pragma once

#include <cstdint>
#include <span>

#include "abi/aio_abi.h"
#include "core/ports.h"
#include "observe/record.h"

namespace aioemu::observe {

class Observer {
 public:
  // Changes as things go by: ask each time. A completion that a rule decided is told without
  // asking.
  [[nodiscard]] bool wants(Event event) const noexcept {
    return (wanted_ >> static_cast<unsigned>(event) & 1U) != 0;
  }
  // All that it wants, one bit per event.
  [[nodiscard]] std::uint32_t wanted() const noexcept { return wanted_; }
  // Once, before the first record: through what the program's memory can be read while see() runs.
  // It lives as long as records come.
  virtual void read_through(core::UserMemory& memory) noexcept { static_cast<void>(memory); }
  // `segments`: of an accepted, held or started request, where its bytes come from or go to, as the
  // program gave them; good for the length of the call.
  virtual void see(const Record& record, std::span<const abi::Segment> segments) noexcept = 0;

 protected:
  ~Observer() = default;
  void want(std::uint32_t events) noexcept { wanted_ = events; }

 private:
  std::uint32_t wanted_ = 0;
};

constexpr std::uint32_t event_bit(Event event) noexcept {
  return 1U << static_cast<unsigned>(event);
}
inline constexpr std::uint32_t kAllEvents = (1U << kEvents) - 1;

}  // namespace aioemu::observe
