// Inline AIO calls in threads and in children of every kind.
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include "tests/integration/preload/programs/inline_calls.h"
#include "tests/integration/preload/programs/inliner.h"

namespace program {
namespace {

int status_of(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 90;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

int in_child(void* /*unused*/) { return use_aio(); }

}  // namespace

int in_threads() {
  constexpr int kThreads = 6;
  constexpr int kRounds = 50;
  std::vector<int> results(kThreads);
  std::vector<std::thread> threads;
  for (int& result : results) {
    threads.emplace_back([&result] {
      for (int i = 0; i < kRounds && result == 0; ++i) result = use_aio();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int result : results) {
    if (result != 0) return result;
  }
  return 0;
}

int in_fork_child() {
  if (const int status = use_aio(); status != 0) return status;
  const pid_t child = fork();
  if (child == 0) _exit(use_aio());
  if (const int status = status_of(child); status != 0) return status;
  return use_aio();
}

int in_vfork_child() {
  if (const int status = use_aio(); status != 0) return status;
  const pid_t child = vfork();
  if (child == 0) _exit(use_aio());
  if (const int status = status_of(child); status != 0) return status;
  return use_aio();
}

int in_cloned_child() {
  static char stack[256 * 1024];
  if (const int status = use_aio(); status != 0) return status;
  const pid_t child = clone(in_child, stack + sizeof stack, CLONE_VM | SIGCHLD, nullptr);
  if (const int status = status_of(child); status != 0) return status;
  return use_aio();
}

// The filter is still there, the handler is not, and nobody said LD_PRELOAD.
int in_next_program() {
  char name[] = "inliner";
  char situation[] = "plain";
  char* words[] = {name, situation, nullptr};
  char* nothing[] = {nullptr};
  if (const int status = use_aio(); status != 0) return status;
  execve("/proc/self/exe", words, nothing);
  return 91;
}

// K137: contexts belong to the address space.
int parents_context_in_fork_child() {
  aio_context_t ctx = 0;
  if (io_setup(4, &ctx) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) _exit(io_submit(ctx, 0, nullptr) == -EINVAL ? 0 : 1);
  if (status_of(child) != 0) return 2;
  return io_submit(ctx, 0, nullptr) == 0 ? 0 : 3;
}

}  // namespace program
