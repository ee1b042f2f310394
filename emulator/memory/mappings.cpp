#include "memory/mappings.h"

#include <fcntl.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "memory/raw_syscall.h"

namespace aioemu::memory {
namespace {

// What identifies the object behind a mapping.
struct Object {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const Object&, const Object&) = default;
};

struct Line {
  std::uint64_t start = 0;
  std::uint64_t offset = 0;
  Object object;
};

// Reads a number off the front of `text`, and the one character that ends it.
std::uint64_t take_number(std::string_view& text, unsigned base) noexcept {
  std::uint64_t value = 0;
  std::size_t used = 0;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    unsigned digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (digit >= base) break;
    value = value * base + digit;
  }
  text.remove_prefix(used < text.size() ? used + 1 : used);
  return value;
}

// "7f00-7f10 rw-s 00000000 00:01 1234   /name"
Line parse(std::string_view text) noexcept {
  Line line;
  line.start = take_number(text, 16);
  take_number(text, 16);
  constexpr std::size_t kPermissions = 5;
  text.remove_prefix(text.size() < kPermissions ? text.size() : kPermissions);
  line.offset = take_number(text, 16);
  line.object.major = take_number(text, 16);
  line.object.minor = take_number(text, 16);
  line.object.inode = take_number(text, 10);
  return line;
}

// Watches the lines go by for the two addresses.
class Comparison {
 public:
  Comparison(std::uint64_t a, std::uint64_t b) noexcept : a_(a), b_(b) {}
  void see(std::string_view text) noexcept {
    const Line line = parse(text);
    // A System V segment may have the inode 0, but not on device 0.
    if (line.offset != 0 || line.object == Object{}) return;
    if (line.start == a_) object_a_ = line.object;
    if (line.start == b_) object_b_ = line.object;
  }
  [[nodiscard]] bool same() const noexcept {
    return object_a_.has_value() && object_a_ == object_b_;
  }

 private:
  std::uint64_t a_;
  std::uint64_t b_;
  std::optional<Object> object_a_;
  std::optional<Object> object_b_;
};

// Cuts what is read into lines; a line longer than the buffer loses its end, which is a file name.
void read_lines(long fd, Comparison& comparison) noexcept {
  std::array<char, 4096> buffer;
  std::size_t held = 0;
  bool skipping = false;
  for (;;) {
    const long got = raw_syscall(SYS_read, fd, buffer.data() + held, buffer.size() - held);
    if (got <= 0) return;
    std::string_view text(buffer.data(), held + static_cast<std::size_t>(got));
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      if (!skipping) comparison.see(text.substr(0, end));
      skipping = false;
      text.remove_prefix(end + 1);
    }
    if (text.size() == buffer.size()) {
      if (!skipping) comparison.see(text);
      skipping = true;
      text = {};
    }
    held = text.copy(buffer.data(), text.size());
  }
}

}  // namespace

bool same_mapped_object(std::uint64_t a, std::uint64_t b) noexcept {
  // Not /proc/self: that is the first thread's, which may have ended.
  const long fd =
      raw_syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/maps", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return false;
  Comparison comparison(a, b);
  read_lines(fd, comparison);
  raw_syscall(SYS_close, fd);
  return comparison.same();
}

}  // namespace aioemu::memory
