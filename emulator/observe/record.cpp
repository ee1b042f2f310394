#include "observe/record.h"

#include <array>

namespace aioemu::observe {
namespace {

constexpr std::array<std::string_view, kEvents> kWords{
    "began",     "setup",     "submit",      "refused", "accepted", "held",   "started",
    "completed", "signalled", "submitted",   "wait",    "reaped",   "waited", "cancel",
    "destroy",   "destroyed", "synchronous", "fault",   "mark",     "left",   "ended"};

constexpr std::array<std::string_view, 9> kOpcodes{"pread", "pwrite", "fsync",  "fdsync", "",
                                                   "poll",  "",       "preadv", "pwritev"};

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

std::string_view word_of(abi::Opcode op) noexcept {
  const auto number = static_cast<std::size_t>(op);
  return number < kOpcodes.size() ? kOpcodes[number] : std::string_view();
}

std::optional<abi::Opcode> opcode_named(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kOpcodes.size(); ++i) {
    if (!word.empty() && kOpcodes[i] == word) return static_cast<abi::Opcode>(i);
  }
  return std::nullopt;
}

}  // namespace aioemu::observe
