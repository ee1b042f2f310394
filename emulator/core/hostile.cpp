#include "core/hostile.h"

#include <array>
#include <atomic>

#include "core/context.h"

namespace aioemu::core {

ForgedEvent forge_event(Context& context, const abi::IoEvent& event, WakeRule rule) noexcept {
  if (!context.take_slot()) return {};
  return {true, context.forge(event, rule)};
}

void corrupt_ring(Context& context, std::uint64_t random) noexcept {
  constexpr std::array<std::size_t, 4> kWords{
      offsetof(abi::RingHeader, head), offsetof(abi::RingHeader, tail),
      offsetof(abi::RingHeader, nr), offsetof(abi::RingHeader, magic)};
  std::byte* const word = context.mapping.kernel + kWords[random % kWords.size()];
  const auto value = static_cast<std::uint32_t>(random >> 32U);
  std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(word)).store(value);
}

}  // namespace aioemu::core
