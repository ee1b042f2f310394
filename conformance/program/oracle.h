// The oracle: are these two transcripts of one program both things that a kernel may do?
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "conformance/program/program.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

struct Divergence {
  std::size_t step = 0;  // statements.size() for the ending
  std::string what;      // "result", "events reaped", "memory", ...
  std::string expected;  // what the kernel did, and what else would have been allowed
  std::string got;       // what the emulator did
};

// The first difference that is not allowed.
std::optional<Divergence> compare(const Program& program, const Transcript& emulator,
                                  const Transcript& kernel);

}  // namespace conformance::program
