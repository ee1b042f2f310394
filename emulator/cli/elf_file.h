// ElfFile: what the dynamic linker will make of a program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aioemu::cli {

struct ElfFile {
  bool wide = false;  // 64-bit
  bool little_endian = false;
  std::uint16_t machine = 0;        // EM_*
  std::string interpreter;          // PT_INTERP; empty for a static program
  std::vector<std::string> needed;  // DT_NEEDED, in order; only for 64-bit little-endian files
};

// Reads the file's headers. Empty when it cannot be read or is not ELF. A damaged file gives what
// could be made out; nothing in it is trusted.
std::optional<ElfFile> read_elf(const std::string& path);

// "x86-64", "aarch64", or "machine 243".
std::string machine_name(std::uint16_t machine);
// This program's own EM_*.
std::uint16_t own_machine() noexcept;

}  // namespace aioemu::cli
