// program differential: any bytes are a program; it runs on a World and on this machine's kernel,
// and the oracle says whether both did what a kernel may do.
//
// A divergence must show three times in a row, as the kernel's workers keep their own time. What
// shows every time is printed as a program that people can read, and ends the process.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "conformance/program/bytes.h"
#include "conformance/program/differ.h"
#include "conformance/program/text.h"
#include "fuzz/kernel_side.h"

namespace {

namespace program = conformance::program;

constexpr int kTries = 3;

program::Differ make_differ() {
  std::string why;
  std::unique_ptr<program::Runner> kernel = program::make_kernel_runner(&why);
  if (kernel == nullptr) {
    std::fprintf(stderr, "SKIP fuzz_program_differential: not available here: %s\n", why.c_str());
    std::exit(77);
  }
  return {program::make_world_runner(), std::move(kernel)};
}

void judge(program::Differ& differ, const program::Program& subject) {
  for (int tries = 1;; ++tries) {
    const program::Comparison comparison = differ.compare(subject);
    if (!comparison.divergence) return;
    if (tries < kTries) continue;
    std::fputs("World and the kernel differ:\n", stderr);
    std::fputs(print(subject).c_str(), stderr);
    std::fputs(story(subject, comparison).c_str(), stderr);
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static_cast<void>(argc);
  static_cast<void>(argv);
  aioemu::fuzz::skip_without_kernel_aio("program_differential");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static program::Differ* const differ = new program::Differ(make_differ());
  judge(*differ, program::decode(std::span(data, size)));
  return 0;
}
