// `aioemu run`.
#pragma once

#include "cli/run_options.h"

namespace aioemu::cli {

// Runs the program as asked and returns the exit status of the command (docs/run.md lists them).
int run_command(const RunOptions& options);

}  // namespace aioemu::cli
