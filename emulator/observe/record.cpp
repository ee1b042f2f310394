#include "observe/record.h"

#include <array>

namespace aioemu::observe {
namespace {

constexpr std::array<std::string_view, kEvents> kWords{
    "began",     "setup",     "submit",      "refused", "accepted", "held",   "started",
    "completed", "signalled", "submitted",   "wait",    "reaped",   "waited", "cancel",
    "destroy",   "destroyed", "synchronous", "fault",   "mark",     "left",   "ended"};

}  // namespace

std::string_view word_of(Event event) noexcept {
  const auto number = static_cast<std::size_t>(event);
  return number < kWords.size() ? kWords[number] : "unknown";
}

std::optional<Event> event_named(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i] == word) return static_cast<Event>(i);
  }
  return std::nullopt;
}

}  // namespace aioemu::observe
