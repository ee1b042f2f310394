// CodeNames: what the code at an address was called in a process that may be gone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/modules.h"

namespace aioemu::cli {

// The functions of an ELF file, from its symbol table or, in a stripped one, from what it exports.
// A damaged file gives what could be made out; nothing in it is trusted.
class Symbols {
 public:
  Symbols() = default;
  explicit Symbols(const std::string& path);

  // The address at which the linker saw the byte of the file; 0 when no code lies there.
  [[nodiscard]] std::uint64_t address_of(std::uint64_t file_offset) const;
  // The function around that address, as C++ writes it; empty when none is known.
  [[nodiscard]] std::string function_at(std::uint64_t address) const;

 private:
  struct Segment {
    std::uint64_t offset;
    std::uint64_t address;
    std::uint64_t bytes;
  };
  struct Function {
    std::uint64_t address;
    std::uint64_t bytes;
    std::string name;
  };
  friend class SymbolReader;
  std::vector<Segment> segments_;
  std::vector<Function> functions_;  // by address
};

class CodeNames {
 public:
  // "writer+0x11b2c (flush)": the file, the address that addr2line wants, the function. Empty when
  // none of the modules has the address. `address` is a return address: the call is before it.
  std::string name(const host::Modules& modules, std::uint64_t address);

 private:
  std::map<std::string, Symbols, std::less<>> known_;
};

}  // namespace aioemu::cli
