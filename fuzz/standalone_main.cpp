// Runs a fuzz target over files: the driver for builds without libFuzzer.
//
//   fuzz_TARGET [--random N] FILE|DIRECTORY...
//
// Each file, and each file of a directory, is one input. --random N adds N inputs from a fixed
// seed. Exit 0 when nothing crashed; a crash is the target's own.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Not every target has one.
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

int inputs = 0;

void run_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  ++inputs;
}

void run_path(const char* path) {
  if (!std::filesystem::is_directory(path)) return run_file(path);
  std::set<std::filesystem::path> files;  // in an order that every run has
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.insert(entry.path());
  for (const auto& file : files) run_file(file);
}

void run_random(long count) {
  aioemu::Prng prng(0);
  for (long i = 0; i < count; ++i) {
    std::vector<std::uint8_t> bytes(prng.below(512));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(prng.next());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++inputs;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--random") == 0 && i + 1 < argc) {
      run_random(std::atol(argv[++i]));
    } else {
      run_path(argv[i]);
    }
  }
  std::printf("%d inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
