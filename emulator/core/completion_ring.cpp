#include "core/completion_ring.h"

#include <algorithm>

namespace aioemu::core {

CompletionRing::CompletionRing(std::byte* memory, std::uint32_t nr) noexcept
    : memory_(memory), events_(memory + sizeof(abi::RingHeader)), nr_(nr) {
  abi::RingHeader header{};
  header.nr = nr;
  header.magic = abi::kRingMagic;
  header.compat_features = abi::kRingCompatFeatures;
  header.incompat_features = abi::kRingIncompatFeatures;
  header.header_length = sizeof header;
  std::memcpy(memory_, &header, sizeof header);
}

void CompletionRing::set_id(std::uint32_t id) noexcept {
  word(offsetof(abi::RingHeader, id)).store(id, std::memory_order_release);
}

std::uint32_t CompletionRing::unreaped() const noexcept {
  std::uint32_t head = raw_head();
  if (head >= nr_) head %= nr_;
  return head <= tail_ ? tail_ - head : nr_ - (head - tail_);
}

std::uint32_t CompletionRing::available() const noexcept {
  const std::uint32_t head = raw_head();
  return tail_ > head ? tail_ - head : tail_ + nr_ - head;
}

std::int64_t CompletionRing::read(UserMemory& memory, UserAddress to, std::int64_t nr) noexcept {
  std::uint32_t head = raw_head();
  std::uint32_t tail = word(offsetof(abi::RingHeader, tail)).load(std::memory_order_acquire);
  if (head == tail) return 0;
  if (head >= nr_) head %= nr_;
  if (tail >= nr_) tail %= nr_;
  std::int64_t taken = 0;
  while (taken < nr && head != tail) {
    const std::uint32_t run_end = head <= tail ? tail : nr_;
    const std::int64_t run = std::min<std::int64_t>(run_end - head, nr - taken);
    const auto bytes = static_cast<std::size_t>(run) * sizeof(abi::IoEvent);
    const UserAddress target = to + static_cast<std::uint64_t>(taken) * sizeof(abi::IoEvent);
    if (!memory.write(target, events_ + std::size_t{head} * sizeof(abi::IoEvent), bytes)) {
      return -EFAULT;
    }
    taken += run;
    head = static_cast<std::uint32_t>(head + run);
    if (head == nr_) head = 0;
  }
  word(offsetof(abi::RingHeader, head)).store(head, std::memory_order_release);
  return taken;
}

}  // namespace aioemu::core
