// An unmodified program, native and under the preload library.
#pragma once

namespace aioemu::bench {

void register_processes();

}  // namespace aioemu::bench
