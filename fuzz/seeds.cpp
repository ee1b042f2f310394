// fuzz-seeds BYTES-DIRECTORY TEXT-DIRECTORY COUNT: writes COUNT random programs, as bytes for
// program_differential and as text for program_text. This is how their corpora were made.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "conformance/program/bytes.h"
#include "conformance/program/generate.h"
#include "conformance/program/text.h"

int main(int argc, char** argv) {
  namespace program = conformance::program;
  if (argc != 4) {
    std::fputs("usage: fuzz-seeds BYTES-DIRECTORY TEXT-DIRECTORY COUNT\n", stderr);
    return 2;
  }
  program::GenerateHints hints;
  hints.setups_per_10000 = 0;
  hints.sleepers_per_1000 = 0;
  const unsigned long count = std::strtoul(argv[3], nullptr, 10);
  for (unsigned long seed = 1; seed <= count; ++seed) {
    const program::Program made = program::generate(seed, hints);
    const std::vector<std::uint8_t> bytes = program::encode(made);
    const std::string name = "/generated-" + std::to_string(seed);
    std::ofstream(argv[1] + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    std::ofstream(argv[2] + name) << print(made);
  }
  return 0;
}
