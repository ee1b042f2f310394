#include "choice/seeded_choices.h"

#include "base/check.h"
#include "base/prng.h"

namespace aioemu::choice {

std::uint32_t SeededChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  std::uint64_t hash = Prng::mix(static_cast<std::uint64_t>(choice.kind));
  for (const std::uint64_t part : choice.identity) hash = Prng::mix(hash ^ part);
  const std::uint64_t occurrence = asked_[hash]++;
  Prng stream(Prng::mix(seed_) ^ Prng::mix(hash + occurrence));
  return static_cast<std::uint32_t>(stream.below(choice.answers));
}

}  // namespace aioemu::choice
