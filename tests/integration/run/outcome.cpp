#include "tests/integration/run/outcome.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace run_test {
namespace {

std::vector<char*> pointers(const Words& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

// Output goes to files: a pipe could fill up, or stay open in a process that is left behind.
pid_t start(const Words& words, const std::string& out, const std::string& err) {
  std::vector<char*> argv = pointers(words);
  const pid_t child = fork();
  if (child != 0) return child;
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  if (dup2(open(out.c_str(), flags, 0600), STDOUT_FILENO) < 0) _exit(250);
  if (dup2(open(err.c_str(), flags, 0600), STDERR_FILENO) < 0) _exit(250);
  execvp(argv[0], argv.data());
  _exit(251);
}

Words run_words(const Words& options, const Words& program) {
  Words words = {aioemu(), "run"};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  words.insert(words.end(), program.begin(), program.end());
  return words;
}

}  // namespace

Outcome execute(const Words& words) {
  const Scratch scratch;
  int status = 0;
  waitpid(start(words, scratch / "out", scratch / "err"), &status, 0);
  Outcome outcome;
  outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  outcome.out = read_file(scratch / "out");
  outcome.err = read_file(scratch / "err");
  return outcome;
}

Outcome aioemu_run(const Words& options, const Words& program) {
  return execute(run_words(options, program));
}

Outcome aioemu_run_without_kernel_aio(const Words& options, const Words& program) {
  Words words = run_words(options, program);
  words.insert(words.begin(), no_kernel_aio());
  return execute(words);
}

std::string aioemu() { return AIOEMU_COMMAND; }
std::string no_kernel_aio() { return NO_KERNEL_AIO; }
std::string client(const std::string& name) { return RUN_CLIENTS "/" + name; }

bool installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((directory + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

Scratch::Scratch() {
  const char* directory = std::getenv("TMPDIR");
  path_ = std::string(directory == nullptr ? "/tmp" : directory) + "/aioemu-run-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no scratch directory";
}

Scratch::~Scratch() { std::filesystem::remove_all(path_); }

std::string Scratch::program(const std::string& name, const std::string& content,
                             unsigned mode) const {
  const std::string path = *this / name;
  std::ofstream(path, std::ios::binary) << content;
  chmod(path.c_str(), mode);
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

nlohmann::json read_json(const std::string& path) {
  return nlohmann::json::parse(read_file(path), nullptr, false);
}

}  // namespace run_test
