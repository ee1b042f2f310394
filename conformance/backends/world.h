// The simulated World as a backend: "emulator", and "emulator:PROFILE" for another kernel than the
// default one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/backend.h"

namespace conformance {

// Whether World knows a kernel profile of that name.
bool is_world_profile(const std::string& profile);
// All of them, oldest kernel first.
std::vector<std::string> world_profiles();
// `name` is "emulator" or "emulator:PROFILE" with a known profile.
std::unique_ptr<Backend> make_world_backend(const std::string& name);

}  // namespace conformance
