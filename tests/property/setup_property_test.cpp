// io_setup: every count, under every limit.

#include <array>

#include "tests/property/backend_fixture.h"

namespace aioemu::property {
namespace {

ON_EACH_BACKEND(SetupProperty);

// Around every edge there is.
std::uint64_t any_count() {
  constexpr std::array<std::uint64_t, 12> kEdges{1,          62,         126,         190,
                                                 256,        65536,      0x400000,    0x80000000,
                                                 0x80400000, 0xffffffff, 0x100000000, 0x200000010};
  const auto edge = kEdges.at(*rc::gen::inRange<std::size_t>(0, kEdges.size()));
  const auto shift = *rc::gen::inRange<std::uint64_t>(0, 5);
  return *rc::gen::oneOf(rc::gen::just(edge + shift - 2), rc::gen::inRange<std::uint64_t>(1, 3000),
                         rc::gen::cast<std::uint64_t>(rc::gen::arbitrary<std::uint32_t>()));
}

// Rings of 256 MiB are legal, but slow to compare.
bool is_handy(std::uint64_t count) {
  const auto nr = static_cast<std::uint32_t>(count);
  const std::uint32_t doubled = 2 * nr;
  return doubled <= 8000 || doubled > 8388608;
}

TEST_P(SetupProperty, EveryCountGetsTheRingOrTheErrorThatTheRulesGiveIt) {
  holds(
      [&] {
        constexpr std::array<std::uint64_t, 4> kLimits{0, 250, 4'500'000'000, 3000};
        Limits limits;
        limits.aio_max_nr = kLimits.at(*rc::gen::inRange<std::size_t>(0, kLimits.size()));
        Rig rig(backend(), limits);
        for (int place = 0; place < kPlaces; ++place) {
          SetupCall call;
          call.place = place;
          call.nr_events = any_count();
          const bool refused = rig.model().setup(call.nr_events, aio_model::Memory::good, 0) != 0;
          if (refused || is_handy(call.nr_events)) rig.setup(call);
        }
        for (int place = 0; place < kPlaces; ++place) {
          if (rig.has(place)) rig.destroy(place, HandleKind::live);
        }
      },
      percent());
}

}  // namespace
}  // namespace aioemu::property
