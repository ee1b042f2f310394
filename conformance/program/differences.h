// Differences between the emulator and a kernel that are known, each with its reason.
#pragma once

#include <cstddef>
#include <span>

#include "conformance/program/program.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

struct KnownDifference {
  const char* name;
  const char* reason;
  // Whether it explains how this statement's steps differ. As narrow as can be said.
  bool (*explains)(const Program& program, std::size_t index, const Step& emulator,
                   const Step& kernel);
};

std::span<const KnownDifference> known_differences();
bool is_known_difference(const Program& program, std::size_t index, const Step& emulator,
                         const Step& kernel);

}  // namespace conformance::program
