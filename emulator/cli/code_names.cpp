#include "cli/code_names.h"

#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

namespace aioemu::cli {
namespace {

constexpr std::uint64_t kMostBytes = 256U << 20U;  // of a table: a damaged file claims anything

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? text.get() : name;
}

}  // namespace

class SymbolReader {
 public:
  SymbolReader(Symbols& symbols, const std::string& path)
      : symbols_(symbols), file_(path, std::ios::binary) {}

  void read() {
    const auto header = table<Elf64_Ehdr>(0, 1);
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return;
    if (header[0].e_ident[EI_CLASS] != ELFCLASS64) return;
    for (const auto& segment : table<Elf64_Phdr>(header[0].e_phoff, header[0].e_phnum)) {
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      symbols_.segments_.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz});
    }
    const auto sections = table<Elf64_Shdr>(header[0].e_shoff, header[0].e_shnum);
    read_symbols(sections, SHT_SYMTAB);
    if (symbols_.functions_.empty()) read_symbols(sections, SHT_DYNSYM);
    std::sort(symbols_.functions_.begin(), symbols_.functions_.end(),
              [](const auto& one, const auto& other) { return one.address < other.address; });
  }

 private:
  // As many as there are.
  template <typename T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count) {
    std::vector<T> entries;
    file_.clear();
    file_.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file_.tellg(), 0));
    if (offset > size) return entries;
    const std::uint64_t most = std::min(size - offset, kMostBytes) / sizeof(T);
    entries.resize(std::min(count, most));
    file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(entries.data()),
               static_cast<std::streamsize>(entries.size() * sizeof(T)));
    if (!file_.good()) entries.clear();
    return entries;
  }

  void read_symbols(const std::vector<Elf64_Shdr>& sections, std::uint32_t type) {
    for (const Elf64_Shdr& section : sections) {
      if (section.sh_type != type || section.sh_link >= sections.size()) continue;
      const Elf64_Shdr& names = sections[section.sh_link];
      const auto text = table<char>(names.sh_offset, names.sh_size);
      for (const auto& symbol :
           table<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_value == 0) continue;
        if (symbol.st_name >= text.size()) continue;
        const char* const name = text.data() + symbol.st_name;
        symbols_.functions_.push_back(
            {symbol.st_value, symbol.st_size,
             std::string(name, strnlen(name, text.size() - symbol.st_name))});
      }
    }
  }

  Symbols& symbols_;
  std::ifstream file_;
};

Symbols::Symbols(const std::string& path) { SymbolReader(*this, path).read(); }

std::uint64_t Symbols::address_of(std::uint64_t file_offset) const {
  for (const Segment& segment : segments_) {
    if (file_offset >= segment.offset && file_offset - segment.offset < segment.bytes) {
      return segment.address + (file_offset - segment.offset);
    }
  }
  return 0;
}

std::string Symbols::function_at(std::uint64_t address) const {
  const auto behind = std::upper_bound(
      functions_.begin(), functions_.end(), address,
      [](std::uint64_t value, const Function& function) { return value < function.address; });
  if (behind == functions_.begin()) return "";
  const Function& function = *std::prev(behind);
  // Code written by hand may have no size.
  if (function.bytes != 0 && address - function.address >= function.bytes) return "";
  return demangled(function.name);
}

std::string CodeNames::name(const host::Modules& modules, std::uint64_t address) {
  const host::Module* const module = modules.find(address);
  if (module == nullptr) return "";
  const std::string path(module->path.data(), strnlen(module->path.data(), module->path.size()));
  const std::uint64_t offset = address - module->begin + module->offset;
  auto found = known_.find(path);
  if (found == known_.end()) found = known_.emplace(path, Symbols(path)).first;
  const Symbols& symbols = found->second;
  const std::uint64_t linked = symbols.address_of(offset);
  const std::string file = path.substr(path.rfind('/') + 1);
  const std::string function = linked == 0 ? "" : symbols.function_at(linked - 1);
  std::string text = fmt::format("{}+{:#x}", file, linked == 0 ? offset : linked);
  if (!function.empty()) text += " (" + function + ")";
  return text;
}

}  // namespace aioemu::cli
