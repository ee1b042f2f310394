// The simulated World as a backend, called "emulator". It is made by make_world_backend(),
// in builds that have the emulator.
#pragma once

#include <memory>

#include "conformance/backend.h"

namespace conformance {

std::unique_ptr<Backend> make_world_backend();

}  // namespace conformance
