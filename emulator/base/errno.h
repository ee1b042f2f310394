// Errno: an error number as a type, so that it is never mistaken for a count.
#pragma once

#include <cerrno>
#include <optional>
#include <string_view>

namespace aioemu {

// A positive errno value (EINVAL is 22). Zero is not an Errno.
enum class Errno : int {};

// The same error as a system call returns it: -22 for EINVAL.
constexpr long negative(Errno error) noexcept { return -static_cast<long>(error); }

// "EINVAL"; "E?" for a number that Linux does not know.
std::string_view errno_name(Errno error) noexcept;

// The reverse of errno_name. Empty when the name is unknown. Case matters, as in the headers.
std::optional<Errno> errno_from_name(std::string_view name) noexcept;

}  // namespace aioemu
