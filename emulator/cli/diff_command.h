// `aioemu diff`: random AIO programs on the emulator and on this kernel.
#pragma once

#include <string>
#include <vector>

namespace aioemu::cli {

// Becomes aioemu-diff with these words, which has the options and tells about them. Returns only
// when that cannot be started: 77 when it is not installed here, 2 otherwise.
int diff_command(const std::vector<std::string>& words);

}  // namespace aioemu::cli
