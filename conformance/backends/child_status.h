// What a forked child ends with.
#pragma once

#include <cstdio>
#include <exception>
#include <functional>

#include "conformance/backend.h"

namespace conformance {

inline constexpr int kChildThrew = 255;

// Runs `child`. An exception must not leave it: the child would go on with the rest of the suite.
inline int child_status(const std::function<int(Backend&)>& child, Backend& backend) {
  try {
    return child(backend);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "in a forked child: %s\n", error.what());
    return kChildThrew;
  }
}

}  // namespace conformance
