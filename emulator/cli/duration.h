// Durations as the command line has them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aioemu::cli {

// "500ms", "30s", "2m", and a bare "30" for seconds; units ns, us, ms, s, m, h. Empty for anything
// else, for 0 and for more than a year.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) noexcept;

}  // namespace aioemu::cli
