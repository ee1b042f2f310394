#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace tidy {
namespace fs = std::filesystem;
namespace {

// What git tracks; empty when this is not a git checkout.
std::vector<std::string> tracked_files(const fs::path& root) {
  const std::string command =
      "git -c 'safe.directory=*' -C '" + root.string() + "' ls-files -z 2>/dev/null";
  std::string names;
  const auto close = [](FILE* pipe) { return pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  if (!pipe) return {};
  std::array<char, 4096> chunk{};
  while (const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) {
    names.append(chunk.data(), n);
  }
  std::vector<std::string> files;
  std::stringstream stream(names);
  for (std::string name; std::getline(stream, name, '\0');) files.push_back(name);
  return files;
}

std::vector<std::string> all_files(const fs::path& root) {
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory() && (name == ".git" || name.starts_with("build"))) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      files.push_back(fs::relative(it->path(), root).generic_string());
    }
  }
  return files;
}

}  // namespace

const SourceFile* Tree::find(std::string_view path) const {
  const auto it = std::lower_bound(
      files.begin(), files.end(), path,
      [](const SourceFile& file, std::string_view wanted) { return file.path < wanted; });
  return it != files.end() && it->path == path ? &*it : nullptr;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> compiled_files(std::string_view commands, const fs::path& root) {
  static constexpr std::string_view kKey = "\"file\": \"";
  const std::string prefix = root.string() + "/";
  std::set<std::string> files;
  for (std::size_t at = commands.find(kKey); at != std::string_view::npos;
       at = commands.find(kKey, at)) {
    at += kKey.size();
    const std::string_view name = commands.substr(at, commands.find('"', at) - at);
    if (name.starts_with(prefix)) files.emplace(name.substr(prefix.size()));
  }
  return files;
}

Tree load_tree(const fs::path& root, const fs::path& build) {
  const fs::path top = fs::canonical(root);
  Tree tree;
  std::vector<std::string> names = tracked_files(top);
  if (names.empty()) names = all_files(top);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!fs::is_regular_file(top / name)) continue;  // deleted, but still in git's index
    std::string text = read_file(top / name);
    if (text.find('\0') == std::string::npos) tree.files.push_back({name, std::move(text)});
  }
  if (!build.empty()) {
    tree.knows_built = true;
    tree.built = compiled_files(read_file(build / "compile_commands.json"), top);
  }
  return tree;
}

bool is_header(std::string_view path) { return path.ends_with(".h"); }

bool is_source(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".c"); }

}  // namespace tidy
