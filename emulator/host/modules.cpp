#include "host/modules.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace aioemu::host {
namespace {

// Takes a hexadecimal number and the character behind it from the front of `line`.
bool take_hex(std::string_view& line, std::uint64_t& value) noexcept {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value, 16);
  const auto used = static_cast<std::size_t>(end - line.data());
  if (error != std::errc() || used == line.size()) return false;
  line.remove_prefix(used + 1);
  return true;
}

// "55d0c000-55d0d000 r-xp 00001000 fe:01 1234   /usr/bin/writer"
void add_line(Modules& modules, std::string_view line) noexcept {
  if (modules.count == Modules::kMost) return;
  Module& module = modules.modules[modules.count];
  if (!take_hex(line, module.begin) || !take_hex(line, module.end)) return;
  constexpr std::string_view kModes = "rwxp ";
  if (line.size() < kModes.size() || line[2] != 'x') return;
  line.remove_prefix(kModes.size());
  if (!take_hex(line, module.offset)) return;
  const std::size_t slash = line.find('/');
  if (slash == std::string_view::npos) return;
  const std::string_view path = line.substr(slash);
  if (path.size() >= module.path.size()) return;
  path.copy(module.path.data(), path.size());
  module.path[path.size()] = '\0';
  ++modules.count;
}

}  // namespace

const Module* Modules::find(std::uint64_t address) const noexcept {
  const std::size_t known = std::min<std::size_t>(count, kMost);
  for (std::size_t i = 0; i < known; ++i) {
    if (address >= modules[i].begin && address < modules[i].end) return &modules[i];
  }
  return nullptr;
}

std::size_t add_modules(Modules& modules, const char* text, std::size_t size) noexcept {
  std::string_view rest(text, size);
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    add_line(modules, rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return rest.size();
}

void list_modules(Modules& modules) noexcept {
  const int saved = errno;
  modules.count = 0;
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    std::array<char, 4096> text;
    std::size_t kept = 0;
    for (;;) {
      const ssize_t got = read(fd, text.data() + kept, text.size() - kept);
      if (got <= 0) break;
      const std::size_t size = kept + static_cast<std::size_t>(got);
      kept = add_modules(modules, text.data(), size);
      if (kept == text.size()) kept = 0;  // no line is that long
      std::memmove(text.data(), text.data() + size - kept, kept);
    }
    close(fd);
  }
  errno = saved;
}

}  // namespace aioemu::host
