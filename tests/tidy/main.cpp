// aioemu-tidy ROOT [BUILD]: the project's own lint.
//
// Prints one line per finding and exits 1 when there is any, 2 when it could not look. With BUILD,
// a build tree with compile_commands.json, sources that no target compiles are found too.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "tests/tidy/exceptions.h"
#include "tests/tidy/layers.h"
#include "tests/tidy/rules.h"

namespace {

int lint(const std::filesystem::path& root, const std::filesystem::path& build) {
  const tidy::Tree tree = tidy::load_tree(root, build);
  const std::filesystem::path data = root / "tests" / "tidy";
  std::vector<tidy::Finding> findings =
      tidy::check_layers(tree, tidy::Layers::parse(tidy::read_file(data / "layers.txt")));
  const std::vector<tidy::Finding> more = tidy::check_text_rules(tree);
  findings.insert(findings.end(), more.begin(), more.end());
  findings = tidy::without_excused(findings, tidy::read_file(data / "exceptions.txt"));
  for (const tidy::Finding& finding : findings) {
    std::printf("%s:%zu: %s [%s]\n", finding.path.c_str(), finding.line, finding.message.c_str(),
                finding.rule.c_str());
  }
  std::printf("tidy: %zu files, %zu findings\n", tree.files.size(), findings.size());
  return findings.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: aioemu-tidy ROOT [BUILD]\n");
    return 2;
  }
  try {
    return lint(argv[1], argc > 2 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aioemu-tidy: %s\n", error.what());
    return 2;
  }
}
