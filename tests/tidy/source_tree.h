// The files that the lint looks at.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct SourceFile {
  std::string path;  // relative to the root of the repository, with '/'
  std::string text;
};

struct Tree {
  std::vector<SourceFile> files;  // sorted by path
  std::set<std::string> built;    // paths that some target compiles
  bool knows_built = false;       // false: no compile commands were given

  [[nodiscard]] const SourceFile* find(std::string_view path) const;
};

struct Finding {
  std::string rule;
  std::string path;
  std::size_t line;  // from 1; 0 for the file as a whole
  std::string message;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// Reads what git tracks below `root` (all files but those below build*, where there is no git)
// and, when `build` is not empty, the names in its compile_commands.json. Binary files are left
// out. Throws std::runtime_error when something cannot be read.
Tree load_tree(const std::filesystem::path& root, const std::filesystem::path& build);

// The paths below `root` that a compile_commands.json names, relative to it.
std::set<std::string> compiled_files(std::string_view compile_commands,
                                     const std::filesystem::path& root);

std::string read_file(const std::filesystem::path& path);

bool is_header(std::string_view path);
bool is_source(std::string_view path);  // C and C++ that a compiler is run on
inline bool is_code(std::string_view path) { return is_header(path) || is_source(path); }

}  // namespace tidy
