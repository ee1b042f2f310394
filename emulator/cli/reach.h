// Reach: how far into a program `aioemu run` goes to find its AIO.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aioemu::cli {

enum class Mode : unsigned char {
  automatic,  // preload, as far as the program allows
  preload,    // names, and a filter that catches inline system calls
  symbols,    // names alone: syscall() and libaio's
};

struct Reach {
  Mode mode = Mode::automatic;
  bool no_io_uring = false;  // io_uring_setup answers ENOSYS
};

// The mode that `--mode` names, or why there is none of that name.
std::pair<std::optional<Mode>, std::string> parse_mode(const std::string& name);

// The variables that tell the preload library.
std::vector<std::pair<std::string, std::string>> settings_of(const Reach& reach);

// As options of the command line, each with a space before it; empty for the defaults.
std::string options_of(const Reach& reach);

}  // namespace aioemu::cli
