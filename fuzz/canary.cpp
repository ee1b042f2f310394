// The canary: a parser with a planted bug, which proves that the rig can fail.
//
// It dies on an input that takes several lucky bytes in a row: too rare for chance (one input in
// 2^32), but each byte shows as new coverage, so a fuzzer that sees coverage gets there in some
// hundred thousand runs. A rig whose feedback is broken, or that does not notice a dead target,
// does not find it.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

// Volatile, so that no compiler folds the steps into one comparison, which would hide them.
volatile int steps = 0;

bool step(bool lucky) {
  if (lucky) steps = steps + 1;
  return lucky;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  steps = 0;
  if (size < 4) return 0;
  if (!step(data[0] == 's')) return 0;
  if (!step(data[1] == 'o')) return 0;
  if (!step(data[2] == 'n')) return 0;
  if (!step(data[3] == 'g')) return 0;
  std::fputs("the canary sings\n", stderr);
  std::abort();
}
