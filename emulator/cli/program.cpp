#include "cli/program.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "cli/elf_file.h"

namespace aioemu::cli {
namespace {

constexpr int kMaxInterpreters = 5;  // as many #! lines as the kernel follows

Program refused(Program program, int status, const std::string& reason) {
  program.exit_status = status;
  program.refusal = reason;
  return program;
}

bool is_file(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 && !S_ISDIR(file.st_mode);
}

// The first match in `search_path` that can be executed, or the first match at all, or nothing.
std::optional<std::string> find(const std::string& name, const std::string& search_path) {
  if (name.find('/') != std::string::npos) {
    struct stat file {};
    return stat(name.c_str(), &file) == 0 ? std::optional(name) : std::nullopt;
  }
  std::optional<std::string> found;
  std::istringstream directories(search_path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string path = (directory.empty() ? "." : directory) + "/" + name;
    if (!is_file(path)) continue;
    if (access(path.c_str(), X_OK) == 0) return path;
    if (!found) found = path;
  }
  return found;
}

// Would the kernel start it with the privileges of another, and so make the dynamic linker ignore
// LD_PRELOAD?
bool gains_privileges(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return false;
  if ((file.st_mode & S_ISUID) != 0 && file.st_uid != geteuid()) return true;
  const bool group = (file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
  if (group && file.st_gid != getegid()) return true;
  return geteuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

// The interpreter of a script; empty when `path` is none. A text without #! is one for /bin/sh,
// as execvp has it.
std::string interpreter_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::getline(file, line);
  if (line.rfind("#!", 0) != 0) return "/bin/sh";
  const std::size_t begin = line.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) return "/bin/sh";
  return line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
}

bool is_sanitizer(const std::string& library) {
  return library.rfind("libasan.so", 0) == 0 || library.rfind("libtsan.so", 0) == 0 ||
         library.rfind("libclang_rt.asan", 0) == 0 || library.rfind("libclang_rt.tsan", 0) == 0;
}

Program examine_elf(Program program, const std::string& path, const ElfFile& elf) {
  const std::string own = machine_name(own_machine());
  if (!elf.wide) {
    return refused(program, kExitFailed,
                   path + " is a 32-bit program (" + machine_name(elf.machine) +
                       "); aioemu serves 64-bit " + own + " programs");
  }
  if (elf.machine != own_machine() || !elf.little_endian) {
    return refused(program, kExitFailed,
                   path + " is a program for " + machine_name(elf.machine) + "; this aioemu is " +
                       "for " + own);
  }
  if (elf.interpreter.empty()) {
    return refused(program, kExitFailed,
                   path + " is statically linked: no library can be preloaded into it");
  }
  for (const std::string& library : elf.needed) {
    if (is_sanitizer(library)) program.preloads.push_back(library);
  }
  return program;
}

}  // namespace

Program examine(const std::string& name, const std::string& search_path) {
  Program program;
  const std::optional<std::string> found = find(name, search_path);
  if (!found) return refused(program, kExitNotFound, name + ": not found");
  program.path = *found;
  std::string path = *found;
  for (int depth = 0; depth < kMaxInterpreters; ++depth) {
    if (!is_file(path)) {
      return refused(program, is_file(*found) ? kExitNotFound : kExitCannotRun,
                     path + (path == *found ? " is a directory"
                                            : ", the interpreter of " + *found + ", is missing"));
    }
    if (access(path.c_str(), X_OK) != 0) {
      return refused(program, kExitCannotRun, path + ": " + std::strerror(errno));
    }
    if (gains_privileges(path)) {
      return refused(program, kExitFailed,
                     path +
                         " runs with the privileges of another user or group (setuid, setgid or "
                         "file capabilities), for which the dynamic linker ignores LD_PRELOAD");
    }
    if (const std::optional<ElfFile> elf = read_elf(path)) {
      return examine_elf(program, path, *elf);
    }
    path = interpreter_of(path);
  }
  return refused(program, kExitCannotRun, *found + ": too many interpreters, one behind another");
}

}  // namespace aioemu::cli
