#include "tests/tidy/layers.h"

#include <array>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/tidy/cpp_text.h"

namespace tidy {
namespace {

constexpr std::string_view kRule = "include-direction";

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

Layers Layers::parse(std::string_view table) {
  Layers layers;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(table)) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream columns{std::string(line)};
    std::array<std::string, 3> column;
    for (std::string& text : column) std::getline(columns, text, '|');
    const std::vector<std::string> name = words_of(column[0]);
    const std::vector<std::string> places = words_of(column[1]);
    if (name.size() != 1 || places.empty()) {
      throw std::runtime_error("layers.txt:" + std::to_string(number) +
                               ": expected 'name | places | layers'");
    }
    for (const std::string& place : places) layers.places_[place] = name[0];
    const std::vector<std::string> below = words_of(column[2]);
    layers.allowed_[name[0]] = {below.begin(), below.end()};
  }
  layers.close_downwards();
  return layers;
}

void Layers::close_downwards() {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& [name, below] : allowed_) {
      for (const std::string& other : std::set<std::string>(below)) {
        if (other == "*") continue;
        const auto found = allowed_.find(other);
        if (found == allowed_.end()) {
          throw std::runtime_error("layers.txt: " + name + " names '" + other +
                                   "', which is no layer");
        }
        for (const std::string& more : found->second) changed |= below.insert(more).second;
      }
    }
  }
}

std::string Layers::layer_of(std::string_view path) const {
  std::string place(path);
  while (!place.empty()) {
    const auto found = places_.find(place);
    if (found != places_.end()) return found->second;
    const std::size_t slash = place.rfind('/');
    place.resize(slash == std::string::npos ? 0 : slash);
  }
  return {};
}

bool Layers::may_include(const std::string& from, const std::string& to) const {
  if (from == to) return true;
  const std::set<std::string>& below = allowed_.at(from);
  return below.contains("*") || below.contains(to);
}

std::string resolve(const Tree& tree, std::string_view from, std::string_view name) {
  const std::size_t slash = from.rfind('/');
  const std::string here(from.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
  for (const std::string& start :
       {here, std::string("emulator/"), std::string("emulator/include/"), std::string()}) {
    const std::string path =
        std::filesystem::path(start + std::string(name)).lexically_normal().generic_string();
    if (tree.find(path) != nullptr) return path;
  }
  return {};
}

std::vector<Finding> check_layers(const Tree& tree, const Layers& layers) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree.files) {
    if (!is_code(file.path)) continue;
    const std::string layer = layers.layer_of(file.path);
    if (layer.empty()) {
      findings.push_back({std::string(kRule), file.path, 0, "belongs to no layer of layers.txt"});
      continue;
    }
    for (const Include& include : includes_of(file.text)) {
      const std::string target = resolve(tree, file.path, include.name);
      if (target.empty()) continue;
      const std::string other = layers.layer_of(target);
      if (other.empty() || layers.may_include(layer, other)) continue;
      findings.push_back({std::string(kRule), file.path, include.line,
                          layer + " may not include " + target + ", which is part of " + other});
    }
  }
  return findings;
}

}  // namespace tidy
