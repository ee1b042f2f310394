// Who serves the exported names (exported_names.cpp) in a shared library. Each library that links
// them defines it.
#pragma once

#include "libaio/names/libaio_names.h"

namespace aioemu::libaio_names {

// The same one in the whole process. Made by the first call, never destroyed.
Server& process_server() noexcept;

}  // namespace aioemu::libaio_names
