// Runs one test program to its end, or until its time is up.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace mutation {

struct ChildResult {
  enum class Kind { exited, signalled, timed_out };
  Kind kind = Kind::exited;
  int code = 0;        // exit status, or signal
  std::string output;  // standard output and error, the first 256 KiB of them
  std::chrono::milliseconds elapsed{0};
};

// Runs `command` with `environment` ("NAME=value") added to ours, in a process group of its own
// that is killed when `limit` has passed, or when we die. Throws std::system_error when there are
// no processes or descriptors left; a program that cannot be started exits with 127. May be called
// by several threads at once.
ChildResult run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& environment, std::chrono::milliseconds limit);

}  // namespace mutation
