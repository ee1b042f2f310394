// Modules: where a process has its code, so that an address can be named once it is gone.
//
// Lies in the session: filled in by the process itself when it takes its seat, read by whoever
// makes the report. Zero bytes are an empty list. What is loaded later is not in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aioemu::host {

struct Module {
  std::uint64_t begin;  // executable memory [begin, end) shows the file from `offset` on
  std::uint64_t end;
  std::uint64_t offset;
  std::array<char, 232> path;  // ends with a zero
};

struct Modules {
  static constexpr std::size_t kMost = 24;
  std::uint32_t count;
  std::array<Module, kMost> modules;

  // Null for an address that is in none.
  [[nodiscard]] const Module* find(std::uint64_t address) const noexcept;
};

// From /proc/self/maps; the first kMost with a path that fits. No allocation; errno is kept.
void list_modules(Modules& modules) noexcept;

// The same from a text as that file has it. How many bytes at its end are the beginning of a line
// that it cuts off.
std::size_t add_modules(Modules& modules, const char* text, std::size_t size) noexcept;

}  // namespace aioemu::host
