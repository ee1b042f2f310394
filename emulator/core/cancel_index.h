// CancelIndex: finds a cancellable request by its iocb's address in constant time.
//
// A hash table with chains through the records themselves. Within a chain the oldest comes first,
// so that an iocb submitted several times is cancelled in the order of its submits (K128).
#pragma once

#include <cstdint>

#include "core/request_slots.h"

namespace aioemu::core {

class CancelIndex {
 public:
  CancelIndex() = default;
  // `memory` holds `buckets` zeroed words; `buckets` is a power of two.
  CancelIndex(std::uint32_t* memory, std::uint32_t buckets) noexcept
      : heads_(memory), mask_(buckets - 1) {}

  void insert(RequestSlots& slots, Request& request) noexcept;
  void remove(RequestSlots& slots, Request& request) noexcept;
  // The oldest with this address, or null.
  [[nodiscard]] Request* find(RequestSlots& slots, UserAddress obj) const noexcept;

 private:
  [[nodiscard]] std::uint32_t& head_of(UserAddress obj) const noexcept;

  std::uint32_t* heads_ = nullptr;  // index + 1 of a chain's first record, 0 when empty
  std::uint32_t mask_ = 0;
};

}  // namespace aioemu::core
