// A build without the emulator.
#include "conformance/backends/world.h"

namespace conformance {

bool has_world_backend() { return false; }
bool is_world_profile(const std::string&) { return false; }
std::unique_ptr<Backend> make_world_backend(const std::string&) { return nullptr; }

}  // namespace conformance
