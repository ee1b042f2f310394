// `aioemu timeline`.
#pragma once

#include <cstddef>
#include <string>

namespace aioemu::cli {

// Draws the trace at `path`, as wide as the terminal, with at most `rows` requests of each context.
// Returns the exit status.
int timeline_command(const std::string& path, std::size_t rows);

}  // namespace aioemu::cli
