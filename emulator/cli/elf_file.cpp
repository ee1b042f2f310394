#include "cli/elf_file.h"

#include <elf.h>

#include <array>
#include <cstring>
#include <fstream>
#include <utility>

namespace aioemu::cli {
namespace {

constexpr std::size_t kMaxEntries = 4096;  // of any table: a damaged file claims absurd numbers
constexpr std::size_t kMaxName = 4096;

class Reader {
 public:
  explicit Reader(const std::string& path) : file_(path, std::ios::binary) {}

  template <typename T>
  bool at(std::uint64_t offset, T& value) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(&value), sizeof value);
    return file_.good();
  }

  std::string string_at(std::uint64_t offset) {
    std::string text;
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    for (char c = 0; text.size() < kMaxName && file_.get(c) && c != '\0';) text += c;
    return text;
  }

 private:
  std::ifstream file_;
};

std::vector<Elf64_Phdr> segments(Reader& reader, const Elf64_Ehdr& header) {
  std::vector<Elf64_Phdr> all;
  for (std::size_t i = 0; i < header.e_phnum && i < kMaxEntries; ++i) {
    Elf64_Phdr segment{};
    if (!reader.at(header.e_phoff + i * sizeof segment, segment)) break;
    all.push_back(segment);
  }
  return all;
}

// Where the byte that will be at `address` in memory lies in the file.
std::uint64_t file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  return 0;
}

std::vector<std::string> needed(Reader& reader, const std::vector<Elf64_Phdr>& segments,
                                const Elf64_Phdr& dynamic) {
  std::vector<std::uint64_t> names;
  std::uint64_t table = 0;
  for (std::size_t i = 0; i < kMaxEntries; ++i) {
    Elf64_Dyn entry{};
    if (!reader.at(dynamic.p_offset + i * sizeof entry, entry) || entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED) names.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) table = file_offset(segments, entry.d_un.d_ptr);
  }
  std::vector<std::string> result;
  for (const std::uint64_t name : names) result.push_back(reader.string_at(table + name));
  return result;
}

// A 32-bit header has e_machine at the same place; no more is needed of it.
void read_wide(Reader& reader, ElfFile& file) {
  Elf64_Ehdr header{};
  if (!reader.at(0, header)) return;
  const std::vector<Elf64_Phdr> all = segments(reader, header);
  for (const Elf64_Phdr& segment : all) {
    if (segment.p_type == PT_INTERP) file.interpreter = reader.string_at(segment.p_offset);
    if (segment.p_type == PT_DYNAMIC) file.needed = needed(reader, all, segment);
  }
}

}  // namespace

std::optional<ElfFile> read_elf(const std::string& path) {
  Reader reader(path);
  std::array<unsigned char, EI_NIDENT> ident{};
  if (!reader.at(0, ident) || std::memcmp(ident.data(), ELFMAG, SELFMAG) != 0) return std::nullopt;
  ElfFile file;
  file.wide = ident[EI_CLASS] == ELFCLASS64;
  file.little_endian = ident[EI_DATA] == ELFDATA2LSB;
  std::array<unsigned char, 2> machine{};
  if (reader.at(offsetof(Elf64_Ehdr, e_machine), machine)) {
    const auto [low, high] =
        file.little_endian ? std::pair(machine[0], machine[1]) : std::pair(machine[1], machine[0]);
    file.machine = static_cast<std::uint16_t>(low | (high << 8U));
  }
  if (file.wide && file.little_endian) read_wide(reader, file);
  return file;
}

std::string machine_name(std::uint16_t machine) {
  constexpr std::array<std::pair<std::uint16_t, const char*>, 8> kNames = {{
      {EM_386, "i386"},
      {EM_X86_64, "x86-64"},
      {EM_ARM, "arm"},
      {EM_AARCH64, "aarch64"},
      {EM_RISCV, "riscv"},
      {EM_S390, "s390"},
      {EM_PPC64, "ppc64"},
      {EM_MIPS, "mips"},
  }};
  for (const auto& [number, name] : kNames) {
    if (number == machine) return name;
  }
  return "machine " + std::to_string(machine);
}

std::uint16_t own_machine() noexcept {
#if defined(__aarch64__)
  return EM_AARCH64;
#else
  return EM_X86_64;
#endif
}

}  // namespace aioemu::cli
