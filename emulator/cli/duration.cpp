#include "cli/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace aioemu::cli {

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kUnits = {
      {{"ns", 1},
       {"us", 1000},
       {"ms", 1000000},
       {"", 1000000000},
       {"s", 1000000000},
       {"m", 60000000000},
       {"h", 3600000000000}}};
  constexpr std::uint64_t kYear = 365ULL * 24 * 3600000000000;
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, count);
  if (status != std::errc() || count == 0) return std::nullopt;
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const auto& [name, nanoseconds] : kUnits) {
    if (name != unit) continue;
    if (count > kYear / nanoseconds) return std::nullopt;
    return std::chrono::nanoseconds(count * nanoseconds);
  }
  return std::nullopt;
}

}  // namespace aioemu::cli
