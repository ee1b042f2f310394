// Makes a failing program smaller.
#pragma once

#include <functional>

#include "conformance/program/program.h"

namespace conformance::program {

// A program that still fails and from which nothing can be left out: no statement, no field that
// could hold its usual value, no entry of a list. `still_fails(program)` is true to begin with.
// Asks at most `attempts` times.
Program shrink(const Program& program, const std::function<bool(const Program&)>& still_fails,
               unsigned attempts = 2000);

}  // namespace conformance::program
