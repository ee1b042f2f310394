// Makes programs up.
#pragma once

#include <cstdint>

#include "base/prng.h"
#include "conformance/program/program.h"

namespace conformance::program {

struct GenerateHints {
  unsigned statements = 12;        // about so many
  unsigned setups_per_10000 = 3;   // programs with io_setup and io_destroy, which take 30 ms each
  unsigned sleepers_per_1000 = 2;  // programs with calls that have to be interrupted
  unsigned direct_per_1000 = 3;    // programs that use O_DIRECT or sync the file system
};

// The same generator state, the same program. Canonical.
Program generate(aioemu::Prng& random, const GenerateHints& hints = {});
Program generate(std::uint64_t seed, const GenerateHints& hints = {});

}  // namespace conformance::program
