// The C library's own functions behind the names that this library interposes.
#pragma once

#include <dlfcn.h>

namespace aioemu::preload {

// The next definition of `name` after ours; looked up by every caller at its first call (a lookup
// in a constructor could come too late: other libraries' constructors may run before ours).
template <typename Function>
Function* next_definition(const char* name) noexcept {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace aioemu::preload
