// CompletionRing: the ring that a context shares with its program (rules K19, K140-K142).
//
// The program may write to every byte of it at any time. Trusted are only the private size and the
// private tail; the header's head and tail are data from outside, read once per use and taken
// modulo the size before they index anything.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "abi/aio_abi.h"
#include "core/ports.h"

namespace aioemu::core {

class CompletionRing {
 public:
  CompletionRing() = default;
  // Over `bytes` of zeroed memory: writes the header.
  CompletionRing(std::byte* memory, std::uint32_t nr) noexcept;

  [[nodiscard]] std::uint32_t nr() const noexcept { return nr_; }
  [[nodiscard]] std::uint32_t tail() const noexcept { return tail_; }
  void set_id(std::uint32_t id) noexcept;

  // K141: the event, then the tail, private and public. The caller has made sure of room.
  void push(const abi::IoEvent& event) noexcept {
    // Word by word: the words come from registers, and a copy of the whole would go through memory.
    std::byte* const slot = events_ + std::size_t{tail_} * sizeof event;
    std::memcpy(slot + offsetof(abi::IoEvent, data), &event.data, sizeof event.data);
    std::memcpy(slot + offsetof(abi::IoEvent, obj), &event.obj, sizeof event.obj);
    std::memcpy(slot + offsetof(abi::IoEvent, res), &event.res, sizeof event.res);
    std::memcpy(slot + offsetof(abi::IoEvent, res2), &event.res2, sizeof event.res2);
    if (++tail_ == nr_) tail_ = 0;
    word(offsetof(abi::RingHeader, tail)).store(tail_, std::memory_order_release);
  }

  // The program's head as it stands: any 32-bit value.
  [[nodiscard]] std::uint32_t raw_head() const noexcept {
    return word(offsetof(abi::RingHeader, head)).load(std::memory_order_acquire);
  }
  // K99: events between the program's head, taken modulo the size, and the private tail.
  [[nodiscard]] std::uint32_t unreaped() const noexcept;
  // Events a waiter may count on, as completions compute it: the raw head, in 32-bit arithmetic.
  [[nodiscard]] std::uint32_t available() const noexcept;

  // K142: moves up to `nr` events, as the header's head and tail tell, to the program's array.
  // The count, or -EFAULT with the head unmoved (K114).
  std::int64_t read(UserMemory& memory, UserAddress to, std::int64_t nr) noexcept;

 private:
  [[nodiscard]] std::atomic_ref<std::uint32_t> word(std::size_t offset) const noexcept {
    return std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(memory_ + offset));
  }

  std::byte* memory_ = nullptr;
  std::byte* events_ = nullptr;
  std::uint32_t nr_ = 0;
  std::uint32_t tail_ = 0;
};

}  // namespace aioemu::core
