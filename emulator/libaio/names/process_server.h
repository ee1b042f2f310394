// Who serves the exported names (exported_names.cpp) in a shared library. Each library that links
// them defines it.
#pragma once

#include "libaio/names/libaio_names.h"

namespace aioemu::libaio_names {

// The same one in the whole process. Made by the first call, never destroyed. `caller` is the
// address in the program that this thread's next call comes from.
Server& process_server(const void* caller) noexcept;

}  // namespace aioemu::libaio_names
