// A small seeded generator of our own, so that a seed means the same on every machine and
// with every standard library.
#pragma once

#include <cstdint>

namespace aioemu {

// SplitMix64 (public domain algorithm by Sebastiano Vigna). Not for secrets.
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

  // Uniform in 0 .. n-1, without bias worth measuring for n below 2^32. n must not be 0.
  constexpr std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }

  // The finaliser alone: a good hash of one 64-bit word.
  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace aioemu
