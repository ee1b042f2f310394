#include "cli/paths.h"

#include <filesystem>
#include <initializer_list>
#include <system_error>

#ifndef AIOEMU_BINDIR_TO_LIBDIR
#define AIOEMU_BINDIR_TO_LIBDIR "../lib"
#endif

namespace aioemu::cli {
namespace {

namespace fs = std::filesystem;

// The first of `candidates`, relative to this program's directory, that exists.
std::string first_of(std::initializer_list<const char*> candidates) {
  const fs::path directory = fs::path(own_path()).parent_path();
  for (const char* candidate : candidates) {
    std::error_code error;
    const fs::path path = fs::weakly_canonical(directory / candidate, error);
    if (!error && fs::exists(path, error)) return path.string();
  }
  return "";
}

}  // namespace

std::string own_path() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

std::string preload_library() {
  return first_of({AIOEMU_BINDIR_TO_LIBDIR "/aioemu/libaioemu-preload.so",
                   "../preload/libaioemu-preload.so", "libaioemu-preload.so"});
}

std::string drop_in_directory() {
  const std::string library = first_of({AIOEMU_BINDIR_TO_LIBDIR "/aioemu/libaio.so.1",
                                        "../libaio/libaio.so.1", "../libaio/dropin/libaio.so.1"});
  return library.empty() ? "" : fs::path(library).parent_path().string();
}

std::string conformance_program() {
  return first_of({"aioemu-conformance", "../libexec/aioemu/aioemu-conformance",
                   "../../conformance/aioemu-conformance"});
}

std::string diff_program() {
  return first_of(
      {"aioemu-diff", "../libexec/aioemu/aioemu-diff", "../../conformance/program/aioemu-diff"});
}

}  // namespace aioemu::cli
