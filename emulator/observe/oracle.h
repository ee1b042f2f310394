// The oracles by name: what the emulator can tell about the program that it serves, whatever that
// program says of itself. docs/oracles.md tells what each one means and when it may be wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace aioemu::observe {

enum class Oracle : std::uint8_t {
  dropped_iocb,         // not accepted, and never offered again
  unreaped_events,      // a context went with events that nobody took
  short_not_continued,  // an injected short count, and the rest was never asked for
  buffer_ownership,     // a buffer changed, or went, while its request was in flight
  iocb_reused,          // two requests in flight that their events cannot tell apart
  overlap,              // a write in flight, and another request on the same bytes
  leaked_context,       // a context that was never destroyed
  certain_hang,         // World: a sleep that nothing can end
};
inline constexpr std::size_t kOracles = 8;

using OracleSet = std::uint32_t;
constexpr OracleSet oracle_bit(Oracle oracle) noexcept {
  return 1U << static_cast<unsigned>(oracle);
}
inline constexpr OracleSet kAllOracles = (1U << kOracles) - 1;
// Correct programs do write over writes in flight, and leave their contexts to exit.
inline constexpr OracleSet kWorldOracles =
    kAllOracles & ~oracle_bit(Oracle::overlap) & ~oracle_bit(Oracle::leaked_context);
// They also ask for the rest of a short transfer with a plain read or write, which only World sees.
inline constexpr OracleSet kDefaultOracles =
    kWorldOracles & ~oracle_bit(Oracle::short_not_continued);

struct OracleChoice {
  OracleSet set = kDefaultOracles;
  bool whole_buffers = false;  // buffer_ownership looks at every byte instead of samples
  [[nodiscard]] bool none() const noexcept { return set == 0; }
  [[nodiscard]] bool has(Oracle oracle) const noexcept { return (set & oracle_bit(oracle)) != 0; }
  friend bool operator==(const OracleChoice&, const OracleChoice&) = default;
};

std::string_view word_of(Oracle oracle) noexcept;
std::optional<Oracle> oracle_named(std::string_view word) noexcept;

// "none", or a list with commas, read from left to right: `default`, `all`, an oracle's name, any
// of these with `-` in front to take it away, `whole_buffers`. Otherwise the reason why not.
// `usual`: what `default` stands for.
std::variant<OracleChoice, std::string> parse_oracles(std::string_view list,
                                                      OracleSet usual = kDefaultOracles);
// The shortest list that parse_oracles reads back.
std::string print(const OracleChoice& choice);

}  // namespace aioemu::observe
