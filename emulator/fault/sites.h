// Sites: every place at which a fault can act, with what can happen there.
//
// One table for all who must agree on it: the parser, the printer, the injector, the explanations,
// and the lists that documentation shows. A site is an action of a layer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "fault/rule.h"

namespace aioemu::fault {

// Who may do such a thing to a correct program.
enum class Legality : std::uint8_t {
  kernel,   // a correct kernel on good hardware
  device,   // hardware is known to do it
  illegal,  // nobody: for tests of robustness
};
using LegalSet = std::uint8_t;
constexpr LegalSet legal_bit(Legality legality) noexcept {
  return static_cast<LegalSet>(1U << static_cast<unsigned>(legality));
}
inline constexpr LegalSet kDefaultLegal = legal_bit(Legality::kernel) | legal_bit(Legality::device);

// What a rule is asked about, and so what it can match.
enum class Subject : std::uint8_t { setup_call, submit_call, wait_call, request };

enum class Arguments : std::uint8_t {
  none,
  error,              // ERRNO
  count,              // K
  bytes,              // N, -N or sectors:N
  duration,           // T
  durations,          // T or T1..T2
  optional_duration,  // [T]
  sectors,            // keep=first:N, keep=last:N or keep=random
  space,              // budget=S [refill=S after=T]
};

// What a site can be of when it is tied to one of the engines.
enum class Where : std::uint8_t { anywhere, world_only };

struct Site {
  Layer layer;
  Action action;
  std::string_view word;     // `partial`
  std::string_view variant;  // `eio_clean` behind `fsync`; else empty
  Arguments arguments;
  Subject subject;
  OpSet ops;  // the operations it can happen to
  Legality legality;
  Where where;
  std::string_view effect;  // in words
};

// In the order of the layers.
std::span<const Site> sites() noexcept;
// The site at which a rule with that layer and action acts. Both short_by and short_sectors act at
// the site of short_to. CHECKs that there is one.
const Site& site_of(Layer layer, Action action) noexcept;
inline const Site& site_of(const RuleBody& body) noexcept {
  return site_of(body.layer, body.act.action);
}
// The number of a site: its place in sites(), below 64.
std::size_t number_of(const Site& site) noexcept;

// The subjects of a layer: waits have two, one of them the request whose eventfd is signalled.
bool has_subject(Layer layer, Subject subject) noexcept;

// Can a rule about `subject` compare `key`?
bool has_key(Subject subject, Key key) noexcept;

// Who may do what this very rule does. An errno that only broken hardware gives makes a rule of
// the complete layer a device's.
Legality legality_of(const RuleBody& body) noexcept;

std::string_view word_of(Legality legality) noexcept;

// "eio_clean" with its "fsync": what a site's action is called.
std::string title(const Site& site);

}  // namespace aioemu::fault
