// Reads numbers off the front of a fuzz input; an input that has ended gives zeroes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aioemu::fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  [[nodiscard]] bool empty() const { return left_ == 0; }
  template <typename Number>
  Number take() {
    Number number{};
    const std::size_t size = std::min(left_, sizeof number);
    if (size > 0) std::memcpy(&number, data_, size);
    data_ += size;
    left_ -= size;
    return number;
  }
  std::uint8_t byte() { return take<std::uint8_t>(); }
  // 0 .. count-1.
  std::size_t below(std::size_t count) { return byte() % count; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

}  // namespace aioemu::fuzz
