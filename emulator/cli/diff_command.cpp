#include "cli/diff_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/paths.h"

namespace aioemu::cli {
namespace {

constexpr int kUsage = 2;
constexpr int kNotAvailable = 77;

}  // namespace

int diff_command(const std::vector<std::string>& words) {
  const std::string program = diff_program();
  if (program.empty()) {
    fmt::print(stderr, "aioemu: the program that compares (aioemu-diff) is not installed here\n");
    return kNotAvailable;
  }
  std::vector<std::string> kept = {"aioemu-diff"};
  kept.insert(kept.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : kept) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  fmt::print(stderr, "aioemu: {} cannot be started: {}\n", program, std::strerror(errno));
  return kUsage;
}

}  // namespace aioemu::cli
