#include "tests/mutation/mutant.h"

#include <cstdlib>

namespace mutation {

constinit int alive = 0;

namespace {

[[gnu::constructor(101)]] void read_environment() {
  const char* const number = std::getenv("AIOEMU_MUTANT");
  if (number != nullptr) alive = std::atoi(number);
}

}  // namespace
}  // namespace mutation
