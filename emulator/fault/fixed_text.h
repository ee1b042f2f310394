// FixedText: a short text that is plain data, so that rules can live in memory shared by processes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aioemu::fault {

template <std::size_t Capacity>
class FixedText {
 public:
  static constexpr std::size_t kCapacity = Capacity;

  // False, and nothing is changed, when `text` is too long.
  constexpr bool assign(std::string_view text) noexcept {
    if (text.size() > Capacity) return false;
    bytes_.fill('\0');
    std::copy(text.begin(), text.end(), bytes_.begin());
    size_ = static_cast<std::uint16_t>(text.size());
    return true;
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  friend bool operator==(const FixedText&, const FixedText&) = default;

 private:
  std::array<char, Capacity> bytes_{};
  std::uint16_t size_ = 0;
};

}  // namespace aioemu::fault
