// Running the aioemu command and looking at what came of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace run_test {

struct Outcome {
  int status = 0;  // exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

using Words = std::vector<std::string>;

// Runs a program (found in PATH unless it has a slash) and waits for it.
Outcome execute(const Words& words);

// `aioemu run OPTIONS -- PROGRAM`.
Outcome aioemu_run(const Words& options, const Words& program);
// The same where every AIO system call that reaches the kernel gives ENOSYS. Skips the calling
// test (see GTEST_SKIP) where there is no seccomp: then `status` is kNoSeccomp.
Outcome aioemu_run_without_kernel_aio(const Words& options, const Words& program);
inline constexpr int kNoSeccomp = 77;

// Paths of what the build made.
std::string aioemu();
std::string no_kernel_aio();
std::string client(const std::string& name);

// Is a program of that name in PATH?
bool installed(const std::string& program);

// A directory that is gone with the object.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and makes it executable.
  [[nodiscard]] std::string program(const std::string& name, const std::string& content,
                                    unsigned mode = 0755) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
nlohmann::json read_json(const std::string& path);

}  // namespace run_test
