// Other ways past the names that the preload library stands for.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/integration/preload/programs/inline_calls.h"
#include "tests/integration/preload/programs/inliner.h"

namespace program {

// A program that looks syscall() up in the C library itself: "the next one" is not enough.
int through_libcs_own_syscall() {
  void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (libc == nullptr) return 1;
  using Syscall = long(long, ...);
  auto* const call = reinterpret_cast<Syscall*>(dlsym(libc, "syscall"));
  aio_context_t ctx = 0;
  if (call == nullptr || call(SYS_io_setup, 4, &ctx) != 0) return 2;
  if (call(SYS_io_destroy, ctx) != 0) return 3;
  errno = 0;
  return call(SYS_io_destroy, ctx) == -1 && errno == EINVAL ? 0 : 4;
}

int ask_for_io_uring() {
  const bool by_instruction = inline_call(SYS_io_uring_setup, 0) != -ENOSYS;
  const bool by_function = syscall(SYS_io_uring_setup, 0, nullptr) != -1 || errno != ENOSYS;
  std::printf("instruction: %s, syscall: %s\n", by_instruction ? "present" : "absent",
              by_function ? "present" : "absent");
  return 0;
}

}  // namespace program
