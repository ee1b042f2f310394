// The implementations that programs run on, made once.

#include "conformance/backends/backends.h"

#include "tests/property/aio_rig.h"

namespace aioemu::property {

conformance::Backend* backend_named(const std::string& name, std::string* why) {
  static std::map<std::string, conformance::MadeBackend> made;
  auto found = made.find(name);
  if (found == made.end()) found = made.emplace(name, conformance::make_backend(name)).first;
  *why = found->second.reason;
  return found->second.backend.get();
}

}  // namespace aioemu::property
