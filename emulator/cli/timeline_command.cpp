#include "cli/timeline_command.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/recording.h"
#include "observe/timeline.h"

namespace aioemu::cli {
namespace {

constexpr int kUsage = 2;

// Columns of the terminal, or what COLUMNS says, or 100.
std::size_t width() {
  constexpr std::size_t kLeast = 40;
  constexpr std::size_t kOtherwise = 100;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::max<std::size_t>(size.ws_col, kLeast);
  }
  const char* const columns = std::getenv("COLUMNS");
  const unsigned long number = columns == nullptr ? 0 : std::strtoul(columns, nullptr, 10);
  constexpr unsigned long kMost = 1000;
  return number == 0 ? kOtherwise : std::clamp<std::size_t>(number, kLeast, kMost);
}

}  // namespace

int timeline_command(const std::string& path, std::size_t rows) {
  const auto trace = load_trace(path);
  if (const auto* reason = std::get_if<std::string>(&trace)) {
    fmt::print(stderr, "aioemu: {}\n", *reason);
    return kUsage;
  }
  fmt::print("{}", observe::text_timeline(std::get<observe::Trace>(trace), {width(), rows}));
  return 0;
}

}  // namespace aioemu::cli
