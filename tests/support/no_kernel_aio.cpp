// no-kernel-aio PROGRAM ARGS...: runs the program where every AIO system call that reaches the
// kernel gives ENOSYS. What still works was served by somebody else. Exit 77: no seccomp here.
#include <unistd.h>

#include <cstdio>

#include "tests/support/deny_kernel_aio.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: no-kernel-aio PROGRAM ARGS...\n");
    return 2;
  }
  if (!support::deny_kernel_aio()) return 77;
  execvp(argv[1], argv + 1);
  std::perror(argv[1]);
  return 127;
}
