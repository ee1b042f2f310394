// Result<T>: a value or an Errno, never both, never neither.
#pragma once

#include <utility>

#include "base/check.h"
#include "base/errno.h"

namespace aioemu {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}             // NOLINT(google-explicit-constructor)
  Result(Errno error) : error_(static_cast<int>(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return error_ == 0; }
  // Only when !ok().
  [[nodiscard]] Errno error() const noexcept {
    AIOEMU_CHECK(!ok());
    return static_cast<Errno>(error_);
  }
  // Only when ok().
  [[nodiscard]] T& value() noexcept {
    AIOEMU_CHECK(ok());
    return value_;
  }
  [[nodiscard]] const T& value() const noexcept {
    AIOEMU_CHECK(ok());
    return value_;
  }

 private:
  T value_{};
  int error_ = 0;
};

}  // namespace aioemu
