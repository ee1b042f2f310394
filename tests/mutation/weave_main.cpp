// aioemu-weave ROOT: checks that every mutant of tests/mutation/mutants still fits its source.
// aioemu-weave ROOT OUT: writes the woven copies below OUT, with the paths that they have below
// ROOT; a copy that is right already is left alone.
//
// Exit 0: good, 1: a stale or malformed mutant, 2: usage.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "tests/mutation/weave.h"

namespace {

namespace fs = std::filesystem;

bool holds(const fs::path& path, const std::string& text) {
  return fs::exists(path) && mutation::read_text(path) == text;
}

void write_text(const fs::path& path, const std::string& text) {
  if (holds(path, text)) return;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (!out) throw mutation::DataError("cannot write " + path.string());
}

int weave_all(const fs::path& root, const fs::path& out) {
  const mutation::Catalogue catalogue =
      mutation::read_catalogue(root / "tests" / "mutation" / "mutants");
  for (const std::string& file : catalogue.files()) {
    const std::string woven = mutation::weave(mutation::read_text(root / file), file, catalogue);
    if (!out.empty()) write_text(out / file, woven);
  }
  std::printf("weave: %zu mutants in %zu files\n", catalogue.mutants.size(),
              catalogue.files().size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: aioemu-weave ROOT [OUT]\n");
    return 2;
  }
  try {
    return weave_all(argv[1], argc > 2 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aioemu-weave: %s\n", error.what());
    return 1;
  }
}
