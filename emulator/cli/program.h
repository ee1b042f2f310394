// Program: may this program be run under the preload library, and how?
#pragma once

#include <string>
#include <vector>

namespace aioemu::cli {

// Exit statuses of `aioemu run` beside the program's own.
inline constexpr int kExitUnmet = 98;  // --require-aio was not met
inline constexpr int kExitTimeout = 124;
inline constexpr int kExitFailed = 125;  // aioemu itself failed; nothing was started
inline constexpr int kExitCannotRun = 126;
inline constexpr int kExitNotFound = 127;

struct Program {
  std::string path;                   // what will be executed
  std::vector<std::string> preloads;  // sanitizer runtimes that want to come first in LD_PRELOAD
  int exit_status = 0;                // not 0: it is not started, and this is the status,
  std::string refusal;                // with this reason
};

// Finds `name` as execvp would (in `search_path`, a PATH, unless it has a slash), follows `#!`
// lines to the interpreter, and reads what is found.
Program examine(const std::string& name, const std::string& search_path);

}  // namespace aioemu::cli
