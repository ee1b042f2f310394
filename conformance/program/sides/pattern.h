// What both sides put into fresh files.
#pragma once

#include <array>
#include <cstddef>

namespace conformance::program {

inline constexpr std::size_t kFileBytes = 10'000;

inline const std::array<char, kFileBytes>& file_pattern() {
  static const std::array<char, kFileBytes> pattern = [] {
    std::array<char, kFileBytes> bytes{};
    for (std::size_t i = 0; i < kFileBytes; ++i) {
      bytes[i] = static_cast<char>(static_cast<unsigned char>(0x80 | (i * 7 + i / 256)));
    }
    return bytes;
  }();
  return pattern;
}

}  // namespace conformance::program
