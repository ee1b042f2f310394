// `aioemu conform`: the conformance suite over everything this machine has.
#pragma once

#include <string>
#include <vector>

namespace aioemu::cli {

struct ConformOptions {
  std::vector<std::string> backends;  // empty: all that are available
  std::string filter;
  std::string junit_file;
  bool list = false;
  bool quick = false;
};

// Runs aioemu-conformance: once for the backends that need no preparation, once under the preload
// library, once with the drop-in libaio, and prints one table. 0 good, 1 differences, 2 usage,
// 77 when a backend that was asked for is not available.
int conform_command(const ConformOptions& options);

}  // namespace aioemu::cli
