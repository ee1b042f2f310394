#include "tests/mutation/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace mutation {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 256 * 1024;
// A mutant may ask for memory without end.
constexpr rlim_t kMostMemory = rlim_t{16} << 30;

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

void limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(resource, &both);
}

// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* argv, char* const* envp, int output) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, kMostMemory);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(argv[0], argv, envp);
  _exit(127);
}

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int remaining_ms(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

// Reads until everybody has closed the other end. False when the deadline came first.
bool drain(int pipe, Clock::time_point deadline, std::string* output) {
  std::array<char, 16384> chunk{};
  for (;;) {
    pollfd ready{pipe, POLLIN, 0};
    const int polled = poll(&ready, 1, remaining_ms(deadline));
    if (polled == 0) return false;
    if (polled < 0) {
      if (errno == EINTR) continue;
      give_up("poll");
    }
    const ssize_t got = read(pipe, chunk.data(), chunk.size());
    if (got <= 0) return true;
    const std::size_t room = kMostOutput - output->size();
    output->append(chunk.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) give_up("waitpid");
  }
  return status;
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& environment,
                      std::chrono::milliseconds limit) {
  const std::vector<std::string> variables = environment_with(environment);
  const std::vector<char*> argv = pointers_to(command);
  const std::vector<char*> envp = pointers_to(variables);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) give_up("pipe");
  const Clock::time_point begun = Clock::now();
  const pid_t pid = fork();
  if (pid < 0) give_up("fork");
  if (pid == 0) become(argv.data(), envp.data(), ends[1]);
  setpgid(pid, pid);  // whoever comes first
  close(ends[1]);
  ChildResult result;
  const bool ended = drain(ends[0], begun + limit, &result.output);
  // What is left of the group goes in any case, also below a leader that has ended.
  kill(-pid, SIGKILL);
  const int status = wait_for(pid);
  close(ends[0]);
  result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  if (!ended) {
    result.kind = ChildResult::Kind::timed_out;
  } else if (WIFSIGNALED(status)) {
    result.kind = ChildResult::Kind::signalled;
    result.code = WTERMSIG(status);
  } else {
    result.code = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace mutation
