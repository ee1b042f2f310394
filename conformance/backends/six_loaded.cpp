// A dynamic program: libraries are loaded, and one may stand before libc.
#include <dlfcn.h>

#include <utility>

#include "conformance/backends/six_calls.h"
#include "real/system_libaio.h"

namespace conformance {

std::unique_ptr<SixCalls> make_library_calls(const std::string& path, bool* is_dropin,
                                             std::string* why) {
  std::unique_ptr<real::SystemLibaio> library = real::SystemLibaio::load(path, why);
  if (library == nullptr) return nullptr;
  *is_dropin = library->defines("aioemu_dropin_version");
  return wrap_library(std::move(library));
}

std::unique_ptr<SixCalls> make_linked_calls() { return nullptr; }

bool below_preload() { return dlsym(RTLD_DEFAULT, "aioemu_preload_version") != nullptr; }

}  // namespace conformance
