// The name of a descriptor in /proc.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aioemu::host {

// "/proc/thread-self/fd/N" without the C library's formatted output, which may allocate.
class DescriptorPath {
 public:
  explicit DescriptorPath(int fd) noexcept {
    constexpr std::string_view kPrefix = "/proc/thread-self/fd/";
    std::size_t at = kPrefix.copy(text_.data(), kPrefix.size());
    std::array<char, 12> digits{};
    std::size_t count = 0;
    auto rest = static_cast<unsigned>(fd);
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    while (count > 0) text_[at++] = digits[--count];
  }
  [[nodiscard]] const char* c_str() const noexcept { return text_.data(); }

 private:
  std::array<char, 40> text_{};
};

}  // namespace aioemu::host
