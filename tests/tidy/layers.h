// Which part of the project may include which: the table in layers.txt, and the rule over it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace tidy {

class Layers {
 public:
  // Reads the table (its head explains the format). Throws std::runtime_error, with the line, when
  // it is malformed or names a layer that it does not define.
  static Layers parse(std::string_view table);

  // The layer that owns a file, or empty.
  [[nodiscard]] std::string layer_of(std::string_view path) const;
  // May a file of `from` include one of `to`?
  [[nodiscard]] bool may_include(const std::string& from, const std::string& to) const;

 private:
  void close_downwards();

  std::map<std::string, std::string, std::less<>> places_;
  std::map<std::string, std::set<std::string>> allowed_;
};

// The repository file that an include line in `from` names, or empty when it is not one of ours:
// beside the file, below emulator/ or emulator/include/, or below the root.
std::string resolve(const Tree& tree, std::string_view from, std::string_view name);

// include-direction: a file includes only what its layer may; every file below emulator/, real/ and
// conformance/ has a layer.
std::vector<Finding> check_layers(const Tree& tree, const Layers& layers);

}  // namespace tidy
